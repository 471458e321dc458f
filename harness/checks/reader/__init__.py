"""Reader health: what can be observed of a reader over PC/SC."""
