"""What waits or was not carried out: said in words, with everything that was in it, until somebody decides."""

from datetime import timedelta

import pytest

from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations.conversation import ChangeTags, MarkRead, SetStatus
from agent_desktop.domain.operations.knowledge import SaveArticle
from agent_desktop.domain.operations.message import ReceiveMessage, RemoveNote, ReportDelivery
from agent_desktop.domain.operations.workspace import DiscardResult, SaveUser
from agent_desktop.domain.result import OperationResult
from agent_desktop.domain.rows import user_scope
from agent_desktop.domain.workspace import Role
from agent_desktop.services.composer import Outgoing
from agent_desktop.store.rows import SqlRows
from tests.desk_fixture import Office


@pytest.fixture
def conversation_id(office: Office) -> Id:
    return office.world.customer_writes("Karl Lund", "Refund", "Where is it?")


def send(office: Office, conversation_id: Id, text: str = "It is on its way.") -> Id:
    choice = office.desk.composer.channels(conversation_id)[0]
    here = office.row(Conversation, conversation_id)
    reply_id = office.desk.ids.new()
    office.desk.composer.send(
        Outgoing(
            conversation_id=conversation_id,
            channel_id=choice.channel.id,
            text=text,
            to=choice.to,
            reply_id=reply_id,
            seen_in=here.last_in_id,
            seen_out=here.last_out_id,
        )
    )
    office.desk.sync.exchange()
    return reply_id


def report(office: Office, conversation_id: Id, message_id: Id, *steps: tuple[Delivery, str]) -> None:
    for delivery, detail in steps:
        payload = ReportDelivery(
            conversation_id=conversation_id, message_id=message_id, delivery=delivery, detail=detail
        )
        office.server.backend.store.commit([payload])
    office.desk.sync.exchange()


def results(office: Office) -> list[OperationResult]:
    with office.desk.replica.database.read() as connection:
        return SqlRows(connection, office.desk.replica.schema.tables).query(OperationResult)


@pytest.mark.parametrize(
    ("steps", "words", "can"),
    [
        ([], "Waiting to be sent", (False, True, True)),
        ([(Delivery.SENDING, "")], "Sending", (False, False, False)),
        ([(Delivery.FAILED, "550 no such mailbox")], "Not sent", (True, True, True)),
        ([(Delivery.SENDING, ""), (Delivery.UNKNOWN, "")], "It is not known", (True, False, False)),
    ],
)
def test_a_reply_says_what_became_of_it_and_what_can_be_done(
    office: Office,
    conversation_id: Id,
    steps: list[tuple[Delivery, str]],
    words: str,
    can: tuple[bool, bool, bool],
) -> None:
    reply_id = send(office, conversation_id)
    report(office, conversation_id, reply_id, *steps)
    (item,) = office.desk.outbox.items()
    assert item.words.startswith(words)
    assert (item.can_retry, item.can_edit, item.can_discard) == can
    assert (item.message_id, item.text) == (reply_id, "It is on its way.")
    if steps and steps[-1][1]:
        assert steps[-1][1] in item.words


def test_what_was_sent_waits_no_more(office: Office, conversation_id: Id) -> None:
    reply_id = send(office, conversation_id)
    report(office, conversation_id, reply_id, (Delivery.SENDING, ""), (Delivery.SENT, ""))
    assert office.desk.outbox.items() == []
    assert office.desk.inbox.waiting_ids() == ()


def test_a_refused_operation_keeps_its_text_until_its_author_discards_it(office: Office) -> None:
    article_id = office.world.ids.new()
    office.desk.apply(SaveArticle(article_id=article_id, base_revision=0, title="Refunds", body="Mine"))
    office.colleague.does(SaveArticle(article_id=article_id, base_revision=0, title="Refunds", body="Ben's"))
    office.desk.sync.exchange()
    (item,) = office.desk.outbox.items()
    assert item.text == "Mine"
    assert item.words == "Somebody else saved another version meanwhile. Your version is kept here."
    assert item.operation_id is not None
    (result,) = results(office)
    assert (result.reason, result.scope) == (Reason.CHANGED_MEANWHILE, user_scope(office.desk.user_id))
    # It is the author's alone.
    with office.colleague.replica.database.read() as connection:
        assert SqlRows(connection, office.colleague.replica.schema.tables).query(OperationResult) == []
    office.desk.apply(DiscardResult(operation_id=item.operation_id))
    office.desk.sync.exchange()
    assert office.desk.outbox.items() == []
    assert office.pending() == []


