"""A workspace with something planted at every place, and what each principal gets of it by every way to read."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import msgspec

from agent_desktop.context import Desk
from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.knowledge import Audience
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations import encode_payload, kind_of
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.customer import CreateCustomer
from agent_desktop.domain.operations.knowledge import SaveArticle, SaveView
from agent_desktop.domain.operations.message import AddNote, ReceiveMessage
from agent_desktop.domain.operations.workspace import SaveRole, SaveTeam, SaveUser
from agent_desktop.domain.presence import Activity
from agent_desktop.domain.records import Record
from agent_desktop.domain.view import ConversationFilter
from agent_desktop.domain.workspace import User
from agent_desktop.services.apply import Apply
from agent_desktop.services.change_feed import ChangeFeed
from agent_desktop.services.directory import Directory
from agent_desktop.services.exporting import Exporter
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.replica import Replica
from agent_desktop.store.search import SearchQueries
from sync.protocol.messages import PresenceRequest, PushAnswer, PushRequest, WireOperation
from sync.server.deltas import Deltas
from sync.server.file_rights import FileAccess
from sync.server.judge import Judge, Push
from sync.server.presence import PresenceBoard, PresenceScope
from tests.factories import ANNA, an_id, make_channel, make_file
from tests.security.matrix.people import CHAT, HR, NEW, PEOPLE, READER
from tests.sync.cluster import Client, Cluster

VAULT = make_channel(name="Vault", private=True, member_ids=(ANNA.id,))
NAME = "Somebody"
"""Every customer's name."""
CONVERSATIONS = ("inbox", "assigned", "private", "vault", "chat")
SMALL = ("article", "personal")
"""What is planted beside conversations: an article for everybody, and a view of the agent's own."""


def word(place: str, what: str = "said") -> str:
    """What is planted there, and nowhere else."""
    return f"sentinel{place}{what}"


def sha(place: str) -> str:
    """The file that is planted there."""
    return hashlib.sha256(place.encode()).hexdigest()


class EveryFile:
    """A folder in which every file is."""

    def has(self, sha256: str) -> bool:
        return True


@dataclass(frozen=True)
class _Desk:
    """What an export needs of a program."""

    directory: Directory
    replica: Replica
    blobs: BlobStore
    apply: Apply


class _TakeBack(Exception):
    pass


