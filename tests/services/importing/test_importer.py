"""The laws of the import: it never fails over what is in a file, adds nothing twice, and can be broken off."""

import gzip
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.message import Message
from agent_desktop.services.importing import ImportReport, Progress
from agent_desktop.services.importing.importer import Importer
from agent_desktop.services.importing.report import ItemKind
from tests.services.targets import Target

NAMES = ("a.eml", "a.mbox", "a.jsonl", "a.json", "a.csv", "a.md", "a", "a.jsonl.gz")
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    "id type events messages customer_turns raw title body text shortcut email name identities attachments from at "
    "channel status priority tags assignee customer content audience state to html details address".split()
)
RECORDS = st.dictionaries(
    FIELDS,
    JSON_VALUES
    | st.sampled_from(list("conversation customer article canned_response mail".split()))
    | st.lists(st.dictionaries(FIELDS, JSON_VALUES, max_size=6), max_size=4),
    max_size=8,
)
MAIL = b"From a@b Mon Mar 10 09:00:00 2025\nFrom: a@b\nTo: c@d\nSubject: =?utf-8?q?x?=\nMessage-ID: <1@x>\n\nHi\n\n"
SEEDS = (
    MAIL,
    MAIL.partition(b"\n")[2],
    b'{"id":1,"events":[{"at":1740823200,"from":"customer","text":"Hi"}]}\n' * 2,
    b"name;email;phone\nAnn;ann@example.org;1\n",
    b"---\ntitle: T\n---\n# H\n\ntext\n",
    b'[{"shortcut":"hi","title":"Hi","body":"Hello"}]',
    gzip.compress(b'{"id":2,"messages":["Hello"]}\n'),
)
MANY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def attempt(target: Target, path: Path) -> None:
    """Import what may be nonsense, twice: only InputError may come out, and the second time adds nothing."""
    try:
        target.run(path)
    except InputError as error:
        sentence = error.sentence
    else:
        sentence = "."
        assert target.run(path).nothing_new
    assert sentence.endswith(".")


@MANY
@given(name=st.sampled_from(NAMES), content=st.binary(max_size=600))
def test_random_bytes(target: Target, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    attempt(target, tmp_path / name)


@MANY
@given(
    name=st.sampled_from(NAMES),
    seed=st.sampled_from(SEEDS),
    edits=st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=6)), max_size=6),
)
def test_damaged_files(
    target: Target, tmp_path: Path, name: str, seed: bytes, edits: list[tuple[int, bytes]]
) -> None:
    content = seed
    for place, bytes_ in edits:
        content = content[:place] + bytes_ + content[place + len(bytes_) :]
    (tmp_path / name).write_bytes(content)
    attempt(target, tmp_path / name)


@MANY
@given(records=st.lists(RECORDS, min_size=1, max_size=4))
def test_records_of_any_shape(target: Target, tmp_path: Path, records: list[object]) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    attempt(target, path)


def test_json_that_is_nested_very_deep(target: Target, tmp_path: Path) -> None:
    deep = "[" * 900 + "]" * 900
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"events": [{{"text": "x", "more": {deep}}}]}}\n{"[" * 100_000}\n', "utf-8")
    attempt(target, path)


def material(folder: Path, size: int = 60) -> Path:
    """A folder with something of everything; there are twice as many customers as mails and chats."""
    folder.mkdir()
    mails = [
        f"From a@b Mon Mar 10 09:00:{n:02d} 2025\nFrom: P{n % 7} <p{n % 7}@example.org>\nTo: help@lighthouse.example\n"
        f"Message-ID: <{n}@x>\nSubject: Mail {n // 3}\n{f'References: <{n - n % 3}@x>' if n % 3 else 'X-A: b'}\n"
        f"Date: Mon, 10 Mar 2025 09:{n % 60:02d}:00 +0000\n\nText {n}\n\n"
        for n in range(size)
    ]
    (folder / "inbox.mbox").write_text("".join(mails), "utf-8")
    records = [
        {
            "id": f"c{n}",
            "customer": f"person{n % 5}@example.org",
            "events": [{"text": f"Question {n}"}, {"text": "More"}],
        }
        for n in range(size)
    ]
    (folder / "chats.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    rows = "".join(f"Customer {n},c{n}@example.org\n" for n in range(2 * size))
    (folder / "people.csv").write_text(f"name,email\n{rows}", "utf-8")
    (folder / "articles").mkdir()
    for number in range(5):
        (folder / "articles" / f"a{number}.md").write_text(f"# Article {number}\n\nText {number}\n", "utf-8")
    return folder


def test_the_second_time_adds_nothing(target: Target, tmp_path: Path) -> None:
    folder = material(tmp_path / "in")
    first = target.run(folder)
    assert first.skipped == []
    assert first.added == {
        ItemKind.CONVERSATION: 80,
        ItemKind.MESSAGE: 180,
        ItemKind.CUSTOMER: 132,
        ItemKind.ARTICLE: 5,
    }
    before = target.state()
    second = target.run(folder)
    assert second.nothing_new
    assert second.already_there[ItemKind.MESSAGE] == 180
    assert target.state() == before


def test_breaking_off_and_going_on_is_the_same_as_one_run(
    new_target: Callable[[], Target], tmp_path: Path
) -> None:
    folder = material(tmp_path / "in", 20)
    whole = new_target()
    whole.run(folder)
    for stop_after in (0, 13, 70, 100):
        asked = itertools.count()
        parts = new_target()
        assert parts.run(folder, cancelled=lambda asked=asked, end=stop_after: next(asked) >= end).cancelled
        parts.run(folder)
        assert parts.state() == whole.state()


def test_a_dry_run_says_the_same_and_adds_nothing(target: Target, tmp_path: Path) -> None:
    folder = material(tmp_path / "in")
    dry = target.run(folder, dry_run=True)
    assert target.rows(Message) == []
    assert not any(target.desk.profile.blobs.rglob("*"))
    assert dry.added == target.run(folder).added


def test_progress_goes_from_nothing_to_everything(target: Target, tmp_path: Path) -> None:
    told: list[Progress] = []
    Importer(target.desk).run([material(tmp_path / "in")], progress=told.append)
    shares = [progress.done_bytes / progress.total_bytes for progress in told]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1, abs=0.01)
    assert told[-1].added > 300
    assert all(progress.remaining_seconds is None or progress.remaining_seconds >= 0 for progress in told)


def test_nothing_of_ours_is_an_error_in_one_sentence(target: Target, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\x00\x01\x02")
    with pytest.raises(InputError, match=r"^a\.bin: This is nothing that can be imported\.$"):
        target.run(tmp_path / "a.bin")


def test_a_report_lists_only_so_much() -> None:
    report = ImportReport()
    for number in range(10_050):
        report.skip("a", f"line {number}", "No.")
    assert (report.skipped_count, len(report.skipped)) == (10_050, 10_000)