def test_a_status_that_came_too_late_is_told(office: Office, conversation_id: Id) -> None:
    seen = office.row(Conversation, conversation_id).last_in_id
    office.desk.apply(
        SetStatus(conversation_id=conversation_id, status=Status.SOLVED, check_seen=True, seen_in=seen)
    )
    # The customer writes before it arrives; what this desk shows is brought up to date with the verdict.
    office.world.customer_adds(conversation_id, "One more thing")
    assert office.row(Conversation, conversation_id).status is Status.OPEN
    assert [result.reason for result in results(office)] == [Reason.CUSTOMER_WROTE_AGAIN]
    (item,) = office.desk.outbox.items()
    assert item.title == "Change status"
    assert item.words.startswith("The customer wrote again")


def test_a_role_that_was_taken_away_is_said(office: Office, conversation_id: Id) -> None:
    desk = office.desk
    desk.apply(SaveUser(user_id=desk.ids.new(), name="New colleague"))
    office.server.backend.store.commit([SaveUser(user_id=desk.user_id, name="Maya Keller", role=Role.AGENT)])
    desk.sync.exchange()
    assert [result.reason for result in results(office)] == [Reason.FORBIDDEN]
    assert "New colleague" not in [user.name for user in desk.directory.users()]
    assert [item.words for item in desk.outbox.items()] == ["Your role does not allow this."]


def test_what_this_program_does_not_know_is_shown_as_it_is(office: Office, conversation_id: Id) -> None:
    note = office.desk.composer.note(conversation_id, "mine").operations[0].payload
    office.desk.sync.exchange()
    with office.server.database.write() as connection:
        connection.execute("UPDATE message SET author_id = 'x'")
    message_id = note.message_id  # type: ignore[attr-defined]  # a note
    office.desk.apply(RemoveNote(conversation_id=conversation_id, message_id=message_id))
    office.desk.sync.exchange()
    assert office.on_server(Message, message_id).text == "mine"
    (item,) = office.desk.outbox.items()
    assert (item.title, item.words) == ("Remove note", "Your role does not allow this.")


def test_what_waits_of_colleagues_is_theirs_to_decide(office: Office, conversation_id: Id) -> None:
    reply_id = send(office, conversation_id)
    with office.server.database.write() as connection:
        connection.execute("UPDATE message SET author_id = 'x' WHERE id = ?", (reply_id,))
    report(office, conversation_id, reply_id, (Delivery.FAILED, "550 no such mailbox"))
    assert office.row(Message, reply_id).author_id == "x"
    assert (office.desk.outbox.items(), office.desk.outbox.attention()) == ([], 0)
    assert office.desk.inbox.waiting_ids() == ()
    (row,) = office.desk.inbox.rows(office.desk.inbox.keys_of([conversation_id]))
    assert row.waiting_to_send == 1, "the list says it to everybody"


def test_everything_comes_oldest_first(office: Office, conversation_id: Id) -> None:
    first = send(office, conversation_id, "first")
    other = office.world.customer_writes("Mia Roth", "Hello")
    second = send(office, other, "second")
    assert [item.message_id for item in office.desk.outbox.items()] == [first, second]
    assert set(office.desk.inbox.waiting_ids()) == {conversation_id, other}


def last_in(office: Office, conversation_id: Id) -> Id | None:
    return office.row(Conversation, conversation_id).last_in_id


def solve(office: Office, conversation_id: Id) -> None:
    """Maya solves it in knowledge of all she sees; the customer writes before that arrives."""
    office.desk.apply(
        SetStatus(
            conversation_id=conversation_id,
            status=Status.SOLVED,
            check_seen=True,
            seen_in=last_in(office, conversation_id),
        )
    )
    office.world.customer_adds(conversation_id, "One more thing")


def test_a_refused_change_is_tried_again_in_knowledge_of_what_stands_now(
    office: Office, conversation_id: Id
) -> None:
    solve(office, conversation_id)
    (item,) = office.desk.outbox.items()
    assert item.operation_id is not None
    assert (item.text, item.can_retry, item.can_edit) == ("Status: solved", True, False)
    assert item.state == "The conversation is open and assigned to Maya Keller now."
    assert office.desk.outbox.attention() == 1
    office.desk.outbox.retry(item.operation_id)
    office.desk.sync.exchange()
    assert office.on_server(Conversation, conversation_id).status is Status.SOLVED
    assert office.desk.outbox.items() == []
    assert office.desk.outbox.attention() == 0


@pytest.mark.parametrize("again", [True, False])
def test_what_was_refused_as_one_is_tried_again_or_given_up_as_one(
    office: Office, conversation_id: Id, again: bool
) -> None:
    desk, here = office.desk, office.row(Conversation, conversation_id)
    tag = ChangeTags(conversation_id=conversation_id, add=("vip",))
    solved = SetStatus(
        conversation_id=conversation_id, status=Status.SOLVED, seen_in=here.last_in_id, check_seen=True
    )
    desk.apply.together([[tag, solved]])
    office.world.customer_adds(conversation_id, "One more thing")
    (item,) = desk.outbox.items()
    assert item.operation_id is not None
    assert (item.title, item.can_retry) == ("Change tags, Change status", True)
    assert office.on_server(Conversation, conversation_id).tags == ()
    (desk.outbox.retry if again else desk.outbox.discard)(item.operation_id)
    desk.sync.exchange()
    assert (desk.outbox.items(), desk.outbox.attention(), results(office)) == ([], 0, [])
    found = office.on_server(Conversation, conversation_id)
    assert (found.tags, found.status) == ((("vip",), Status.SOLVED) if again else ((), Status.OPEN))


