"""Checks: small registered functions that judge a reader, a card, or the coverage of card types."""
