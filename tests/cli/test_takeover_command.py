"""`agent-desktop takeover`: whoever signs in with the browser is asked for nothing here."""

from pathlib import Path

import pytest

from agent_desktop.__main__ import main
from agent_desktop.cli.desk import make_profile
from agent_desktop.cli.keeping import Keeper
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.profile import Profile
from tests.factories import ANNA


def test_the_key_is_asked_for_with_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_profile(Profile(tmp_path / "aside"), "demo", ANNA.id, TimeOrderedIds(SystemClock()))
    asked: list[str] = []

    def sign_in(keeper: Keeper, email: str, open_page: object) -> None:
        asked.append(email)
        raise InputError("stopped")

    monkeypatch.setattr(Keeper, "sign_in_with_browser", sign_in)
    assert main(["takeover", str(tmp_path / "aside"), "--browser"]) != 0
    assert asked == [""]