def test_what_is_still_not_possible_stays_listed(office: Office, conversation_id: Id) -> None:
    article_id = office.world.ids.new()
    office.desk.apply(SaveArticle(article_id=article_id, base_revision=0, title="Refunds", body="Mine"))
    office.colleague.does(SaveArticle(article_id=article_id, base_revision=0, title="Refunds", body="Ben's"))
    office.desk.sync.exchange()
    (item,) = office.desk.outbox.items()
    assert item.operation_id is not None
    assert (item.subject, item.state) == ("Refunds", "Version 1 of “Refunds” stands now.")
    assert (item.can_retry, item.can_edit, item.conversation_id) == (False, True, None)
    with pytest.raises(Rejected) as refused:
        office.desk.outbox.retry(item.operation_id)
    assert refused.value.reason is Reason.CHANGED_MEANWHILE
    assert office.desk.outbox.items() == [item]
    assert office.pending() == []


def test_what_was_discarded_meanwhile_is_not_tried_again(office: Office, conversation_id: Id) -> None:
    solve(office, conversation_id)
    (item,) = office.desk.outbox.items()
    assert item.operation_id is not None
    office.desk.apply(DiscardResult(operation_id=item.operation_id))
    with pytest.raises(Rejected):
        office.desk.outbox.retry(item.operation_id)
    assert office.row(Conversation, conversation_id).status is Status.OPEN


def test_a_held_reply_says_what_its_author_had_not_seen(office: Office, conversation_id: Id) -> None:
    """Maya writes offline; what came before that and was not here counts, what she had answered does not."""
    send(office, conversation_id, "It is on its way.")
    seen_in, seen_out = (
        last_in(office, conversation_id),
        office.row(Conversation, conversation_id).last_out_id,
    )
    world = office.world
    world.clock.advance(timedelta(minutes=1))
    add = ReceiveMessage(
        conversation_id=conversation_id,
        message_id=world.ids.new(),
        customer_id=world.customers[conversation_id],
        channel_id=office.desk.composer.channels(conversation_id)[0].channel.id,
        text="Too late, please cancel.",
        sent_at=world.clock.now(),
    )
    office.server.backend.store.commit([add])
    world.clock.advance(timedelta(hours=2))
    reply_id = world.ids.new()
    choice = office.desk.composer.channels(conversation_id)[0]
    office.desk.composer.send(
        Outgoing(
            conversation_id=conversation_id,
            channel_id=choice.channel.id,
            text="It arrives tomorrow.",
            to=choice.to,
            reply_id=reply_id,
            seen_in=seen_in,
            seen_out=seen_out,
        )
    )
    world.clock.advance(timedelta(hours=2))
    office.desk.sync.exchange()
    item = next(item for item in office.desk.outbox.items() if item.message_id == reply_id)
    assert item.delivery is Delivery.HELD
    assert [message.text for message in item.news] == ["Too late, please cancel."]
    assert (item.seen_in, item.seen_out) == (add.message_id, seen_out)
    world.customer_adds(conversation_id, "Hello?")
    item = next(item for item in office.desk.outbox.items() if item.message_id == reply_id)
    assert [message.text for message in item.news] == ["Too late, please cancel.", "Hello?"]


def test_who_has_looked_since_is_still_told_what_it_was_held_for(office: Office, conversation_id: Id) -> None:
    send(office, conversation_id, "It is on its way.")
    world = office.world
    (waiting,) = office.desk.outbox.items()
    assert (waiting.news, waiting.needs_attention) == ((), False)
    reply_id = world.ids.new()
    choice = office.desk.composer.channels(conversation_id)[0]
    office.desk.composer.send(
        Outgoing(
            conversation_id=conversation_id,
            channel_id=choice.channel.id,
            text="It arrives tomorrow.",
            to=choice.to,
            reply_id=reply_id,
            seen_in=None,
            seen_out=None,
        )
    )
    office.desk.sync.exchange()
    read_at = office.row(Conversation, conversation_id).last_in_at
    assert read_at is not None
    office.desk.apply(MarkRead(conversation_id=conversation_id, read_at=read_at))
    item = next(item for item in office.desk.outbox.items() if item.message_id == reply_id)
    assert [message.text for message in item.news] == ["Where is it?"]
