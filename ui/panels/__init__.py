"""Panels beside a conversation, one file each."""
