"""Campaign: which suites run on which readers, in which order, and what the run adds up to."""
