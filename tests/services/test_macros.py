"""Macros: every step or none, one undo for all, and a reply that is only ever put into the draft."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agent_desktop.domain.conversation import Conversation, Priority, Status
from agent_desktop.domain.errors import InputError, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Audience, Macro, MacroAction, MacroVerb
from agent_desktop.domain.operations.knowledge import SaveMacro
from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.services.drafts import Draft, DraftKind
from tests.desk_fixture import Office


@pytest.fixture
def conversation_id(office: Office) -> Id:
    return office.world.customer_writes("Karl Lund", "Refund", "Where is it?")


def make(office: Office, *actions: tuple[MacroVerb, str], **changes: object) -> Macro:
    macro_id = office.desk.ids.new()
    office.desk.apply(
        SaveMacro(
            **{
                "macro_id": macro_id,
                "name": "Escalate",
                "actions": tuple(MacroAction(verb=verb, value=value) for verb, value in actions),
                **changes,
            }  # type: ignore[arg-type]
        )
    )
    return office.row(Macro, macro_id)


def test_a_macro_does_all_of_its_steps_as_one(office: Office, conversation_id: Id) -> None:
    desk, team = office.desk, office.desk.directory.teams()[0]
    macro = make(
        office,
        (MacroVerb.SET_STATUS, "on_hold"),
        (MacroVerb.SET_PRIORITY, "urgent"),
        (MacroVerb.ASSIGN, office.colleague.user_id),
        (MacroVerb.SET_TEAM, team.id),
        (MacroVerb.ADD_TAG, "escalated"),
        (MacroVerb.SNOOZE_HOURS, "1.5"),
        (MacroVerb.NOTE, "Escalated for {{ customer.first_name }}"),
    )
    before = office.row(Conversation, conversation_id)
    applied = desk.macros.run(macro.id, [conversation_id])
    assert applied is not None
    assert applied.title == "Escalate"
    after = office.row(Conversation, conversation_id)
    assert (after.status, after.priority, after.assignee_id, after.team_id, after.tags) == (
        Status.ON_HOLD,
        Priority.URGENT,
        office.colleague.user_id,
        team.id,
        ("escalated",),
    )
    assert after.snoozed_until == office.clock.now() + timedelta(minutes=90)
    texts = [item.message.text for item in desk.conversations.timeline(conversation_id).items]
    assert "Escalated for Karl" in texts
    desk.apply.undo(applied)
    undone = office.row(Conversation, conversation_id)
    assert (undone.status, undone.priority, undone.assignee_id, undone.tags, undone.snoozed_until) == (
        before.status,
        before.priority,
        before.assignee_id,
        before.tags,
        before.snoozed_until,
    )
    desk.sync.exchange()
    assert office.pending() == []
    assert desk.outbox.items() == []


def test_many_conversations_are_one_action(office: Office, conversation_id: Id) -> None:
    other = office.world.customer_writes("Mia Roth", "Hello")
    macro = make(office, (MacroVerb.ADD_TAG, "checked"))
    applied = office.desk.macros.run(macro.id, [conversation_id, "0" * 32, other])
    assert applied is not None
    # Each conversation is judged by itself, and by the whole of what is done to it.
    assert len({operation.group for operation in applied.operations}) == 2
    assert all(operation.together for operation in applied.operations)
    for row_id in (conversation_id, other):
        assert office.row(Conversation, row_id).tags == ("checked",)
    office.desk.apply.undo(applied)
    for row_id in (conversation_id, other):
        assert office.row(Conversation, row_id).tags == ()


def test_a_reply_goes_into_the_draft_below_what_is_there(office: Office, conversation_id: Id) -> None:
    desk = office.desk
    macro = make(office, (MacroVerb.REPLY, "Dear {{ customer.first_name }}, {{ nonsense }}"))
    first = desk.macros.run(macro.id, [conversation_id])
    assert first is not None
    assert not first.operations
    draft = desk.drafts.get(conversation_id, DraftKind.REPLY)
    assert draft is not None
    assert draft.text == "Dear Karl, {{ nonsense }}"
    assert draft.reply_id
    desk.macros.run(macro.id, [conversation_id])
    again = desk.drafts.get(conversation_id, DraftKind.REPLY)
    assert again is not None
    assert again.text == "Dear Karl, {{ nonsense }}\n\nDear Karl, {{ nonsense }}"
    assert again.reply_id == draft.reply_id
    assert office.pending()[-1].payload.__class__ is SaveMacro  # nothing was sent
    written = Draft(
        conversation_id=conversation_id, kind=DraftKind.NOTE, text="note", updated_at=office.clock.now()
    )
    desk.drafts.save(written)
    assert desk.drafts.get(conversation_id, DraftKind.NOTE) == written


def test_undoing_takes_out_of_the_draft_what_was_put_in(office: Office, conversation_id: Id) -> None:
    desk = office.desk
    macro = make(office, (MacroVerb.ADD_TAG, "checked"), (MacroVerb.REPLY, "Dear {{ customer.first_name }}"))

    def text() -> str | None:
        draft = desk.drafts.get(conversation_id, DraftKind.REPLY)
        return None if draft is None else draft.text

    def writes(text: str) -> None:
        desk.drafts.save(
            Draft(
                conversation_id=conversation_id,
                kind=DraftKind.REPLY,
                text=text,
                updated_at=office.clock.now(),
            )
        )

    for before, written_on, left in (
        (None, None, None),
        ("It is coming.  ", None, "It is coming.  "),
        (None, "Dear Karl, hello", "Dear Karl, hello"),
        (None, "", ""),
    ):
        desk.drafts.delete(conversation_id, DraftKind.REPLY)
        if before is not None:
            writes(before)
        applied = desk.macros.run(macro.id, [conversation_id])
        assert applied is not None
        if written_on is not None:
            writes(written_on)
        desk.macros.undo(applied)
        assert text() == left
        assert office.row(Conversation, conversation_id).tags == ()


def test_a_step_that_is_not_possible_means_that_nothing_was_done(office: Office, conversation_id: Id) -> None:
    before = office.row(Conversation, conversation_id)
    impossible = make(office, (MacroVerb.ADD_TAG, "x"), (MacroVerb.ASSIGN, "0" * 32), (MacroVerb.REPLY, "hi"))
    with pytest.raises(Rejected):
        office.desk.macros.run(impossible.id, [conversation_id])
    senseless = make(office, (MacroVerb.ADD_TAG, "x"), (MacroVerb.SNOOZE_HOURS, "soon"))
    with pytest.raises(InputError, match="Snooze for soon hours"):
        office.desk.macros.run(senseless.id, [conversation_id])
    for hours in ("inf", "nan", "1e300"):
        with pytest.raises(InputError):
            office.desk.macros.run(make(office, (MacroVerb.SNOOZE_HOURS, hours)).id, [conversation_id])
    assert office.row(Conversation, conversation_id) == before
    assert office.desk.drafts.get(conversation_id, DraftKind.REPLY) is None
    with pytest.raises(InputError, match="no longer exists"):
        office.desk.macros.run("0" * 32, [conversation_id])


def test_a_preview_says_each_step_and_shows_the_reply(office: Office, conversation_id: Id) -> None:
    macro = make(
        office,
        (MacroVerb.SET_STATUS, "solved"),
        (MacroVerb.ASSIGN_TO_ME, ""),
        (MacroVerb.ASSIGN, "0" * 32),
        (MacroVerb.SET_TEAM, office.desk.directory.teams()[0].id),
        (MacroVerb.REPLY, "Dear {{ customer.first_name }}, {{ unknown.thing }}"),
    )
    preview = office.desk.macros.preview(macro, conversation_id)
    assert preview.steps == (
        "Set status to solved",
        "Assign to me",
        "Assign to somebody who left",
        "Move to Support",
        "Put a reply into the draft",
    )
    assert preview.reply is not None
    assert preview.reply.text == "Dear Karl, {{ unknown.thing }}"
    assert len(preview.reply.unresolved) == 1


def test_macros_are_those_of_the_user_by_name(office: Office) -> None:
    desk, ben = office.desk, office.colleague
    make(office, (MacroVerb.ADD_TAG, "x"), name="b")
    make(office, (MacroVerb.ADD_TAG, "x"), name="A", audience=Audience.PERSONAL)
    desk.sync.exchange()
    actions = (MacroAction(verb=MacroVerb.ASSIGN_TO_ME, value=""),)
    ben.does(
        SaveMacro(
            macro_id=desk.ids.new(),
            name="Ben's",
            actions=actions,
            audience=Audience.PERSONAL,
            owner_id=ben.user_id,
        )
    )
    desk.sync.exchange()
    assert [macro.name for macro in desk.macros.all()] == ["A", "b"]


def test_the_server_takes_all_steps_or_refuses_all_and_they_are_one_thing_to_decide_about(
    office: Office, conversation_id: Id
) -> None:
    desk, team = office.desk, office.desk.directory.teams()[0]
    macro = make(
        office,
        (MacroVerb.SET_PRIORITY, "urgent"),
        (MacroVerb.ASSIGN, office.colleague.user_id),
        (MacroVerb.NOTE, "Escalated"),
    )
    desk.sync.exchange()
    # The colleague leaves before it arrives.
    left = SaveUser(user_id=office.colleague.user_id, name="Ben Okafor", team_ids=(team.id,), active=False)
    office.server.backend.store.commit([left])
    desk.macros.run(macro.id, [conversation_id])
    desk.sync.exchange()
    there = office.on_server(Conversation, conversation_id)
    assert (there.priority, there.assignee_id) == (Priority.NORMAL, office.desk.user_id)
    assert office.row(Conversation, conversation_id).priority is Priority.NORMAL
    (item,) = desk.outbox.items()
    assert desk.outbox.attention() == 1
    assert item.title == "Change priority, Assign, Note"
    assert item.words.endswith("It was to be done as one, so nothing of it was done.")
    assert "Escalated" in item.text
    assert (item.can_retry, item.can_edit, item.can_discard) == (True, False, True)
    assert item.operation_id is not None
    # Tried again while nothing has changed, it is one thing to decide about again.
    with pytest.raises(Rejected):
        desk.outbox.retry(item.operation_id)
    assert desk.outbox.items() == [item]
    office.server.backend.store.commit([replace(left, active=True)])
    desk.sync.exchange()
    desk.outbox.retry(item.operation_id)
    assert desk.outbox.items() == []
    desk.sync.exchange()
    there = office.on_server(Conversation, conversation_id)
    assert (there.priority, there.assignee_id) == (Priority.URGENT, office.colleague.user_id)
    assert desk.outbox.items() == []


def test_giving_up_a_refused_macro_gives_up_all_of_it(office: Office, conversation_id: Id) -> None:
    desk = office.desk
    macro = make(office, (MacroVerb.ADD_TAG, "escalated"), (MacroVerb.ASSIGN, office.colleague.user_id))
    desk.sync.exchange()
    left = SaveUser(user_id=office.colleague.user_id, name="Ben Okafor", active=False)
    office.server.backend.store.commit([left])
    desk.macros.run(macro.id, [conversation_id])
    desk.sync.exchange()
    (item,) = desk.outbox.items()
    assert item.operation_id is not None
    desk.outbox.discard(item.operation_id)
    assert desk.outbox.items() == []
    desk.sync.exchange()
    assert desk.outbox.items() == []
    assert office.pending() == []
    assert office.on_server(Conversation, conversation_id).tags == ()


@pytest.mark.parametrize(("count", "length"), [(101, 1), (40, 30_000)])
def test_what_cannot_be_done_as_one_is_refused_at_once(
    office: Office, conversation_id: Id, count: int, length: int
) -> None:
    macro = make(office, *((MacroVerb.NOTE, "x" * length) for _ in range(count)))
    before = office.row(Conversation, conversation_id)
    with pytest.raises(InputError, match="Nothing was changed"):
        office.desk.macros.run(macro.id, [conversation_id])
    assert office.row(Conversation, conversation_id) == before
