"""How the replica stands to the server, in words for the status line."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from PySide6.QtCore import QObject, QTimer, Signal

from agent_desktop.context import Desk
from agent_desktop.domain.changes import Change, ChangeSet
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.result import OperationResult
from agent_desktop.domain.rows import Entity
from agent_desktop.services.sync_status import SyncState, SyncStatus
from ui.models.local_time import local_zone, time_words
from ui.models.timeline_text import span_text
from ui.relay import Relay
from ui.tasks import Tasks
from ui.tokens import ColorRole

CLOCK_STEP = 10_000
"""Milliseconds after which "2 s ago" is said anew."""
THROTTLE = 1_000
CLOCK_MAY_BE_OFF = timedelta(minutes=2)
_LEAST_SPAN = timedelta(seconds=3)
"""Shorter, and what is said of the rest jumps about."""


@dataclass(frozen=True, slots=True)
class StatusWords:
    """What the status line says; empty parts are left out."""

    state: str = ""
    tone: ColorRole = ColorRole.OK
    attention: int = 0
    """How much goes no further before somebody decides."""
    waiting: str = ""
    clock: str = ""
    last_change: str = ""
    on_device: str = ""
    sign_in: bool = False
    """Whether pressing the state is to ask for the password."""


def status_words(
    status: SyncStatus,
    total: int | None,
    now: datetime,
    zone: tzinfo,
    left: timedelta | None = None,
    attention: int = 0,
) -> StatusWords:
    """The status in words. `total` is the number of conversations here, None while it is not known; `left` is how long
    a first sync will still take, as far as can be said; `attention` is how much waits for a decision.
    """
    state, tone = state_words(status, now, zone, left)
    waiting = ""
    if status.waiting:
        noun = "change" if status.waiting == 1 else "changes"
        waiting = f"{status.waiting:,} {noun} waiting to send"
    last_change = ""
    if status.state is not SyncState.OFFLINE and status.last_change_at is not None:
        last_change = f"Last change {_ago(now - status.last_change_at)}"
    noun = "conversation" if total == 1 else "conversations"
    on_device = "" if total is None else f"{total:,} {noun} on this device"
    return StatusWords(
        state=state,
        tone=tone,
        attention=attention,
        waiting=waiting,
        clock=clock_words(status.server_ahead),
        last_change=last_change,
        on_device=on_device,
        sign_in=status.sign_in,
    )


def clock_words(server_ahead: timedelta) -> str:
    """That this computer's clock is wrong, once it is so far off that times in the list mislead."""
    if abs(server_ahead) <= CLOCK_MAY_BE_OFF:
        return ""
    off = span_text(abs(server_ahead))
    return f"This computer's clock is {off} {'behind' if server_ahead > timedelta() else 'ahead of'} the server's"


def state_words(
    status: SyncStatus, now: datetime, zone: tzinfo, left: timedelta | None = None
) -> tuple[str, ColorRole]:
    """How the replica stands to the server, and the colour of it."""
    if status.sign_in:
        return "Sign in again", ColorRole.WARN
    since = time_words(status.since, now, zone)
    if status.problem:
        # What a network or server that is away says of itself is no fault of this computer.
        away = status.state is SyncState.OFFLINE
        return (f"Offline since {since} — {status.problem}" if away else status.problem), ColorRole.DANGER
    match status.state:
        case SyncState.OFFLINE:
            return f"Offline since {since} — you can keep working", ColorRole.WARN
        case SyncState.CATCHING_UP:
            return _catching_up(status, left), ColorRole.ACCENT
        case _:
            return "In sync", ColorRole.OK


def _catching_up(status: SyncStatus, left: timedelta | None) -> str:
    # Where rows of before are shown until they come anew, nothing is missing, but what is gone may still be there.
    words = "Comparing everything with the server" if status.anew else "Catching up"
    if status.total <= status.done:
        return words
    words = f"{words}{':' if status.anew else ''} {status.done:,} of {status.total:,}"
    if left is None:
        return words
    minutes = left / timedelta(minutes=1)
    return f"{words} · {'less than a minute' if minutes < 1 else f'about {round(minutes)} min'} left"


