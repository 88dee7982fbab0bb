"""Tests of ui.screens."""
