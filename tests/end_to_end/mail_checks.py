"""What is left of mail after whatever befell the server: each mail one message in its thread, each reply left once."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, Delivery, Direction, Message, MessageKind
from agent_desktop.services.mail.parse import parse_mail
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.rows import SqlRows
from sync.server.mail.reading import NOT_READ
from sync.server.schema import ServerSchema
from sync.server.verify import verify
from tests.end_to_end.mail_plan import Planned
from tests.end_to_end.mail_scene import Client, Office
from tests.mail_servers import BOUNCING


@dataclass(frozen=True, slots=True)
class Found:
    """What was counted. `unread`: mails that became messages without their words; `unknown`: replies of which nobody
    can know whether they left; `unknown_arrived`: those of them that did.
    """

    messages: int
    threads: int
    files: int
    unread: int
    replies: int
    sent: int
    bounced: int
    unknown: int
    unknown_arrived: int

    def __str__(self) -> str:
        return ", ".join(f"{name} {count}" for name, count in asdict(self).items())


def check(office: Office, client: Client, mails: Sequence[Planned]) -> Found:
    """Raise AssertionError for what is lost, doubled or in the wrong place; else what was counted."""
    schema = ServerSchema()
    wrong = [found.wrong for found in verify(office.database, schema, BlobStore(office.blobs)) if found.wrong]
    assert not wrong, wrong
    assert set(office.inbound()) == {"done"}, office.inbound()
    with office.database.read() as connection:
        rows = SqlRows(connection, schema.tables)
        messages = [row for row in rows.query(Message) if row.kind is MessageKind.REPLY]
        files = Counter(row.message_id for row in rows.query(Attachment))
    received = _check_received(messages, mails, files)
    unread = sum(message.text.startswith(NOT_READ) for message in received.values())
    sent = _check_replies(office, client, messages)
    return Found(
        messages=len(received),
        threads=_check_threads(received, mails),
        files=sum(mail.files for mail in mails),
        unread=unread,
        replies=len(client.recipients),
        **sent,
    )


def _check_received(
    messages: Iterable[Message], mails: Sequence[Planned], files: Counter[Id]
) -> dict[str, Message]:
    by_name: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        if message.direction is Direction.IN and message.external_id:
            by_name[message.external_id].append(message)
    wanted = {mail.message_id for mail in mails}
    assert wanted <= by_name.keys(), f"lost: {sorted(wanted - by_name.keys())}"
    # What else arrives are reports of mail servers on our replies.
    other = [name for name in by_name.keys() - wanted if not by_name[name][0].automatic]
    assert not other, f"nobody wrote {other}"
    doubled = {name: len(found) for name, found in by_name.items() if len(found) > 1}
    assert not doubled, f"doubled: {doubled}"
    found = {name: by_name[name][0] for name in wanted}
    for mail in mails:
        message = found[mail.message_id]
        if not message.text.startswith(NOT_READ):
            assert files[message.id] == mail.files, mail.message_id
    return found


def _check_threads(received: dict[str, Message], mails: Sequence[Planned]) -> int:
    conversations: dict[int, set[Id]] = defaultdict(set)
    for mail in mails:
        conversations[mail.thread].add(received[mail.message_id].conversation_id)
    torn = {thread: len(found) for thread, found in conversations.items() if len(found) > 1}
    assert not torn, f"in several conversations: {torn}"
    assert len(set.union(*conversations.values())) == len(conversations), "threads are mixed"
    return len(conversations)


def _check_replies(office: Office, client: Client, messages: Iterable[Message]) -> dict[str, int]:
    deliveries = {message.id: message.delivery for message in messages if message.id in client.recipients}
    assert deliveries.keys() == client.recipients.keys(), "a reply was acknowledged and is not here"
    mailboxes = set(client.recipients.values())
    left = (
        parse_mail(raw).message_id.partition(".")[0]
        for address in mailboxes
        for raw in office.servers.mails(address)
    )
    # What an earlier run has left in these mailboxes is none of ours.
    arrived = Counter(message_id for message_id in left if message_id in client.recipients)
    doubled = {message_id: count for message_id, count in arrived.items() if count > 1}
    # A mail that Postfix took once and delivered twice has one line here, one that was sent twice has two.
    log = office.servers.log.splitlines()
    queued = {
        line.split(": ")[1] for line in log if "/cleanup[" in line and any(name in line for name in doubled)
    }
    taken = [line for line in log if any(name in line for name in (*queued, *doubled))]
    assert not doubled, "\n".join([f"left more than once: {doubled}", *taken])
    bounced = unknown = 0
    for message_id, delivery in deliveries.items():
        address = client.recipients[message_id]
        if delivery is Delivery.UNKNOWN:
            unknown += 1
        elif address.endswith(BOUNCING):
            assert delivery is Delivery.FAILED, (address, delivery)
            bounced += 1
        else:
            assert (delivery, arrived[message_id]) == (Delivery.SENT, 1), (address, delivery)
    return {
        "sent": sum(arrived.values()),
        "bounced": bounced,
        "unknown": unknown,
        "unknown_arrived": sum(
            arrived[one] for one, delivery in deliveries.items() if delivery is Delivery.UNKNOWN
        ),
    }