class Pace:
    """How long a first sync will still take, by how fast it was until now."""

    def __init__(self) -> None:
        self._first: tuple[datetime, int] | None = None

    def left(self, status: SyncStatus, now: datetime) -> timedelta | None:
        """The time left; None when nothing is known of it yet."""
        if status.total <= status.done:
            self._first = None
            return None
        if self._first is None or status.done < self._first[1]:
            self._first = now, status.done
        began, done = self._first
        rows, span = status.done - done, now - began
        if not rows or span < _LEAST_SPAN:
            return None
        return span * ((status.total - status.done) / rows)


def _may_need_attention(change: Change[Entity]) -> bool:
    if change.entity is OperationResult:
        return True
    return isinstance(row := change.new or change.old, Message) and row.delivery is not Delivery.NONE


def _ago(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago"


class SyncStatusViewModel(QObject):
    """Keeps the words of the status line up to date."""

    changed = Signal()

    def __init__(
        self, desk: Desk, tasks: Tasks, changes: Relay, sync_changes: Relay, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        self._status = desk.sync.status
        self._total: int | None = None
        self._attention = 0
        self._zone = local_zone()
        self._words = StatusWords()
        self._pace = Pace()
        self._count_soon = QTimer(self)
        self._count_soon.setSingleShot(True)
        self._count_soon.setInterval(THROTTLE)
        self._count_soon.timeout.connect(self.count)
        self._clock_timer = QTimer(self)
        self._clock_timer.setInterval(CLOCK_STEP)
        self._clock_timer.timeout.connect(self._refresh)
        self._clock_timer.start()
        changes.received.connect(self._on_changes)
        sync_changes.received.connect(self._on_status)
        self._refresh()

    @property
    def words(self) -> StatusWords:
        """What to show."""
        return self._words

    @property
    def is_open_to_all(self) -> bool:
        """Whether customers are in this profile, and it is not encrypted."""
        return self._desk.is_open_to_all

    @property
    def reminds_of_recovery_key(self) -> bool:
        """Whether nobody has seen the recovery key yet, and is to be told that there is one."""
        return self._desk.recovery_hint.is_due

    def put_reminder_away(self) -> None:
        """Do not remind of the recovery key any more, for now."""
        self._tasks.write(self._desk.recovery_hint.put_away, lambda _: self.changed.emit())

    @property
    def online(self) -> bool:
        """Whether the person lets the program talk to the server."""
        return self._desk.sync.online

    def set_online(self, online: bool) -> None:
        """Work offline, or go online again."""
        self._desk.sync.set_online(online)
        self._on_status(self._desk.sync.status)
        self.changed.emit()

    def count(self) -> None:
        """Count what is on this device, and what waits for a decision."""
        self._tasks.read(self._desk.inbox.total, self._show_total, key=(id(self), "total"))
        self._look_for_attention()

    def _look_for_attention(self) -> None:
        self._tasks.read(
            lambda: self._desk.outbox.attention(), self._show_attention, key=(id(self), "attention")
        )

    def _on_changes(self, changes: ChangeSet) -> None:
        came_or_went = any(change.old is None or change.new is None for change in changes.of(Conversation))
        if (changes.bulk or came_or_went) and not self._count_soon.isActive():
            self._count_soon.start()
        if changes.bulk or any(map(_may_need_attention, changes.changes)):
            self._look_for_attention()

    def _on_status(self, status: SyncStatus) -> None:
        self._status = status
        self._refresh()

    def _show_total(self, total: int) -> None:
        self._total = total
        self._refresh()

    def _show_attention(self, attention: int) -> None:
        self._attention = attention
        self._refresh()

    def _refresh(self) -> None:
        now = self._desk.clock.now()
        left = self._pace.left(self._status, now)
        words = status_words(self._status, self._total, now, self._zone, left, self._attention)
        if words != self._words:
            self._words = words
            self.changed.emit()
