"""The server as its clients see it: one object that answers the calls of the protocol for one workspace."""

from collections.abc import Collection, Sequence

from agent_desktop.domain.access import Actor, actor_of
from agent_desktop.domain.clock import Clock
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.workspace import User
from agent_desktop.store.rows import SqlRows
from sync.protocol.messages import Digest, Hello, PullAnswer, PushAnswer, PushRequest, ScanAnswer
from sync.server.administration import Administration
from sync.server.audit_teller import AuditTeller
from sync.server.background import Job
from sync.server.commit import ServerStore
from sync.server.database import ServerDatabase
from sync.server.erasing import Eraser
from sync.server.feed import Feed
from sync.server.mail.raw_mails import UnnamedRawMails
from sync.server.ports import FilePort, FileShelf
from sync.server.retention import Retention
from sync.server.schema import ServerSchema


class Backend:
    """Judges pushes, answers pulls and scans. `user_id` is always who is signed in, never what a body says.

    `files` tells which files are here; None: they are wherever the clients have theirs. `shelf` hands files out and
    takes them away, for administrators.
    """

    def __init__(
        self,
        database: ServerDatabase,
        schema: ServerSchema,
        clock: Clock,
        ids: IdSource,
        files: FilePort | None = None,
        shelf: FileShelf | None = None,
    ) -> None:
        self.store = ServerStore(database, schema, clock, ids, files)
        self.feed = Feed(database, schema, clock)
        self.eraser = Eraser(self.store, shelf)
        self.retention = Retention(self.store, clock)
        self.raw_mails = UnnamedRawMails(self.store, clock)
        self.audit_teller = AuditTeller(database, self.store.audit, clock)
        self.administration = Administration(self.store, clock, ids, self.eraser, shelf)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """What a server does a little at a time besides."""
        return (self.audit_teller, self.retention, self.raw_mails, self.eraser)

    def hello(self) -> Hello:
        """What this server is."""
        return self.feed.hello()

    def push(self, user_id: Id, request: PushRequest) -> PushAnswer:
        """Judge operations."""
        return self.store.push(request, user_id)

    def pull(self, user_id: Id, client_id: str, epoch: str, since: int) -> PullAnswer:
        """Everything after a version."""
        return self.feed.pull(client_id, user_id, epoch, since)

    def scan(
        self, user_id: Id, client_id: str, upto: int, after: str | None, scopes: Sequence[str] = ()
    ) -> ScanAnswer:
        """A page of a first sync, or of these scopes alone."""
        return self.feed.scan(client_id, user_id, upto, after, scopes)

    def actor(self, user_id: Id) -> Actor:
        """What this user may do now; nothing, when there is no such user any longer."""
        with self.store.database.snapshot() as connection:
            rows = SqlRows(connection, self.store.schema.tables)
            user = rows.get(User, user_id)
            if user is None or not user.active:
                return Actor(user_id=user_id, held=frozenset(), scopes=())
            return actor_of(rows, user, self.feed.visible(connection, user_id))

    def scopes(self, user_id: Id) -> Collection[str]:
        """What this user sees now: `access.sees` tells of a row."""
        return self.feed.scopes(user_id)

    def digest(self, user_id: Id) -> Digest:
        """What this user's replica should hold."""
        return self.feed.digest(user_id)
