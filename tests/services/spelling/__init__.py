"""Tests of the spelling of what is written."""
