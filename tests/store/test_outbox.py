"""What waits for the server: in its order, with its numbers, and gone only when it is confirmed or given up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations import kind_of
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.operations.conversation import ChangeTags
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.records import Record
from agent_desktop.store.client import ClientFiles, open_client_files
from agent_desktop.store.outbox import Outbox, Pending
from agent_desktop.store.settings import SettingStore
from tests.factories import an_id, make_file
from tests.fakes import START, FakeIds


@pytest.fixture
def files(tmp_path: Path) -> Iterator[ClientFiles]:
    files = open_client_files(tmp_path / "work.db", tmp_path / "replica.db")
    yield files
    files.close()


@pytest.fixture
def outbox(files: ClientFiles) -> Outbox:
    return files.outbox


class Made:
    """Makes operations."""

    def __init__(self) -> None:
        self.ids = FakeIds()

    def __call__(self, payload: Record, group: Id | None = None) -> Operation:
        return Operation(id=self.ids.new(), payload=payload, created_at=START, group=group)

    def tag(self, name: str, conversation: str = "c", group: Id | None = None) -> Operation:
        return self(ChangeTags(conversation_id=an_id(conversation), add=(name,)), group)


@pytest.fixture
def made() -> Made:
    return Made()


def waiting(outbox: Outbox, ack: int = 0) -> list[tuple[Id, int | None, str | None]]:
    return [(item.id, item.number, item.epoch) for item in outbox.pending(ack)]


def chosen(outbox: Outbox, *operations: Operation, ack: int = 0) -> list[Pending]:
    ids = [operation.id for operation in operations]
    return sorted(
        (item for item in outbox.pending(ack) if item.id in ids), key=lambda item: ids.index(item.id)
    )


def sent(
    outbox: Outbox, *operations: Operation, ack: int = 0, epoch: str = "e1", now: int = 1
) -> list[Pending]:
    """These go on the wire."""
    return outbox.numbered(ack, chosen(outbox, *operations, ack=ack), now, epoch)


def test_what_is_overtaken_keeps_its_place_and_gets_its_number_later(outbox: Outbox, made: Made) -> None:
    one, two, three = (made.tag(name) for name in ("one", "two", "three"))
    outbox.append([one, two, three])
    assert [item.number for item in sent(outbox, two, three)] == [1, 2]
    assert waiting(outbox) == [(one.id, None, None), (two.id, 1, "e1"), (three.id, 2, "e1")]
    assert [item.number for item in sent(outbox, one, ack=2)] == [3]
    assert waiting(outbox, 2) == [(one.id, 3, "e1")]
    assert outbox.count(2) == 1


def test_no_number_is_that_of_two_however_what_goes_next_is_chosen(outbox: Outbox, made: Made) -> None:
    one, two, three = (made.tag(name) for name in ("one", "two", "three"))
    outbox.append([one, two, three])
    sent(outbox, one, two)
    assert [(item.id, item.number) for item in sent(outbox, three)] == [(three.id, 1)]
    assert waiting(outbox) == [(one.id, None, "e1"), (two.id, None, "e1"), (three.id, 1, "e1")]


def test_it_stays_known_to_which_server_something_went_first(outbox: Outbox, made: Made) -> None:
    one, two = made.tag("one"), made.tag("two")
    outbox.append([one])
    sent(outbox, one)
    outbox.append([two])
    again = sent(outbox, two, one, epoch="e2")
    assert [(item.id, item.epoch) for item in again] == [(two.id, "e2"), (one.id, "e1")]
    assert waiting(outbox) == [(one.id, 2, "e1"), (two.id, 1, "e2")]


def test_a_server_that_was_set_back_may_have_done_what_was_sent_and_nothing_else(
    outbox: Outbox, made: Made
) -> None:
    one, two = made.tag("one"), made.tag("two")
    outbox.append([one, two])
    sent(outbox, one)
    outbox.note_set_back()
    assert waiting(outbox) == [(one.id, 1, ""), (two.id, None, None)]


def test_only_what_is_confirmed_and_of_long_ago_is_forgotten(outbox: Outbox, made: Made) -> None:
    old, late, unconfirmed, unsent = (made.tag(name) for name in ("old", "late", "unconfirmed", "unsent"))
    outbox.append([old, late, unconfirmed, unsent])
    sent(outbox, old, now=10)
    sent(outbox, late, ack=1, now=20)
    sent(outbox, unconfirmed, ack=2, now=10)
    outbox.forget(2, 20)
    assert [item.id for item in outbox.pending(0)] == [late.id, unconfirmed.id, unsent.id]
    outbox.forget(2, 21)
    assert [item.id for item in outbox.pending(0)] == [unconfirmed.id, unsent.id]


def test_only_older_ones_of_the_same_that_were_never_sent_are_superseded(outbox: Outbox, made: Made) -> None:
    gone, on_its_way, elsewhere = made.tag("old"), made.tag("sent"), made.tag("elsewhere", "d")
    note = made(AddNote(conversation_id=an_id("c"), message_id=an_id("m"), text="note"))
    outbox.append([on_its_way, gone, elsewhere, note])
    sent(outbox, on_its_way)
    new = made.tag("new")
    outbox.append(
        [new], beside=lambda: outbox.supersede(kind_of(new.payload).name, {"conversation_id": an_id("c")})
    )
    assert {item.id for item in outbox.pending(0)} == {on_its_way.id, elsewhere.id, note.id, new.id}


def test_what_is_written_beside_is_written_with_it_or_not_at_all(
    outbox: Outbox, files: ClientFiles, made: Made
) -> None:
    settings = SettingStore(files.work)

    def fails() -> None:
        settings.set("beside", True)
        raise StoreError("The disk is full.")

    with pytest.raises(StoreError):
        outbox.append([made.tag("one")], beside=fails)
    assert (outbox.pending(0), settings.get("beside")) == ([], None)


def test_who_has_not_followed_yet_finds_out_that_something_went(outbox: Outbox, made: Made) -> None:
    one, two = made.tag("one"), made.tag("two")
    last = outbox.append([one, two])
    outbox.drop([two.id])
    assert [item.id for item in outbox.pending(0)] == [one.id]
    assert outbox.last_position() == last + 1
    outbox.renumber()
    assert outbox.last_position() == last + 2
    assert outbox.append([made.tag("three")]) == last + 3


def test_what_names_files_is_read_a_few_at_a_time(outbox: Outbox, made: Made) -> None:
    notes = [
        made(
            AddNote(
                conversation_id=an_id("c"),
                message_id=an_id(name),
                text="",
                files=(make_file(id=an_id(name)),),
            )
        )
        for name in "abc"
    ]
    outbox.append([made.tag("one"), notes[0], made.tag("two"), *notes[1:]])
    first = outbox.naming_files(0, 0, 2)
    assert [item.id for item in first] == [note.id for note in notes[:2]]
    assert [item.id for item in outbox.naming_files(0, first[-1].position, 2)] == [notes[2].id]


def test_what_is_confirmed_waits_in_no_respect(outbox: Outbox, made: Made) -> None:
    def note(name: str) -> Operation:
        payload = AddNote(
            conversation_id=an_id("c"), message_id=an_id(name), text="see", files=(make_file(id=an_id(name)),)
        )
        return made(payload, group=an_id("g"))

    done, waits = note("done"), note("waits")
    outbox.append([done, waits])
    sent(outbox, done)
    assert [item.id for item in outbox.doubtful(1)] == [waits.id]
    assert [item.id for item in outbox.of_group(an_id("g"), 1)] == [waits.id]
    assert [outbox.is_pending(each.id, 1) for each in (done, waits)] == [False, True]
    assert [item.id for item in outbox.doubtful(0)] == [done.id, waits.id]
    assert [item.id for item in outbox.naming_files(1, 0, 9)] == [waits.id]
    assert outbox.known_ids() == {done.id, waits.id}
