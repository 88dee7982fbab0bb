"""Turns hostile mail HTML into something safe to show."""
