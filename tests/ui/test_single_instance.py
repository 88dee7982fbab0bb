"""A second start reaches the first, and nothing but a link to a conversation is understood."""

import ctypes
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from pytestqt.qtbot import QtBot

from ui.single_instance import SingleInstance, linked_number, server_name


@pytest.fixture
def first(tmp_path: Path, qtbot: QtBot) -> Iterator[SingleInstance]:
    instance = SingleInstance(tmp_path)
    assert instance.listen()
    yield instance
    instance.close()


def say(folder: Path, content: bytes) -> None:
    """Write to the running program as some other program might."""
    socket = QLocalSocket()
    socket.connectToServer(server_name(folder))
    assert socket.waitForConnected(1_000)
    socket.write(content)
    socket.waitForBytesWritten(1_000)
    socket.disconnectFromServer()


def test_nobody_to_hand_over_to(tmp_path: Path, qtbot: QtBot) -> None:
    assert not SingleInstance(tmp_path).hand_over()


@pytest.mark.parametrize("link", ["", "agentdesk://conversation/48213"])
def test_a_second_start_hands_over_its_link(
    first: SingleInstance, tmp_path: Path, qtbot: QtBot, link: str
) -> None:
    with qtbot.waitSignal(first.activated) as activated:
        assert SingleInstance(tmp_path).hand_over(link)
    assert activated.args == [link]


def test_on_windows_the_second_start_lets_the_first_come_to_the_front(
    first: SingleInstance, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed: list[int] = []
    user32 = SimpleNamespace(AllowSetForegroundWindow=allowed.append)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(user32=user32), raising=False)
    assert not SingleInstance(tmp_path / "other").hand_over()
    assert allowed == []
    with qtbot.waitSignal(first.activated):
        assert SingleInstance(tmp_path).hand_over()
    assert len(allowed) == 1


def test_other_profiles_are_other_programs(first: SingleInstance, tmp_path: Path, qtbot: QtBot) -> None:
    assert not SingleInstance(tmp_path / "other").hand_over()


def test_what_a_crash_left_behind_is_no_obstacle(tmp_path: Path, qtbot: QtBot) -> None:
    left = QLocalServer()
    assert left.listen(server_name(tmp_path))
    instance = SingleInstance(tmp_path)
    assert instance.listen()
    instance.close()


@pytest.mark.parametrize(
    "content",
    [
        b"\n",
        b"not json\n",
        b"[1]\n",
        b'{"format": 2, "link": ""}\n',
        b'{"format": 1, "link": 7}\n',
        b'{"format": 1, "link": "file:///etc/passwd"}\n',
        b'{"format": 1, "link": "agentdesk://conversation/1?run=x"}\n',
        b"x" * 10_000,
        b"\xff\xfe\n",
    ],
)
def test_anything_else_is_ignored(
    first: SingleInstance, tmp_path: Path, qtbot: QtBot, content: bytes
) -> None:
    with qtbot.assertNotEmitted(first.activated):
        say(tmp_path, content)
        with qtbot.waitSignal(first.activated, raising=False, timeout=50):
            pass
    with qtbot.waitSignal(first.activated):
        say(tmp_path, json.dumps({"format": 1, "link": ""}).encode() + b"\n")


@pytest.mark.parametrize(
    ("link", "number"),
    [
        ("agentdesk://conversation/48213", 48213),
        ("agentdesk://conversation/7/", 7),
        ("agentdesk://conversation/0", None),
        ("agentdesk://conversation/-1", None),
        ("agentdesk://conversation/1\n", None),
        ("agentdesk://conversation/٣", None),
        ("agentdesk://conversation/1/reply", None),
        ("AGENTDESK://conversation/1", None),
        ("https://conversation/1", None),
        ("", None),
    ],
)
def test_links(link: str, number: int | None) -> None:
    assert linked_number(link) == number
