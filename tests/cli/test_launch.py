"""What the window is given to open and to make profiles."""

import threading
from pathlib import Path

import pytest
import requests

from agent_desktop.cli.open_command import launch_of
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.key_trouble import KeyProblem, KeyTrouble
from agent_desktop.profile import Profile
from agent_desktop.store.key_file import Protection
from sync.client.tokens import NO_KEYCHAIN
from tests.sync.server.browser import Browser
from tests.team_server import ANNA, PASSWORD, team_server
from ui.screens.connect_page import ServerLogin


def test_a_first_start_connects_and_stays_signed_in_for_this_run(tmp_path: Path) -> None:
    launch = launch_of(Profile(tmp_path / "profile"))
    assert not launch.is_set_up
    said: list[str] = []
    opened: list[str] = []
    (tmp_path / "server").mkdir()
    with team_server(tmp_path / "server") as server:
        wrong = ServerLogin(address=server.url, email=ANNA, password="wrong password")
        with pytest.raises(InputError, match="password"):
            launch.connect(wrong, said.append, opened.append)
        login = ServerLogin(address=server.url, email=ANNA, password=PASSWORD)
        assert launch.connect(login, said.append, opened.append) == NO_KEYCHAIN
        assert opened == []
        with pytest.raises(KeyProblem) as undecided:
            launch.open_desk()
        assert undecided.value.trouble is KeyTrouble.UNDECIDED
        assert launch.keys is not None
        launch.keys.decide(Protection.NONE)
        desk = launch.open_desk()
        desk.sync.exchange()  # with the token that no keychain keeps
        assert desk.directory.me.name == "Anna Berg"
        desk.close()
    assert any(words.startswith("Signing in at 127.0.0.1:") for words in said)


def test_a_first_start_connects_with_the_browser(tmp_path: Path) -> None:
    launch = launch_of(Profile(tmp_path / "profile"))
    said: list[str] = []
    (tmp_path / "server").mkdir()
    with team_server(tmp_path / "server") as server:
        browsing: list[threading.Thread] = []

        def person(address: str) -> None:
            browser = Browser(server.url)
            browser.get(address)
            browser.password(ANNA, PASSWORD)
            requests.get(browser.answer.headers["Location"], timeout=30, allow_redirects=False)
            browser.close()

        def open_page(address: str) -> None:
            browsing.append(threading.Thread(target=person, args=(address,)))
            browsing[0].start()

        launch.connect(ServerLogin(address=server.url, browser=True), said.append, open_page)
        browsing[0].join()
        assert launch.keys is not None
        with pytest.raises(KeyProblem):
            launch.open_desk()
        launch.keys.decide(Protection.NONE)
        desk = launch.open_desk()
        desk.sync.exchange()
        assert desk.account is not None
        assert desk.account.identity.email == ANNA
        desk.close()


def test_a_first_start_may_stop_waiting_for_the_browser(tmp_path: Path) -> None:
    launch = launch_of(Profile(tmp_path / "profile"))
    (tmp_path / "server").mkdir()
    with team_server(tmp_path / "server") as server:
        login = ServerLogin(address=server.url, browser=True)
        with pytest.raises(InputError, match="You stopped signing in"):
            launch.connect(login, lambda done: None, lambda address: launch.cancel_connect())
    assert not Profile(tmp_path / "profile").exists
