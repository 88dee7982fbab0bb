"""The program as a user starts it."""
