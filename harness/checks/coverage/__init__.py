"""Coverage: required card types against those that completed a transaction."""
