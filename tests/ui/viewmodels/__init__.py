"""Tests of ui.viewmodels."""
