"""Everything that the routes of one server process work with."""

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import StoreError
from sync.server.audit import AuditLog
from sync.server.backend import Backend
from sync.server.blobs import Uploads
from sync.server.database import Topic
from sync.server.deltas import Deltas
from sync.server.file_rights import FileAccess
from sync.server.limits import Limits, Monotonic, RateLimiter
from sync.server.logs import log
from sync.server.mail.administration import MailAdministration
from sync.server.mail.hosts import PublicMailHosts
from sync.server.mail.inbound import InboundStore
from sync.server.mail.intake import Intake
from sync.server.mail.post_office import MailWays, PostOffice
from sync.server.metrics import Metrics
from sync.server.oauth.codes import Codes
from sync.server.oauth.company import CompanySignIn
from sync.server.oauth.steps import Steps
from sync.server.presence import PresenceBoard, PresenceScope, Seen, decode_seen, encode_seen
from sync.server.refusals import Refusal
from sync.server.remote_images import THREADS, WAITING, RemoteImages
from sync.server.safe_fetch import SafeFetcher
from sync.server.sign_in.accounts import Accounts
from sync.server.sign_in.device_orders import DeviceOrders
from sync.server.sign_in.guessing import Guess, GuessGuard
from sync.server.sign_in.sessions import Sessions
from sync.server.stream import Hub
from sync.server.workers import Workers

SIGN_IN_THREADS, SIGN_INS_WAITING = 2, 20
"""A password takes a tenth of a second and 64 MiB to check: no more than so many at once."""
MAIL_THREADS, MAIL_WAITING = 2, 10
"""So many mail accounts are tried at once: other servers may be slow."""
SWEEP_SECONDS = 3_600.0
_log = logging.getLogger("agent_desktop.server")


@dataclass(slots=True, kw_only=True)
class Services:
    """One server process. `backend` may serve a database that other processes serve, too."""

    backend: Backend
    accounts: Accounts
    uploads: Uploads
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    monotonic: Monotonic = time.monotonic
    public_url: str = ""
    """Where browsers and clients reach this server; empty: wherever they say they did."""
    company: CompanySignIn | None = None
    """The provider of the company, where there is one."""
    metrics: Metrics = field(default_factory=Metrics)
    fetcher: SafeFetcher | None = None
    """What fetches pictures of mails; without: one that reaches the public network alone."""
    post_office: PostOffice | None = None
    """The mail of this server; without: accounts can be set up, and nobody reads them."""
    mail: MailAdministration = field(init=False)
    mail_workers: Workers = field(init=False)
    remote_images: RemoteImages = field(init=False)
    workers: Workers = field(init=False)
    image_workers: Workers = field(init=False)
    sign_in_workers: Workers = field(init=False)
    sessions: Sessions = field(init=False)
    orders: DeviceOrders = field(init=False)
    access: FileAccess = field(init=False)
    intake: Intake = field(init=False)
    presence: PresenceScope = field(init=False)
    hub: Hub = field(init=False)
    requests: RateLimiter = field(init=False)
    guesses: GuessGuard = field(init=False)
    codes: Codes = field(init=False)
    steps: Steps = field(init=False)
    _sweeper: "asyncio.Task[None] | None" = field(init=False, default=None)
    _telling: "set[asyncio.Task[None]]" = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        limits, store = self.limits, self.backend.store
        self.workers = Workers(limits.threads, limits.waiting)
        self.sign_in_workers = Workers(SIGN_IN_THREADS, SIGN_INS_WAITING, "sign-in")
        self.image_workers = Workers(THREADS, WAITING, "images")
        self.mail_workers = Workers(MAIL_THREADS, MAIL_WAITING, "mail")
        self.mail = (self.post_office or self._closed_office()).administration
        self.remote_images = RemoteImages(store.database, self.uploads.read, self.fetcher)
        self.sessions = Sessions(self.accounts, self.monotonic)
        self.orders = DeviceOrders(store.database, self.clock, self.accounts.key, AuditLog())
        self.access = FileAccess(store.database)
        self.intake = Intake(store.database, self.uploads, self.access, self.clock)
        self.presence = PresenceScope(store.database, self.backend.scopes)
        self.requests = RateLimiter(limits.requests, self.monotonic)
        self.guesses = GuessGuard(limits, self.monotonic)
        self.codes = Codes(store.database, self.accounts, self.clock)
        self.steps = Steps(self.accounts.key, self.clock)
        self.hub = Hub(
            Deltas(store.database, store.schema, self.clock),
            self.backend.scopes,
            self.accounts,
            PresenceBoard(self.monotonic),
            self.workers,
            self.metrics,
            limits.streams,
        )

    def _closed_office(self) -> PostOffice:
        inbound = InboundStore(self.backend.store.database, self.uploads, self.clock)
        return PostOffice(
            self.backend,
            self.accounts.key,
            self.clock,
            inbound,
            MailWays(dial=PublicMailHosts(), registrations={}),
        )

    async def start(self) -> None:
        """Listen to what is committed and done, here and in other processes."""
        await self.hub.start()
        store = self.backend.store
        store.subscribe(self.hub.committed)
        peers = store.database.peers
        peers.hear(Topic.COMMIT, lambda version: self.hub.committed(int(version)))
        peers.hear(Topic.PRESENCE, self._hear_presence)
        peers.hear(Topic.SESSIONS, lambda text: self.sessions.forget())
        self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """Say bye to all who listen and end the threads."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        await self.hub.stop()
        self.workers.close()
        self.sign_in_workers.close()
        self.image_workers.close()
        self.mail_workers.close()

    def tell_presence(self, seen: Seen) -> None:
        """Tell those who may see it, in every process."""
        self.hub.seen(seen)
        self.backend.store.database.peers.tell(Topic.PRESENCE, encode_seen(seen))

    def tell_of_guessing(self, guess: Guess) -> None:
        """Have it written down; nobody waits for that."""

        async def tell() -> None:
            with suppress(StoreError, Refusal):  # the database does not answer: it is counted in any case
                await self.workers.run(self.accounts.tell_of_guessing, guess.account)

        told = asyncio.create_task(tell())
        self._telling.add(told)
        told.add_done_callback(self._telling.discard)

    def tell_sessions(self) -> None:
        """Somebody was signed out: every process is to look again."""
        self.sessions.forget()
        self.backend.store.database.peers.tell(Topic.SESSIONS, "")

    def _hear_presence(self, text: str) -> None:
        seen = decode_seen(text)
        if seen is not None:
            self.hub.seen(seen)

    async def _sweep(self) -> None:
        while True:
            try:
                await self.workers.run(self.intake.sweep)
                await self.workers.run(self.accounts.sign_ins.sweep)
            except (StoreError, Refusal):
                log(_log, "what is forgotten after a while is forgotten later", logging.WARNING)
            await asyncio.sleep(SWEEP_SECONDS)
