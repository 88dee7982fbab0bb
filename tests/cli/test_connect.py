"""The commands for a team's profile: connect, and what doctor finds."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from agent_desktop.__main__ import main
from agent_desktop.cli import team
from agent_desktop.cli.connect_command import ASKED_AGAIN
from agent_desktop.domain.clock import SystemClock
from sync.server.sign_in.totp import code_at
from tests.sync.client.test_tokens import MemoryKeychain
from tests.sync.server.browser import Browser
from tests.team_server import ANNA, PASSWORD, RunningServer, team_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    folder = tmp_path / "server"
    folder.mkdir()
    with team_server(folder) as server:
        server.customer_writes("Karl", "Where is my kettle")
        yield server


@pytest.fixture
def keychain(monkeypatch: pytest.MonkeyPatch) -> MemoryKeychain:
    """The keychain of this computer, as all commands find it."""
    keychain = MemoryKeychain()
    monkeypatch.setattr(team.DeviceTokens.__init__, "__defaults__", (lambda: keychain,))
    return keychain


def connect(
    server: RunningServer, folder: Path, monkeypatch: pytest.MonkeyPatch, password: str = PASSWORD
) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    return main(["connect", server.url, "--email", ANNA, "--profile", str(folder)])


def doctor(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What it says, by title."""
    capsys.readouterr()
    main(["doctor", "--profile", str(folder)])
    lines = [line for line in capsys.readouterr().out.splitlines() if line[:4] in ("ok  ", "LOOK")]
    return {line[6:].partition(":")[0]: line for line in lines}


def test_a_profile_is_connected_and_searched_from_the_command_line(
    server: RunningServer,
    keychain: MemoryKeychain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "profile"
    assert connect(server, folder, monkeypatch) == 0
    assert "Connected" in capsys.readouterr().out
    assert main(["search", "kettle", "--profile", str(folder)]) == 0
    server.stop()
    assert main(["search", "kettle", "--profile", str(folder)]) == 0
    said = capsys.readouterr()
    assert said.out.count("Where is my kettle") == 2
    assert "cannot be reached" in said.err


def test_a_wrong_password_is_one_sentence_and_no_profile(
    server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert connect(server, tmp_path / "profile", monkeypatch, "wrong password") == 1
    said = capsys.readouterr()
    assert len(said.err.strip().splitlines()) == 1
    assert "wrong password" not in said.err
    assert not (tmp_path / "profile").exists()


def test_the_browser_is_the_way_where_no_address_is_given(
    server: RunningServer,
    keychain: MemoryKeychain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    people: list[threading.Thread] = []

    def person(address: str) -> None:
        browser = Browser(server.url)
        browser.get(address)
        browser.password(ANNA, PASSWORD)
        requests.get(browser.answer.headers["Location"], timeout=30, allow_redirects=False)
        browser.close()

    def opened(address: str) -> bool:
        people.append(threading.Thread(target=person, args=(address,)))
        people[0].start()
        return True

    monkeypatch.setattr("webbrowser.open", opened)
    assert main(["connect", server.url, "--profile", str(tmp_path / "profile")]) == 0
    people[0].join()
    assert f"{server.url}/oauth/authorize?" in capsys.readouterr().out
    assert [secret[:6] for secret in keychain.secrets.values()] == ["ad_rt_"]


def test_a_code_is_asked_for_after_the_password(
    server: RunningServer,
    keychain: MemoryKeychain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret, step = b"12345678901234567890", int(SystemClock().now().timestamp()) // 30
    user_id = server.users[ANNA]
    assert server.accounts.second_factors.enrol(user_id, secret, code_at(secret, step)) is not None
    words = f"{PASSWORD}\n{code_at(secret, step + 1)}\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(words))
    assert main(["connect", server.url, "--email", ANNA, "--profile", str(tmp_path / "profile")]) == 0
    assert "Type the code" in capsys.readouterr().out


def test_without_a_keychain_that_is_said(
    server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert connect(server, tmp_path / "profile", monkeypatch) == 0
    assert ASKED_AGAIN in capsys.readouterr().out


def test_doctor_asks_the_server(
    server: RunningServer,
    keychain: MemoryKeychain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "profile"
    connect(server, folder, monkeypatch)
    found = doctor(folder, capsys)
    for title in ("Server", "Certificate", "Protocol", "Clock", "Sign-in", "Outbox"):
        assert found[title].startswith("ok"), found[title]
    assert "Lighthouse" in found["Server"]
    server.sign_out(ANNA)
    assert doctor(folder, capsys)["Sign-in"].startswith("LOOK")
    server.stop()
    found = doctor(folder, capsys)
    assert found["Server"].startswith("LOOK")
    assert found["Replica"].startswith("ok")
