"""What the window is given to open and to make profiles."""

from pathlib import Path

import pytest

from agent_desktop.cli.open_command import launch_of
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.key_trouble import KeyProblem, KeyTrouble
from agent_desktop.profile import Profile
from agent_desktop.store.key_file import Protection
from sync.client.tokens import NO_KEYCHAIN
from tests.team_server import ANNA, PASSWORD, team_server
from ui.screens.first_run import ServerLogin


def test_a_first_start_connects_and_stays_signed_in_for_this_run(tmp_path: Path) -> None:
    launch = launch_of(Profile(tmp_path / "profile"))
    assert not launch.is_set_up
    said: list[str] = []
    (tmp_path / "server").mkdir()
    with team_server(tmp_path / "server") as server:
        with pytest.raises(InputError, match="password"):
            launch.connect(
                ServerLogin(address=server.url, email=ANNA, password="wrong password"), said.append
            )
        login = ServerLogin(address=server.url, email=ANNA, password=PASSWORD)
        assert launch.connect(login, said.append) == NO_KEYCHAIN
        with pytest.raises(KeyProblem) as undecided:
            launch.open_desk()
        assert undecided.value.trouble is KeyTrouble.UNDECIDED
        assert launch.keys is not None
        launch.keys.decide(Protection.NONE)
        desk = launch.open_desk()
        desk.sync.exchange()  # with the token that no keychain keeps
        assert desk.directory.me.name == "Anna Berg"
        desk.close()
    assert "Signing in at 127.0.0.1" in said
