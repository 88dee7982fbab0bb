"""Keeps a local replica in step with a backend."""
