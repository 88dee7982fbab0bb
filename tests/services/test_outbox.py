"""What waits or was not carried out: said in words, with everything that was in it, until somebody decides."""

import pytest

from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.errors import Reason
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations.conversation import SetStatus
from agent_desktop.domain.operations.knowledge import SaveArticle
from agent_desktop.domain.operations.message import RemoveNote, ReportDelivery
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
        connection.exec_driver_sql("UPDATE message SET author_id = 'x'")
    message_id = note.message_id  # type: ignore[attr-defined]  # a note
    office.desk.apply(RemoveNote(conversation_id=conversation_id, message_id=message_id))
    office.desk.sync.exchange()
    assert office.on_server(Message, message_id).text == "mine"
    (item,) = office.desk.outbox.items()
    assert (item.title, item.words) == ("Remove note", "Your role does not allow this.")


def test_everything_comes_oldest_first(office: Office, conversation_id: Id) -> None:
    first = send(office, conversation_id, "first")
    other = office.world.customer_writes("Mia Roth", "Hello")
    second = send(office, other, "second")
    assert [item.message_id for item in office.desk.outbox.items()] == [first, second]
    assert set(office.desk.inbox.waiting_ids()) == {conversation_id, other}
