"""The command line. ``main.main`` is the entry point; each command is imported when it runs."""
