"""The hint about the recovery key: only where it matters, never again after two times, nor for who has seen it."""

import sys
from pathlib import Path

import pytest

from agent_desktop.context import Desk
from agent_desktop.domain.errors import StoreError
from agent_desktop.services.profile_keys import Protection
from agent_desktop.services.recovery_hint import RecoveryHint, save_privately


class Keys:
    """A profile whose key is kept in some way."""

    def __init__(self, protection: Protection | None, server: str = "") -> None:
        self.protection, self.server = protection, server


def hint(desk: Desk, protection: Protection | None = Protection.KEYCHAIN, server: str = "") -> RecoveryHint:
    return RecoveryHint(desk.settings, Keys(protection, server))  # type: ignore[arg-type]  # what it asks for


@pytest.mark.parametrize(
    ("protection", "server", "due"),
    [
        (Protection.KEYCHAIN, "", True),
        (Protection.PASSPHRASE, "", True),
        (Protection.KEYCHAIN, "https://desk.example.com", False),
        (Protection.NONE, "", False),
        (None, "", False),
    ],
)
def test_it_matters_where_nothing_else_brings_the_key_back(
    desk: Desk, protection: Protection | None, server: str, due: bool
) -> None:
    assert hint(desk, protection, server).is_due is due
    assert hint(desk, protection, server).is_missing is due


def test_without_keys_there_is_nothing_to_say(desk: Desk) -> None:
    assert not RecoveryHint(desk.settings, None).is_due


def test_put_away_it_comes_back_once_with_the_next_start(desk: Desk) -> None:
    for _ in range(2):
        run = hint(desk)
        assert run.is_due
        run.put_away()
        assert not run.is_due
    assert not hint(desk).is_due
    assert hint(desk).is_missing, "the doctor still says so"


def test_who_has_seen_the_key_is_not_told_again(desk: Desk) -> None:
    hint(desk).shown()
    assert not hint(desk).is_due
    assert not hint(desk).is_missing


def test_the_file_is_for_its_owner_alone_whatever_was_there(tmp_path: Path) -> None:
    place = tmp_path / "key.txt"
    place.write_text("older and longer than what comes")
    place.chmod(0o666)
    save_privately(place, "AAAA-BBBB\n")
    assert place.read_text() == "AAAA-BBBB\n"
    if sys.platform != "win32":
        assert place.stat().st_mode & 0o777 == 0o600
    with pytest.raises(StoreError, match="another place"):
        save_privately(tmp_path / "missing" / "key.txt", "AAAA")
