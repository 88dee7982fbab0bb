"""Two devices of one user: each keeps its own draft, and shows what was written on the other."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from agent_desktop.domain.draft import DraftCopy
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations.draft import ShareDraft
from agent_desktop.domain.operations.message import ReceiveMessage
from agent_desktop.services.apply import Apply
from agent_desktop.services.change_feed import ChangeFeed
from agent_desktop.services.draft_sharing import DraftSharing
from agent_desktop.services.drafts import Draft, DraftKind, DraftService
from agent_desktop.store.client import open_client_files
from agent_desktop.store.drafts import Drafts
from agent_desktop.store.replica import Replica
from agent_desktop.store.rows import SqlRows
from sync.client.engine import SyncEngine
from sync.client.exchange import Exchange
from sync.client.local import LocalTransport
from tests.desk_fixture import Office


class Device:
    """A device of Maya Keller's beside her desk."""

    def __init__(self, name: str, folder: Path, office: Office) -> None:
        folder.mkdir()
        world, user_id = office.world, office.desk.user_id
        self.files = open_client_files(folder / "work.db", folder / "replica.db")
        replica = Replica(self.files.replica, self.files.replica_schema, self.files.outbox, user_id)
        feed = ChangeFeed()
        core = Exchange(replica, name, Random(0), feed.announce, world.clock.now())
        transport = LocalTransport(world.server.backend, user_id)
        self.engine = SyncEngine(core, replica, transport, world.clock)
        apply = Apply(replica, feed, world.clock, world.ids, lambda: None)
        self._clock, self._apply, self._user_id, self._name = world.clock, apply, user_id, name
        self.starts_again()
        self.engine.exchange()

    def starts_again(self) -> None:
        """As after a restart of the program: nothing of the last run is in memory."""
        self.drafts = DraftService(Drafts(self.files.work))
        self.sharing = DraftSharing(
            self.files.replica,
            self.files.replica_schema,
            self.drafts,
            self.files.outbox,
            self._apply,
            self._clock,
            self._user_id,
            self._name,
        )

    def writes(self, conversation_id: Id, text: str, *files: AttachmentFile) -> Draft:
        self._clock.advance(timedelta(seconds=1))
        draft = Draft(
            conversation_id=conversation_id,
            kind=DraftKind.REPLY,
            text=text,
            updated_at=self._clock.now(),
            files=files,
        )
        self.drafts.save(draft)
        return draft

    def syncs(self) -> None:
        self.sharing.share()
        self.engine.exchange()

    def sees(self, conversation_id: Id) -> tuple[str, str] | None:
        found = self.sharing.offered(conversation_id, DraftKind.REPLY)
        return None if found is None else (found[0].text, found[1])

    def stands(self, conversation_id: Id) -> tuple[str | None, str | None]:
        """What is written here, and what is kept beside it."""
        draft = self.drafts.get(conversation_id, DraftKind.REPLY)
        kept = self.drafts.before(conversation_id, DraftKind.REPLY)
        return draft.text if draft else None, kept.text if kept else None

    def begins(self, text: str, draft_id: Id = "to-be") -> Draft:
        """A message that begins a conversation, or a forward where there is one."""
        self._clock.advance(timedelta(seconds=1))
        draft = Draft(
            conversation_id=draft_id,
            kind=DraftKind.NEW,
            text=text,
            updated_at=self._clock.now(),
            to=("jonas@new.example",),
            subject="Your order",
            reply_id="its-message",
        )
        self.drafts.save(draft)
        return draft

    def waiting(self) -> list[str]:
        return [item.kind for item in self.files.outbox.pending(0) if item.number is None]


@pytest.fixture
def devices(office: Office, tmp_path: Path) -> Iterator[tuple[Device, Device]]:
    both = Device("Laptop", tmp_path / "laptop", office), Device("Tablet", tmp_path / "tablet", office)
    yield both
    for device in both:
        device.files.close()


@pytest.fixture
def conversation_id(office: Office, devices: tuple[Device, Device]) -> Id:
    conversation_id = office.world.customer_writes("Karl Lund", "Refund", "Where is it?")
    for device in devices:
        device.engine.exchange()
    return conversation_id


