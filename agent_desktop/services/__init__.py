"""Use cases and queries that the windows and the command line call."""
