"""Tests of ui.panels."""
