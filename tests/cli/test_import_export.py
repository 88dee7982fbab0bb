"""Import and export as somebody types them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent_desktop.__main__ import main
from agent_desktop.cli.desk import Person, set_up
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.profile import Profile


@pytest.fixture
def profile(tmp_path: Path) -> str:
    """The folder of a new profile."""
    clock = SystemClock()
    person = Person(name="Maya Keller", company="Lighthouse", email="help@lighthouse.example")
    set_up(Profile(tmp_path / "profile"), person, clock, TimeOrderedIds(clock))
    return str(tmp_path / "profile")


def test_import_then_export(profile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "chats.jsonl"
    source.write_text('{"id": 1, "events": [{"text": "Hello"}]}\nnonsense\n', "utf-8")
    assert main(["import", str(source), "--dry-run", "--profile", profile]) == 0
    assert "Would add: 1 conversation, 1 message, 1 customer." in capsys.readouterr().out
    assert main(["import", str(source), "--profile", profile]) == 0
    shown = capsys.readouterr()
    assert "Added: 1 conversation, 1 message, 1 customer." in shown.out
    assert "chats.jsonl, line 2: This line is not valid JSON." in shown.out
    assert shown.err == ""
    assert main(["import", str(source), "--json", "--profile", profile]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["added"], report["skipped_count"]) == ({}, 1)
    assert main(["export", str(tmp_path / "all.jsonl"), "--profile", profile]) == 0
    assert "1 conversation" in capsys.readouterr().out
    with closing(sqlite3.connect(Path(profile) / "server.db")) as server:
        assert server.execute("SELECT action FROM audit WHERE action = 'export.record'").fetchall() == [
            ("export.record",)
        ]
    assert main(["export", str(tmp_path / "all.jsonl"), "--profile", profile]) == 1
    assert "already" in capsys.readouterr().err


def test_what_is_not_there_is_an_error_in_one_sentence(
    profile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(tmp_path / "nowhere"), "--profile", profile]) == 1
    assert capsys.readouterr().err.strip() == f"There is nothing at {tmp_path / 'nowhere'}."