class Library:
    """A server, and the ways to read from it. `twin` marks the texts of a workspace with the same ids."""

    def __init__(self, folder: Path, twin: str = "") -> None:
        self.cluster = Cluster(folder)
        self.twin = twin
        self._commit(
            SaveTeam(team_id=HR.id, name=HR.name, private=True),
            SaveRole(role_id=READER.id, name=READER.name, permissions=READER.permissions),
            *map(_user, NEW),
        )
        with self.cluster.backend.store.transaction() as transaction:
            transaction.rows.put(VAULT)
        self.since = self.cluster.backend.hello().head
        self.clients: dict[str, Client] = {}
        self.watching = {who: self._in_step(who) for who in PEOPLE}
        """Computers that were in step before anything was planted."""
        self._commit(*self._planted())

    def _commit(self, *payloads: Record) -> None:
        self.cluster.backend.store.commit(payloads)

    def _planted(self) -> list[Record]:
        now = self.cluster.clock.now()
        found: list[Record] = [
            SaveArticle(article_id=an_id("article"), base_revision=0, title="A", body=self._text("article")),
            SaveView(
                view_id=an_id("personal"),
                name=self._text("personal"),
                filter=ConversationFilter(),
                audience=Audience.PERSONAL,
                owner_id=ANNA.id,
            ),
        ]
        mail = make_channel().id
        for place in CONVERSATIONS:
            customer, here = an_id(f"customer {place}"), an_id(f"place {place}")
            channel = {"vault": VAULT.id, "chat": CHAT.id}.get(place, mail)
            found += [
                CreateCustomer(customer_id=customer, name=NAME, note=self._text(place, "customer")),
                CreateConversation(
                    conversation_id=here,
                    customer_id=customer,
                    channel_id=channel,
                    subject=self._text(place, "subject"),
                    assignee_id=PEOPLE["field"].id if place == "assigned" else None,
                    team_id=HR.id if place == "private" else None,
                ),
                ReceiveMessage(
                    conversation_id=here,
                    message_id=an_id(f"message {place}"),
                    customer_id=customer,
                    channel_id=channel,
                    text=self._text(place),
                    sent_at=now,
                    files=(
                        AttachmentFile(
                            id=an_id(f"file {place}"),
                            name=f"{self._text(place, 'file')}.pdf",
                            media_type="application/pdf",
                            size=1,
                            sha256=sha(self.twin + place),
                        ),
                    ),
                ),
            ]
        return found

    def _text(self, place: str, what: str = "said") -> str:
        return f"{self.twin}{word(place, what)}"

    # ----- the ways to read: everything that somebody is given, as one text

    def pull(self, who: str) -> str:
        """Everything since before it was planted."""
        backend, user = self.cluster.backend, PEOPLE[who]
        since, pages, more = self.since, [], True
        while more:
            page = backend.pull(user.id, f"pull {who}", backend.hello().epoch, since)
            assert not page.resync
            pages.append(page)
            since, more = page.upto, page.more
        return _texts(pages)

    def scan(self, who: str) -> str:
        """A first sync."""
        backend, user = self.cluster.backend, PEOPLE[who]
        pages, after = [], None
        while True:
            page = backend.scan(user.id, f"scan {who}", 0, after)
            pages.append(page)
            after = page.next
            if after is None:
                return _texts(pages)

    def stream(self, who: str) -> str:
        """The delta that is streamed to this user."""
        store = self.cluster.backend.store
        changes = Deltas(store.database, store.schema, self.cluster.clock).changes(self.since)
        assert changes is not None
        assert not changes.membership, "else nobody is told more than that there is something"
        held = frozenset(self.cluster.backend.scopes(PEOPLE[who].id))
        return _texts([changes.for_scopes(changes.seen_by(held))])

    def replica(self, who: str) -> str:
        """Every row of this user's computer."""
        return "\n".join(map(repr, self._client(who).visible()))

    def search(self, who: str) -> str:
        """Each planted word that this user's search finds."""
        files = self._client(who).files
        while self.clients[who].replica.index_block() or self.clients[who].replica.index_small_block():
            pass
        queries = SearchQueries(files.replica, files.replica_schema)
        found = []
        for place in CONVERSATIONS:
            text, subject = self._text(place), self._text(place, "subject")
            if queries.message_keys(f'"{text}"') or queries.conversation_keys(f'"{subject}"', 5):
                found.append(self._text(place))
        return " ".join(found)

    def announcements(self, who: str) -> str:
        """Every row that this user's program tells of as news: what windows show and notices are made of."""
        told: list[str] = []

        def hear(changes: ChangeSet) -> None:
            assert not changes.bulk, "then nothing is told by itself"
            told.extend(repr(change.new) for change in changes.changes)

        client = self.watching[who]
        client.hear = hear  # type: ignore[method-assign]  # what the window would do
        client.kill()
        client.replica.bulk = 10_000
        assert client.exchange()
        return "\n".join(told)

    def export(self, who: str) -> str:
        """What this user can save to a file; nothing, without the permission to."""
        client = self._client(who)
        files = client.files
        feed = ChangeFeed()
        directory = Directory(files.replica, files.replica_schema, feed, client.user_id)
        apply = Apply(client.replica, feed, self.cluster.clock, self.cluster.ids, lambda: None)
        desk = _Desk(directory, client.replica, BlobStore(client.folder / "blobs"), apply)
        path = client.folder / "export.jsonl"
        path.unlink(missing_ok=True)
        try:
            Exporter(cast(Desk, desk)).run(path)
        except InputError:
            assert not path.exists()
            return ""
        return path.read_text("utf-8")

    def presence(self, who: str) -> str:
        """The conversations of which this user is told that somebody is there."""
        store, board = self.cluster.backend.store, PresenceBoard(lambda: 0.0)
        scopes = PresenceScope(store.database, self.cluster.backend.scopes)
        for place in CONVERSATIONS:
            request = PresenceRequest(conversation_id=an_id(f"place {place}"), activity=Activity.TYPING)
            seen = scopes.seen(PEOPLE["admin"].id, request)
            assert seen is not None
            board.put(seen)
        told = {item.conversation_id for item in board.visible(self.cluster.backend.scopes(PEOPLE[who].id))}
        return " ".join(self._text(place) for place in CONVERSATIONS if an_id(f"place {place}") in told)

    def typing(self, who: str) -> str:
        """The conversations that this user may say to be in."""
        scopes = PresenceScope(self.cluster.backend.store.database, self.cluster.backend.scopes)
        user_id = PEOPLE[who].id
        return " ".join(
            self._text(place)
            for place in CONVERSATIONS
            if scopes.seen(
                user_id,
                PresenceRequest(conversation_id=an_id(f"place {place}"), activity=Activity.VIEWING),
            )
        )

    def files(self, who: str) -> str:
        """The files that this user may fetch."""
        access = FileAccess(self.cluster.backend.store.database)
        user_id = PEOPLE[who].id
        return " ".join(
            self._text(place) for place in CONVERSATIONS if access.may_read(sha(self.twin + place), user_id)
        )

    def naming(self, who: str) -> str:
        """The files that this user, who has sent none, may name in an operation; in one that is refused, for what is
        asked before that is the file.
        """
        store, user_id = self.cluster.backend.store, PEOPLE[who].id
        judge = Judge(store.database, EveryFile())
        taken = []
        for place in CONVERSATIONS:
            file = make_file(sha256=sha(self.twin + place))
            note = AddNote(
                conversation_id=an_id("nowhere"), message_id=an_id("note"), text="see", files=(file,)
            )
            kind = kind_of(note)
            wire = WireOperation(
                id=an_id(f"naming {place}"),
                number=1,
                kind=kind.name,
                version=kind.version,
                at=0,
                seen=0,
                payload=encode_payload(note),
            )
            with suppress(_TakeBack), store.transaction() as transaction:
                request = PushRequest(client_id="naming", epoch=transaction.epoch, operations=[wire])
                (answer,) = judge.push_all(transaction, [Push(user_id, request)])
                assert isinstance(answer, PushAnswer)
                assert answer.missing in ([], [file.sha256])
                if not answer.missing:
                    taken.append(self._text(place))
                raise _TakeBack
        return " ".join(taken)

    def digest(self, who: str) -> dict[str, int]:
        """How many rows of each table this user is told to have."""
        digest = self.cluster.backend.digest(PEOPLE[who].id)
        return {table: count for table, (count, _) in digest.tables.items()}

    def _client(self, who: str) -> Client:
        if who not in self.clients:
            self.clients[who] = self._in_step(who)
        return self.clients[who]

    def _in_step(self, who: str) -> Client:
        client = self.cluster.add_client(PEOPLE[who])
        assert client.exchange()
        return client


