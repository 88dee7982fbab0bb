"""Tests of ui.html."""
