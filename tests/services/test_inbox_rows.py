"""Initials for avatars."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.inbox_rows import initials_of


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Amelia Novak", "AN"),
        ("Ana María de la Cruz", "AC"),
        ("@brewlab_ams", "BA"),
        ("Cher", "Ch"),
        ("O'Neil", "On"),
        ("李小龙", "李小"),
        ("+386 31 555 0142", "30"),
        ("", "?"),
        ("  —  ", "?"),
    ],
)
def test_initials(name: str, initials: str) -> None:
    assert initials_of(name) == initials


@given(st.text())
def test_any_name_has_short_initials(name: str) -> None:
    assert 1 <= len(initials_of(name)) <= 4
