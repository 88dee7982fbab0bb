"""Signing in: who somebody is, on which devices, and what shows it."""
