"""Tests of signing in at the server."""
