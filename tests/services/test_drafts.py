"""Drafts are kept as they were written, by nobody's change but their author's."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.cli.desk import open_desk
from agent_desktop.context import Desk
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.services.drafts import Draft, DraftKind
from tests.desk_fixture import Office
from tests.fakes import START
from tests.strategies import records

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=200)


def draft(conversation_id: Id, text: str = "Dear Karl", **changes: object) -> Draft:
    return Draft(
        **{
            "conversation_id": conversation_id,
            "kind": DraftKind.REPLY,
            "text": text,
            "updated_at": START,
            **changes,
        }  # type: ignore[arg-type]
    )


@pytest.fixture
def conversation_id(office: Office) -> Id:
    return office.world.customer_writes("Karl Lund", "Refund", "Where is it?")


def test_a_draft_comes_back_whole_after_a_restart(office: Office, conversation_id: Id) -> None:
    file = AttachmentFile(id="f", name="a.pdf", media_type="application/pdf", size=9, sha256="c" * 64)
    written = draft(
        conversation_id,
        subject="Re: Refund",
        channel_id="channel",
        to=("a@b.example",),
        cc=("c@d.example",),
        bcc=("e@f.example",),
        files=(file,),
        canned_ids=("one", "two"),
        caret=4,
        reply_id="r",
    )
    office.desk.drafts.save(written)
    office.desk.close()
    office.world.desk = open_desk(office.world.profile, office.clock, background=False)
    assert office.desk.drafts.get(conversation_id, DraftKind.REPLY) == written
    assert office.desk.drafts.get(conversation_id, DraftKind.NOTE) is None


def test_kinds_are_apart_and_lists_are_newest_first(desk: Desk) -> None:
    desk.drafts.save(draft("old", updated_at=START))
    desk.drafts.save(draft("new", updated_at=START + timedelta(minutes=2)))
    desk.drafts.save(draft("old", kind=DraftKind.NOTE, updated_at=START + timedelta(minutes=1)))
    desk.drafts.save(draft("article", kind=DraftKind.ARTICLE, updated_at=START + timedelta(hours=1)))
    assert desk.drafts.conversation_ids() == ("new", "old")
    desk.drafts.delete("old", DraftKind.NOTE)
    assert desk.drafts.get("old", DraftKind.REPLY) is not None
    desk.drafts.delete("old", DraftKind.REPLY)
    desk.drafts.delete("old", DraftKind.REPLY)
    assert desk.drafts.conversation_ids() == ("new",)


def test_every_change_is_told(desk: Desk) -> None:
    told: list[Id] = []
    desk.drafts.subscribe(told.append)
    desk.drafts.save(draft("one"))
    desk.drafts.save(draft("one", "longer"))
    desk.drafts.delete("one", DraftKind.REPLY)
    assert told == ["one"] * 3


def test_nothing_from_the_server_touches_a_draft(office: Office, conversation_id: Id) -> None:
    written = draft(conversation_id)
    office.desk.drafts.save(written)
    office.world.customer_adds(conversation_id, "And?")
    office.desk.close()
    for file in office.world.profile.folder.glob("replica.db*"):
        file.unlink()
    office.world.desk = open_desk(office.world.profile, office.clock, background=False)
    office.desk.sync.exchange()
    assert office.desk.drafts.get(conversation_id, DraftKind.REPLY) == written
    assert office.desk.inbox.draft_ids() == (conversation_id,)


def test_whatever_was_typed_can_be_read_back(desk: Desk) -> None:
    @given(records(Draft), st.text(max_size=40))
    def check(written: Draft, text: str) -> None:
        desk.drafts.save(written)
        assert desk.drafts.get(written.conversation_id, written.kind) == written
        desk.drafts.save(draft("one", text))
        read = desk.drafts.get("one", DraftKind.REPLY)
        assert read is not None
        assert len(read.text) == len(text)

    check()


def test_half_a_character_from_the_clipboard_does_not_cost_the_draft(desk: Desk) -> None:
    desk.drafts.save(draft("one", "before \ud83d after \0 end"))
    read = desk.drafts.get("one", DraftKind.REPLY)
    assert read is not None
    assert read.text == "before \ufffd after \ufffd end"