def test_what_is_written_here_is_seen_there(devices: tuple[Device, Device], conversation_id: Id) -> None:
    laptop, tablet = devices
    laptop.writes(conversation_id, "Dear Karl")
    laptop.syncs()
    tablet.syncs()
    assert tablet.sees(conversation_id) == ("Dear Karl", "Laptop")
    assert laptop.sees(conversation_id) is None
    assert tablet.drafts.get(conversation_id, DraftKind.REPLY) is None, (
        "it stays a copy until it is written on"
    )


def test_nothing_from_elsewhere_overwrites_what_is_written_here(
    devices: tuple[Device, Device], conversation_id: Id
) -> None:
    laptop, tablet = devices
    laptop.writes(conversation_id, "On the laptop")
    mine = tablet.writes(conversation_id, "On the tablet")
    for device in (tablet, laptop, tablet):
        device.syncs()
    assert tablet.drafts.get(conversation_id, DraftKind.REPLY) == mine
    assert laptop.sees(conversation_id) == ("On the tablet", "Tablet")
    assert tablet.sees(conversation_id) is None


def test_what_is_offered_stays_in_reach_until_it_is_taken_or_dismissed(
    devices: tuple[Device, Device], conversation_id: Id
) -> None:
    laptop, tablet = devices
    there = laptop.writes(conversation_id, "Dear Karl")
    for device in devices:
        device.syncs()
    for letters in ("H", "Hello"):
        tablet.writes(conversation_id, letters)
        for device in (tablet, laptop):
            device.syncs()
        assert tablet.sees(conversation_id) == ("Dear Karl", "Laptop"), "writing here is no answer"
        assert laptop.sees(conversation_id) is None, "and does not take the place of what is written there"
    tablet.starts_again()
    tablet.syncs()
    assert tablet.sees(conversation_id) == ("Dear Karl", "Laptop")
    tablet.sharing.dismiss(there)
    assert tablet.sees(conversation_id) is None
    for device in (tablet, laptop):
        device.syncs()
    assert laptop.sees(conversation_id) == ("Hello", "Tablet")
    assert laptop.stands(conversation_id) == ("Dear Karl", None)


def test_what_was_dismissed_is_offered_again_when_it_is_written_on(
    devices: tuple[Device, Device], conversation_id: Id
) -> None:
    laptop, tablet = devices
    there = laptop.writes(conversation_id, "Dear Karl")
    for device in devices:
        device.syncs()
    tablet.sharing.dismiss(there)
    tablet.writes(conversation_id, "Hello")
    laptop.writes(conversation_id, "Dear Karl, it is coming")
    for device in devices:
        device.syncs()
    assert tablet.sees(conversation_id) == ("Dear Karl, it is coming", "Laptop")


def test_what_waited_for_an_answer_is_shared_once_there_is_nothing_to_answer(
    devices: tuple[Device, Device], conversation_id: Id
) -> None:
    laptop, tablet = devices
    laptop.writes(conversation_id, "Dear Karl")
    for device in devices:
        device.syncs()
    tablet.writes(conversation_id, "Hello")
    tablet.syncs()
    laptop.drafts.delete(conversation_id, DraftKind.REPLY)
    for device in (laptop, tablet, tablet, laptop):
        device.syncs()
    assert laptop.sees(conversation_id) == ("Hello", "Tablet")


def test_a_draft_that_was_sent_or_thrown_away_is_gone_there_too(
    devices: tuple[Device, Device], conversation_id: Id
) -> None:
    laptop, tablet = devices
    laptop.writes(conversation_id, "Dear Karl")
    laptop.syncs()
    laptop.drafts.delete(conversation_id, DraftKind.REPLY)
    laptop.syncs()
    tablet.syncs()
    assert tablet.sees(conversation_id) is None


def test_what_was_sent_before_a_restart_is_gone_there_too(
    devices: tuple[Device, Device], conversation_id: Id, office: Office
) -> None:
    laptop, tablet = devices
    laptop.writes(conversation_id, "Dear Karl")
    laptop.syncs()
    laptop.drafts.delete(conversation_id, DraftKind.REPLY)
    laptop.starts_again()
    laptop.syncs()
    tablet.syncs()
    assert tablet.sees(conversation_id) is None


def test_emptying_a_draft_here_takes_nothing_away_there(
    devices: tuple[Device, Device], conversation_id: Id, office: Office
) -> None:
    laptop, tablet = devices
    laptop.writes(conversation_id, "Dear Karl")
    laptop.syncs()
    tablet.syncs()
    tablet.writes(conversation_id, "D")
    tablet.drafts.delete(conversation_id, DraftKind.REPLY)
    tablet.syncs()
    assert tablet.sees(conversation_id) == ("Dear Karl", "Laptop")


