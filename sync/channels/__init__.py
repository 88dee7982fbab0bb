"""Channels: one file for each kind of account that customers write to."""
