"""Spelling of what is written: which words of a text are looked up, and whether they are known."""
