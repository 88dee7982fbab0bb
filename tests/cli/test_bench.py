"""The bench measures ours and a limit in turns and says both, for people and for machines."""

import json
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from agent_desktop.__main__ import main
from agent_desktop.cli.bench import mail_ingest, open_conversation, processes, scroll_frame
from agent_desktop.cli.bench.figure import Figure, Reading, as_plain, as_text
from agent_desktop.cli.bench.figures import FIGURES
from agent_desktop.cli.bench.made_mails import MadeMails
from agent_desktop.cli.bench.timing import in_turns
from agent_desktop.cli.bench.workspace import BenchWorkspace, workspace_in

CONVERSATIONS = 80
FIGURE = Figure(
    name="walk", words="", unit="ms", target=2, measure=lambda workspace: Reading(ours=3.0, limit=2.0)
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> BenchWorkspace:
    """A small workspace, made once."""
    return workspace_in(tmp_path_factory.mktemp("bench") / "profile", CONVERSATIONS, lambda words: None)


@pytest.fixture
def ticks() -> Iterator[float]:
    """The times of a clock on which every first round takes 3 ms and every second 2 ms."""

    def passing() -> Iterator[float]:
        now = 0.0
        while True:
            for step in (0.003, 0.002):
                yield now
                now += step
                yield now

    return passing()


def test_measures_in_turns(ticks: Iterator[float]) -> None:
    done: list[str] = []
    reading = in_turns(
        lambda number: done.append(f"ours {number}"),
        lambda number: done.append(f"limit {number}"),
        rounds=2,
        clock=lambda: next(ticks),
        rest=lambda: done.append("rest"),
    )
    assert reading.ours == pytest.approx(3)
    assert reading.limit == pytest.approx(2)
    assert done[-6:] == ["ours 0", "rest", "limit 0", "ours 1", "rest", "limit 1"]


def test_says_a_figure_to_machines_and_people() -> None:
    reading = Reading(ours=3.0, limit=2.0, details={"worst": 4.0})
    assert as_plain(FIGURE, reading) == {
        "name": "walk",
        "ours": 3.0,
        "limit": 2.0,
        "unit": "ms",
        "ratio": 1.5,
        "target": 2,
        "details": {"worst": 4.0},
    }
    assert as_text(FIGURE, reading).startswith("ok   walk")
    assert as_text(FIGURE, Reading(ours=5.0, limit=2.0)).startswith("MISS walk")


def test_names_of_figures_are_unique() -> None:
    names = [figure.name for figure in FIGURES]
    assert len(set(names)) == len(names)


@pytest.mark.benchmark
def test_prints_a_line_for_each_figure(workspace: BenchWorkspace, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["inbox_page", "view_counts", "apply_operation", "growth"]
    folder = str(workspace.profile.folder)
    assert main(["bench", "--profile", folder, "--json", *names]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["name"] for line in lines] == names
    assert all(line["ours"] > 0 and line["limit"] > 0 and line["ratio"] > 0 for line in lines)


@pytest.mark.benchmark
def test_measures_what_is_painted(workspace: BenchWorkspace, qapp: QApplication) -> None:
    for figure in (scroll_frame.FIGURE, open_conversation.FIGURE):
        reading = figure.measure(workspace)
        assert reading.ours > 0
        assert reading.limit > 0


@pytest.mark.benchmark
def test_starts_a_bare_window_and_the_program(workspace: BenchWorkspace) -> None:
    bare, program = processes.start(None, 0.1), processes.start(workspace.profile, 0.1)
    assert 0 < bare.megabytes < program.megabytes
    # Which is sooner is for a quiet machine to say.
    assert min(bare.milliseconds, program.milliseconds) > 0


def test_an_unknown_figure_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["bench", "--profile", str(tmp_path / "none"), "speed"]) == 1
    assert "inbox_page" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_measures_mails_that_become_messages(
    workspace: BenchWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_ingest, "_ROUNDS", 1)
    monkeypatch.setattr(mail_ingest, "_WARM_UP", 0)
    reading = mail_ingest.FIGURE.measure(workspace)
    assert reading.ours > reading.limit / 10 > 0
    assert reading.details["kilobytes_of_a_mail"] > 5


def test_made_mails_are_as_large_as_they_should_be() -> None:
    mails = [message_from_bytes(raw, policy=default) for raw in MadeMails("support@example.org").take(400)]
    texts = sorted(len(mail.get_body(("plain",)).get_content().encode()) for mail in mails)  # type: ignore[union-attr]
    assert 800 < texts[200] < 3_000
    assert 3_000 < texts[360] < 9_000
    assert texts[396] > 15_000
    with_files = sum(any(True for _ in mail.iter_attachments()) for mail in mails)
    with_html = sum(mail.get_body(("html",)) is not None for mail in mails)
    answers = sum(mail["In-Reply-To"] is not None for mail in mails)
    assert (20 < with_files < 60, 160 < with_html < 240, 120 < answers < 200) == (True, True, True)
