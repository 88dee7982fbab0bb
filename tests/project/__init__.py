"""Tests of the project itself: its rules, lock files and packaging."""
