"""Tests of ui.commands."""
