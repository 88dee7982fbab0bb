"""Tests of ui.delegates."""