def test_what_is_taken_from_there_leaves_what_was_here(
    devices: tuple[Device, Device], conversation_id: Id, office: Office
) -> None:
    laptop, tablet = devices
    tablet.writes(conversation_id, "Hello Karl")
    here, away = (
        AttachmentFile(id=name, name=name, media_type="text/plain", size=1, sha256=name * 64) for name in "ab"
    )
    laptop.writes(conversation_id, "Dear Karl", here, away)
    laptop.syncs()
    tablet.syncs()
    assert tablet.sharing.take(conversation_id, DraftKind.REPLY, lambda sha256: sha256 == here.sha256)
    taken, kept = tablet.stands(conversation_id)
    assert (taken, kept) == ("Dear Karl", "Hello Karl")
    draft = tablet.drafts.get(conversation_id, DraftKind.REPLY)
    assert draft is not None
    assert draft.files == (here,)
    assert tablet.sees(conversation_id) is None
    assert not tablet.sharing.take(conversation_id, DraftKind.REPLY, lambda sha256: True)
    # And back, and forth again.
    tablet.drafts.exchange(conversation_id, DraftKind.REPLY, office.clock.now())
    assert tablet.stands(conversation_id) == ("Hello Karl", "Dear Karl")
    tablet.drafts.exchange(conversation_id, DraftKind.REPLY, office.clock.now())
    assert tablet.stands(conversation_id) == ("Dear Karl", "Hello Karl")
    tablet.drafts.drop_before(conversation_id, DraftKind.REPLY)
    assert tablet.stands(conversation_id) == ("Dear Karl", None)
    tablet.drafts.exchange(conversation_id, DraftKind.REPLY, office.clock.now())
    assert tablet.stands(conversation_id) == ("Dear Karl", None)


def test_what_is_kept_is_never_overwritten(devices: tuple[Device, Device], conversation_id: Id) -> None:
    laptop, tablet = devices
    tablet.writes(conversation_id, "first")
    for text in ("second", "third"):
        laptop.writes(conversation_id, text)
        laptop.syncs()
        tablet.syncs()
        assert tablet.sharing.take(conversation_id, DraftKind.REPLY, lambda sha256: True)
    assert tablet.stands(conversation_id) == ("third", "first\n\nsecond")


def test_taking_into_an_empty_draft_keeps_nothing(
    devices: tuple[Device, Device], conversation_id: Id
) -> None:
    laptop, tablet = devices
    laptop.writes(conversation_id, "Dear Karl")
    laptop.syncs()
    tablet.syncs()
    assert tablet.sharing.take(conversation_id, DraftKind.REPLY, lambda sha256: True)
    assert tablet.stands(conversation_id) == ("Dear Karl", None)


def test_of_many_changes_offline_only_the_last_is_sent(
    devices: tuple[Device, Device], conversation_id: Id
) -> None:
    laptop, tablet = devices
    for letters in range(1, 10):
        laptop.writes(conversation_id, "Dear Karl"[:letters])
        assert laptop.sharing.share() == 1
    assert laptop.waiting() == ["draft.share"]
    assert laptop.sharing.share() == 0
    laptop.engine.exchange()
    tablet.engine.exchange()
    assert tablet.sees(conversation_id) == ("Dear Karl", "Laptop")


def test_what_was_written_before_a_restart_is_shared_after_it(
    devices: tuple[Device, Device], conversation_id: Id, office: Office, tmp_path: Path
) -> None:
    laptop, _ = devices
    laptop.writes(conversation_id, "Dear Karl")
    laptop.files.close()
    again = tmp_path / "again"
    (tmp_path / "laptop").rename(again)
    again_files = open_client_files(again / "work.db", again / "replica.db")
    user_id, world = office.desk.user_id, office.world
    replica = Replica(again_files.replica, again_files.replica_schema, again_files.outbox, user_id)
    drafts = DraftService(Drafts(again_files.work))
    apply = Apply(replica, ChangeFeed(), world.clock, world.ids, lambda: None)
    schema, outbox = again_files.replica_schema, again_files.outbox
    sharing = DraftSharing(again_files.replica, schema, drafts, outbox, apply, world.clock, user_id, "Laptop")
    assert sharing.share() == 1
    again_files.close()