WAYS: dict[str, Callable[[Library, str], str]] = {
    "pull": Library.pull,
    "scan": Library.scan,
    "stream": Library.stream,
    "replica": Library.replica,
    "search": Library.search,
    "announcements": Library.announcements,
    "export": Library.export,
    "presence": Library.presence,
    "typing": Library.typing,
    "files": Library.files,
    "naming": Library.naming,
}
PARTS: dict[str, tuple[str, ...]] = {
    "pull": ("conversation", "customer", "small"),
    "scan": ("conversation", "customer", "small"),
    "stream": ("conversation", "customer", "small"),
    "replica": ("conversation", "customer", "small"),
    "search": ("conversation",),
    "announcements": ("conversation", "customer", "small"),
    "export": ("export", "export_customer"),
    "presence": ("conversation",),
    "typing": ("conversation",),
    "files": ("conversation",),
    "naming": ("conversation",),
}
"""What each way can give at all."""


def _texts(answers: Sequence[object]) -> str:
    return msgspec.json.encode(answers).decode()


def _user(user: User) -> SaveUser:
    return SaveUser(
        user_id=user.id,
        name=user.name,
        role=user.role,
        team_ids=user.team_ids,
        active=user.active,
        custom_role_id=user.custom_role_id,
        grants=user.grants,
    )
