"""Turns hostile mail HTML into something safe to keep and to show."""
