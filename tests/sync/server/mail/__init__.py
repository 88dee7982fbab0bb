"""Tests of mail on the server."""