def test_the_copy_of_a_newer_program_is_left_alone(
    devices: tuple[Device, Device], conversation_id: Id, office: Office
) -> None:
    laptop, _ = devices
    draft = laptop.writes(conversation_id, "Dear Karl")
    payload = ShareDraft(
        conversation_id=conversation_id,
        kind=DraftKind.REPLY.value,
        content='{"kind": "hologram"}',
        device="Glasses",
        written_at=draft.updated_at + timedelta(minutes=1),
    )
    office.desk.apply(payload)
    office.desk.sync.exchange()
    laptop.syncs()
    assert laptop.sees(conversation_id) is None
    with office.desk.replica.database.read() as connection:
        (copy,) = SqlRows(connection, office.desk.replica.schema.tables).query(DraftCopy)
    assert replace(copy, ver=0).content == payload.content


def test_a_message_that_begins_a_conversation_is_shared_with_all_it_says(
    devices: tuple[Device, Device],
) -> None:
    laptop, tablet = devices
    draft = laptop.begins("Dear Jonas")
    laptop.syncs()
    tablet.syncs()
    assert tablet.sharing.new_messages() == ((draft, "Laptop"),)
    assert laptop.sharing.new_messages() == ()
    assert tablet.sharing.take("to-be", DraftKind.NEW, lambda sha256: True)
    assert tablet.sharing.new_messages() == ()
    taken = tablet.drafts.get("to-be", DraftKind.NEW)
    assert taken is not None
    assert replace(taken, updated_at=draft.updated_at) == draft, "also the id of its message"
    laptop.begins("")
    laptop.drafts.delete("to-be", DraftKind.NEW)
    laptop.syncs()
    assert tablet.drafts.new_messages() == (taken,), "what was taken stays until somebody gives it up here"


def test_what_was_put_off_or_thrown_away_here_can_still_be_taken_up(devices: tuple[Device, Device]) -> None:
    laptop, tablet = devices
    draft = laptop.begins("Dear Jonas")
    for device in devices:
        device.syncs()
    tablet.sharing.dismiss(draft)
    for _ in range(2):
        assert tablet.sharing.new_messages() == ((draft, "Laptop"),)
        assert tablet.sharing.take("to-be", DraftKind.NEW, lambda sha256: True)
        tablet.drafts.delete("to-be", DraftKind.NEW)


def test_what_was_begun_before_a_restart_is_shared_after_it(devices: tuple[Device, Device]) -> None:
    laptop, tablet = devices
    laptop.begins("Dear Jonas")
    laptop.starts_again()
    laptop.syncs()
    tablet.syncs()
    assert [draft.text for draft, _ in tablet.sharing.new_messages()] == ["Dear Jonas"]


def test_a_forward_is_shared_with_the_id_of_its_message(
    devices: tuple[Device, Device], conversation_id: Id
) -> None:
    laptop, tablet = devices
    draft = replace(laptop.writes(conversation_id, "See below"), kind=DraftKind.FORWARD, reply_id="forward")
    laptop.drafts.save(draft)
    laptop.syncs()
    tablet.syncs()
    found = tablet.sharing.elsewhere(conversation_id, DraftKind.FORWARD)
    assert found == (draft, "Laptop")


def test_the_files_of_a_forward_come_along_for_they_are_in_a_message(
    devices: tuple[Device, Device], conversation_id: Id, office: Office
) -> None:
    laptop, tablet = devices
    file = AttachmentFile(id="f", name="a.pdf", media_type="x/y", size=1, sha256="f" * 64)
    office.world.server.backend.store.commit(
        [
            ReceiveMessage(
                conversation_id=conversation_id,
                message_id="with-file",
                customer_id=office.world.customers[conversation_id],
                channel_id=office.desk.directory.channels()[0].id,
                text="See the file",
                sent_at=office.clock.now(),
                files=(file,),
            )
        ]
    )
    again = replace(file, id="again")
    draft = replace(laptop.writes(conversation_id, "See below", again), kind=DraftKind.FORWARD)
    laptop.drafts.save(draft)
    laptop.syncs()
    tablet.syncs()
    assert tablet.sharing.take(conversation_id, DraftKind.FORWARD, lambda sha256: False)
    taken = tablet.drafts.get(conversation_id, DraftKind.FORWARD)
    assert taken is not None
    assert taken.files == (again,)
