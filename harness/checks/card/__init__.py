"""Card validity: rules of the EMV books on what was read from a card."""
