"""Tests of sync.client."""
