"""Widgets that show one view-model each."""
