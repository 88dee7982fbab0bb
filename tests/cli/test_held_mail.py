"""Held mails on the command line of a server."""

from pathlib import Path

import pytest

from agent_desktop.cli.server.main import main
from tests.sync.files import TEMPLATES
from tests.sync.server.mailroom import Mailroom, a_mail


@pytest.fixture
def address(tmp_path: Path) -> str:
    """A server that holds eleven mails of a program."""
    room = Mailroom(TEMPLATES.server(tmp_path / "server.db"), tmp_path)
    _, conversation = room.one(a_mail("1@a"))
    name = room.reply(conversation)
    for number in range(12):
        room.keep(a_mail(f"{number}@loop", "Re: Kettle", answers=name, auto_submitted="auto-replied"))
    room.work()
    assert room.states()["held"] > 0
    room.close()
    return f"sqlite:///{tmp_path / 'server.db'}"


def test_they_are_listed_and_let_through(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    def done(*words: str) -> str:
        assert main(["held", *words, "--database", address]) == 0
        return capsys.readouterr().out

    lines = done("list").splitlines()
    assert all("support@example.org" in line and "within an hour" in line for line in lines)
    assert "1 of 1 were held" in done("release", lines[0].split()[0])
    assert len(done("list").splitlines()) == len(lines) - 1
    done("release", "--all")
    assert done("list").strip() == "No mail is held back."


def test_nothing_is_let_through_by_mistake(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["held", "release", "--database", address]) == 1
    assert "Name the mails" in capsys.readouterr().err
