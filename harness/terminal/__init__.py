"""The terminal: one file an EMV step (EMV 4.4 Book 3, 8 to 10; Book 4, 6.3)."""
