"""The files of a profile when they are damaged: nothing is replaced that could not be fetched or read again."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from agent_desktop.cli.desk import open_desk
from agent_desktop.context import Desk
from agent_desktop.domain.errors import AppError, StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.profile import Profile
from agent_desktop.services.drafts import Draft, DraftKind
from tests.desk_fixture import opened_office
from tests.fakes import START

ExpectLog = Callable[[str], None]
DAMAGED = "replica was damaged and is fetched again"


class Laptop:
    """A profile with a conversation, a draft, and a note that the server has not seen."""

    def __init__(self, folder: Path, template: Path) -> None:
        with opened_office(folder, template) as office:
            self.conversation_id: Id = office.world.customer_writes("Karl Lund", "Refund", "Where is it?")
            desk = office.desk
            desk.drafts.save(
                Draft(
                    conversation_id=self.conversation_id,
                    kind=DraftKind.REPLY,
                    text="Dear Karl",
                    updated_at=START,
                )
            )
            desk.apply(
                AddNote(
                    conversation_id=self.conversation_id, message_id=office.world.ids.new(), text="unsent"
                )
            )
            self.profile = desk.profile

    @contextmanager
    def opened(self) -> Iterator[Desk]:
        desk = open_desk(self.profile, background=False)
        try:
            yield desk
        finally:
            desk.close()

    def check(self) -> None:
        """Everything is there: what the server has, the draft, and the note, which arrives."""
        with self.opened() as desk:
            desk.sync.exchange()
            timeline = desk.conversations.timeline(self.conversation_id)
            assert sorted(item.message.text for item in timeline.items) == ["Where is it?", "unsent"]
            draft = desk.drafts.get(self.conversation_id, DraftKind.REPLY)
            assert draft is not None
            assert draft.text == "Dear Karl"
            assert desk.sync.status.waiting == 0
            assert desk.search.search("where").hits


@pytest.fixture
def laptop(tmp_path: Path, desk_template: Path) -> Laptop:
    return Laptop(tmp_path, desk_template)


def set_aside(profile: Profile) -> list[str]:
    return sorted(file.name for file in profile.folder.glob("replica.damaged-*.db"))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "its beginning": lambda path: path.write_bytes(b"garbage" * 20 + path.read_bytes()[140:]),
    "all of it": lambda path: path.write_bytes(random.Random(1).randbytes(path.stat().st_size)),
    "its end": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 3]),
    "its schema": lambda path: path.write_bytes(
        path.read_bytes()[:100] + bytes(3996) + path.read_bytes()[4096:]
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_replica_is_put_aside_and_fetched_again(
    laptop: Laptop, expect_log: ExpectLog, name: str
) -> None:
    replica = laptop.profile.replica_db
    DAMAGES[name](replica)
    damaged = replica.read_bytes()
    expect_log(DAMAGED)
    laptop.check()
    assert set_aside(laptop.profile) == ["replica.damaged-1.db"]
    assert (laptop.profile.folder / "replica.damaged-1.db").read_bytes() == damaged
    laptop.check()
    assert set_aside(laptop.profile) == ["replica.damaged-1.db"]


def test_damage_that_is_met_later_is_mended_by_the_next_start(laptop: Laptop, expect_log: ExpectLog) -> None:
    replica = laptop.profile.replica_db
    with closing(sqlite3.connect(replica)) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'message'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(replica.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    replica.write_bytes(content)
    with laptop.opened() as desk, pytest.raises(StoreError, match="Start Agent Desktop again"):
        desk.conversations.timeline(laptop.conversation_id)
    expect_log(DAMAGED)
    laptop.check()
    assert set_aside(laptop.profile) == ["replica.damaged-1.db"]


def test_each_damaged_replica_is_kept(laptop: Laptop, expect_log: ExpectLog) -> None:
    expect_log(DAMAGED)
    for _ in range(3):
        laptop.profile.replica_db.write_bytes(b"x" * 5_000)
        laptop.check()
    assert set_aside(laptop.profile) == [f"replica.damaged-{number}.db" for number in (1, 2, 3)]


def test_a_missing_or_empty_replica_is_fetched_again(laptop: Laptop) -> None:
    laptop.profile.replica_db.unlink()
    laptop.check()
    laptop.profile.replica_db.write_bytes(b"")
    laptop.check()
    assert set_aside(laptop.profile) == []


@pytest.mark.parametrize(
    ("name", "damage"),
    [("work.db", "all of it"), ("server.db", "its beginning"), ("server.db", "all of it")],
)
def test_what_exists_nowhere_else_is_refused_and_left_as_it_is(
    laptop: Laptop, name: str, damage: str
) -> None:
    path = laptop.profile.folder / name
    good = path.read_bytes()
    DAMAGES[damage](path)
    bad = path.read_bytes()
    for _ in range(2):
        with pytest.raises(AppError) as refused, laptop.opened() as desk:
            desk.start()
        assert refused.value.sentence.startswith(name)
        assert "left as it" in refused.value.sentence
        assert refused.value.sentence.count(".") <= 3
        assert path.read_bytes() == bad
    path.write_bytes(good)
    laptop.check()


@pytest.mark.parametrize("damage", ["its beginning", "its schema"])
def test_what_can_be_read_of_a_damaged_work_file_is_there_at_once(
    laptop: Laptop, expect_log: ExpectLog, damage: str
) -> None:
    expect_log("work file was damaged: 1 operations and 1 drafts were read")
    DAMAGES[damage](laptop.profile.work_db)
    with laptop.opened() as desk:
        assert "work.damaged-1.db" in desk.notice
    laptop.check()


def test_an_empty_work_file_is_no_profile(laptop: Laptop) -> None:
    laptop.profile.work_db.write_bytes(b"")
    with pytest.raises(AppError, match="incomplete"):
        open_desk(laptop.profile, background=False)


def test_a_folder_without_a_profile_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="no profile here"):
        open_desk(Profile(tmp_path / "nowhere"), background=False)
    assert not (tmp_path / "nowhere").exists()
