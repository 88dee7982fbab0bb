"""Tests of sync.channels."""
