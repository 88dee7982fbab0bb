"""Mails that were changed at random are read like others."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.services.mail.fuzz import OWN, PIECES, check, main


def test_changed_mails_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--count", "1000", "--seed", "1"]) == 0
    assert "1000 mails changed from 8: all were read" in capsys.readouterr().out


def test_changed_real_mails_are_read(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--count", "1000", "--seed", "2", "--mails", str(shared / "data/mail/robust")]) == 0
    assert "all were read" in capsys.readouterr().out


@given(
    st.lists(
        st.one_of(st.sampled_from(PIECES), st.sampled_from(OWN), st.binary(max_size=8)), max_size=30
    ).map(b"".join)
)
def test_mails_put_together_of_nasty_pieces_are_read(raw: bytes) -> None:
    check(raw)
