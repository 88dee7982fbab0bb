"""Profiles are made, encrypted, put aside and wiped here, all of it as Windows allows it."""

from tests.windows_files import windows_rules

__all__ = ["windows_rules"]
