"""One computer with the client on it: the production exchange, replica and outbox, on files that survive a crash."""

from collections import deque
from collections.abc import Callable, Sequence, Set
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.conversation_merging import survivor_of_conversation
from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.operations.message import Reply
from agent_desktop.domain.records import Record
from agent_desktop.services.unsendable import UnsendableOperations
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.drafts import Draft, DraftKind, Drafts
from agent_desktop.store.outbox import Outbox, Pending
from agent_desktop.store.settings import SettingStore
from agent_desktop.store.uploads import Uploads
from sync.client.calls import Answer, Call
from sync.client.exchange import Exchange
from sync.client.files import FileExchange
from sync.protocol.messages import Poke, StreamedDelta
from sync.protocol.transport import FileTransport, Refused, Unreachable
from tests.fakes import DictRows
from tests.simulation.memory import MemoryDatabase
from tests.simulation.oracle import Oracle, Watched, must
from tests.simulation.parts import Parts
from tests.simulation.programs import OLDER_FILE, OLDER_SCHEMA, new_replica
from tests.simulation.world import NodeClock, World
from tests.sync.files import TEMPLATES
from tests.sync.network import Killed
from tests.sync.older import known_row, older_text, running

CLIENT_ID = "profile.client_id"
BULK_ROWS = 12
"""Much is stored in bulk, for which views reload."""
_UNKNOWN = (
    "INSERT INTO outbox (operation_id, kind, version, payload, created_at, seen)"
    " VALUES (?, 'conversation.teleport', 1, '{\"where\": \"elsewhere\"}', ?, ?)"
)


class Content(BlobStore):
    """Files of which only the names matter. `lost` are no longer there."""

    def __init__(self) -> None:
        super().__init__(Path("blobs"))
        self.lost: set[str] = set()

    def has(self, sha256: str) -> bool:
        """Whether it is still there."""
        return sha256 not in self.lost

    def read(self, sha256: str) -> bytes | None:
        """Some content."""
        return sha256.encode() if self.has(sha256) else None


@dataclass(frozen=True, slots=True)
class Written:
    """What a user was writing: texts that the draft may have now (empty: no draft), and the id that a reply takes."""

    texts: tuple[str, ...]
    reply_id: Id
    sent: bool = False


class Machine:
    """A computer of a user. It may stop at any commit, and starts again on what is on its disk then."""

    def __init__(
        self,
        world: World,
        oracle: Oracle,
        parts: Parts,
        name: str,
        user_id: Id,
        images: tuple[bytes, bytes],
        carry: Callable[["Machine", Call], None],
        files: FileTransport,
        is_older: bool,
    ) -> None:
        self.world = world
        self.name = name
        self.user_id = user_id
        self.chance = world.chance(f"machine {name}")
        number = min(int(name), len(world.plan.skews) - 1)
        self.clock = NodeClock(world, world.plan.skews[number] if world.plan.skews else 0)
        self.ids = TimeOrderedIds(self.clock, world.chance(f"ids {name}").getrandbits)
        self.watched = Watched(f"client {name}", user_id, is_older=is_older)
        self.acknowledged: dict[Id, int] = {}
        """What the user was told is done, with the number of long pauses until then."""
        self.made: set[Id] = set()
        self.written: dict[Id, Written] = {}
        """By conversation, what must not be lost."""
        self.clock_jumped = False
        self.cut_until = 0.0
        self.fuse: int | None = None
        """How many commits are left until the program stops."""
        self.saved_replica: bytes | None = None
        self.waiting = 0
        """The call whose answer is awaited; 0: none."""
        self._calls = 0
        self._wakes = 0
        self._oracle = oracle
        self._parts = parts
        self._carry = carry
        self._file_transport = files
        self._content = Content()
        self._heard: deque[StreamedDelta | Poke] = deque()
        self.streaming = False
        self.core: Exchange | None = None
        self.work = MemoryDatabase("work.db", images[0], self._work_commits)
        self._open_replica(images[1])

    # ----- starting and stopping

    def _open_replica(self, image: bytes) -> None:
        self.replica_db = MemoryDatabase("replica.db", image, self._replica_commits)

    def _work_commits(self, after: bool) -> None:
        self._burn(f"work.db {'after' if after else 'before'}")

    def _replica_commits(self, after: bool) -> None:
        if after:
            self._visible = self._oracle.after_commit(self.watched, self.replica, self.replica_db.only)
        self._burn(f"replica.db {'after' if after else 'before'}")

    def _burn(self, where: str) -> None:
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse <= 0:
                self.fuse = None
                self.world.note(self.name, "stops at a commit of", where)
                raise Killed

    @property
    def is_older(self) -> bool:
        """Whether its program is one of before."""
        return self.watched.is_older

    def upgrade(self) -> None:
        """Go on with a program that knows everything."""
        self.stop()
        self.watched.is_older = False

    def start(self) -> None:
        """Start the program, as a user does."""
        if self.core is not None:
            return
        self.world.note(self.name, "starts", "as an older program" if self.is_older else "")
        try:
            with self._as_its_program():
                self._start()
        except Killed:
            self.stop()

    def _as_its_program(self) -> AbstractContextManager[None]:
        return running() if self.is_older else nullcontext()

    def _start(self) -> None:
        if not self.is_older and OLDER_FILE.is_older(self.replica_db.only):
            self.world.note(self.name, "migrates its replica")
            OLDER_FILE.migrate(self.replica_db.only)
        self.settings = SettingStore(self.work)
        if self.settings.get(CLIENT_ID) is None:
            self.settings.set(CLIENT_ID, self.ids.new())
        self.drafts = Drafts(self.work)
        self.outbox = self._parts.outbox(self.work)
        schema = OLDER_SCHEMA if self.is_older else TEMPLATES.replica_schema
        self.replica = self._parts.replica(self.replica_db, schema, self.outbox, self.user_id)
        self.replica.bulk = BULK_ROWS
        self.check_drafts()
        self._visible = self._shown = self._oracle.read(self.watched, self.replica_db.only)
        self._hear(self.replica.recover())
        state = self.replica.state()
        hidden = any(item.position > state.applied for item in self.outbox.pending(state.ack))
        must(not hidden, f"I2 {self.watched.name}: what the outbox holds is not visible after the start")
        self.gate = FileExchange(
            self._file_transport,
            self._content,
            uploads := Uploads(self.work),
            self.clock,
            lambda: self.replica.state().epoch,
            lambda after, most: self.outbox.naming_files(self.replica.state().ack, after, most),
        )
        self._lost = UnsendableOperations(
            self.replica, self._content, uploads, self._hear, lambda: None, lambda: True
        )
        self.core = self._parts.exchange(
            self.replica, self.client_id, self.chance, self._hear, self.clock.now(), self.gate, self._fork
        )
        self.core.streaming = self.streaming
        self.pump()

    @property
    def client_id(self) -> str:
        """Under which the server knows this profile."""
        return str(self.settings.get(CLIENT_ID))

    def _fork(self) -> str:
        self.watched.set_back = True
        with self.work.write():
            self.settings.set(CLIENT_ID, new := self.ids.new())
            self.outbox.renumber()
        self.world.note(self.name, "takes a new client id")
        return new

    def stop(self, away: float = 0.0) -> None:
        """End without putting anything in order; the program is started again after some seconds."""
        if self.core is not None:
            self.world.note(self.name, "stopped")
        self.core = None
        self.fuse = None
        self.waiting = 0
        self.streaming = False
        self._heard.clear()
        self.world.at(away or self.chance.uniform(0.5, 20), self.start)

    def guarded(self, what: Callable[[], None]) -> None:
        """Do something that may end at a commit."""
        if self.core is None:
            return
        try:
            with self._as_its_program():
                what()
        except Killed:
            self.stop()
            return
        shown, visible = self._shown, self._visible
        if shown is not visible:
            must(shown == visible, f"{self.watched.name}: not everything was announced")
            self._shown = visible

    def save_replica(self) -> None:
        """What the disk may fall back to when the power fails."""
        self.saved_replica = self.replica_db.image()

    def lose_replica(self) -> None:
        """Stop, and begin with an empty one."""
        self.fall_back(new_replica(is_older=self.is_older))

    def fall_back(self, image: bytes) -> None:
        """Stop, and have this replica after the start."""
        self.stop()
        self.watched.fell_back()
        self._open_replica(image)

    # ----- the exchange

    def pump(self) -> None:
        """Carry on with the exchange, as its thread does."""
        self.guarded(self._pump)

    def _pump(self) -> None:
        if self.waiting or self.core is None:
            return
        now = self.clock.now()
        while self._heard:
            self.core.streamed(self._heard.popleft(), now)
        call = self.core.next_call(now)
        if call is not None:
            self._calls += 1
            self.waiting = self._calls
            self._carry(self, call)
            return
        wake_at = self.core.wake_at(now)
        if wake_at is not None:
            self._wakes += 1
            token = self._wakes
            self.world.at(max((wake_at - now).total_seconds(), 0.001), lambda: self._wake(token))

    def _wake(self, token: int) -> None:
        if token == self._wakes:
            self.pump()

    def answered(self, number: int, call: Call, answer: Answer) -> None:
        """An answer arrives, maybe after nobody waits for it any longer."""
        if number == self.waiting and self.core is not None:
            self.waiting = 0
            core = self.core
            with self.watched.hearing(answer):
                self.guarded(lambda: core.answered(call, answer, self.clock.now()))
            self.pump()

    def failed(self, number: int, call: Call, error: Unreachable | Refused) -> None:
        """Nobody waits any longer, or the server refuses."""
        if number == self.waiting and self.core is not None:
            self.waiting = 0
            core = self.core
            self.guarded(lambda: core.failed(call, error, self.clock.now()))
            self.pump()

    def hear(self, event: StreamedDelta | Poke) -> None:
        """The stream says something."""
        if self.streaming and self.core is not None:
            self._heard.append(event)
            self.pump()

    def set_streaming(self, streaming: bool) -> None:
        """The stream begins or ends."""
        self.streaming = streaming
        if self.core is not None:
            self.core.streaming = streaming
            self.core.poke(self.clock.now())
            self.pump()

    def send_files(self) -> None:
        """Send the files that operations wait for, as far as that is possible now."""

        def send() -> None:
            try:
                while self.gate.send_next():
                    assert self.core is not None
                    self.core.poke(self.clock.now())
            except Unreachable:
                pass

        self.guarded(send)
        self.pump()

    def lose_file(self) -> None:
        """The oldest file that waits to be sent goes from the disk."""
        self.guarded(lambda: self._content.lost.update(list(self.gate.to_send())[:1]))

    def give_up_lost(self) -> None:
        """The user gives up what waits for a file that is gone."""

        def give_up() -> None:
            for unsendable in self._lost.found():
                ids = [operation.id for operation in unsendable.operations]
                for operation_id in ids:
                    self.acknowledged.pop(operation_id, None)
                self._lost.give_up(unsendable)
                self.world.note(self.name, "gives up", *ids)

        self.guarded(give_up)
        self.pump()

    def _hear(self, changes: ChangeSet) -> None:
        """Follow what is announced, as a window does that shows everything."""
        if changes.bulk:
            self._shown = self._visible
            return
        if not changes.changes:
            return
        self._shown = self._shown.copy()
        known = known_row if self.is_older else lambda row: row
        for change in changes.changes:
            must(
                self._shown.get(change.entity, change.id) == known(change.old),
                f"{self.watched.name}: announced another row than was shown",
            )
            new = known(change.new)
            if new is None:
                self._shown.delete(change.entity, change.id)
            else:
                self._shown.put(new)

    # ----- the user

    @property
    def visible(self) -> DictRows:
        """What the user sees."""
        return self._visible

    def act(
        self,
        payloads: Sequence[Record],
        beside: Callable[[], None] | None = None,
        *,
        each: bool = False,
        together: bool = False,
    ) -> bool:
        """The user does something; False when it is not possible."""
        group = self.ids.new() if len(payloads) > 1 and not each else None
        seen = self.replica.state().cursor
        operations = [
            Operation(
                id=self.ids.new(),
                payload=payload,
                created_at=self.clock.now(),
                seen=seen,
                group=group,
                together=together and group is not None,
            )
            for payload in payloads
        ]
        self.made |= {operation.id for operation in operations}
        if together:
            self._oracle.together.append(frozenset(operation.id for operation in operations))
        refused: set[Id] = set()
        if each:
            changes, rejected = self.replica.perform_each(operations)
            refused = {operation.id for operation, _ in rejected}
        else:
            try:
                changes = self.replica.perform(operations, beside).changes
            except Rejected:
                return False
        self._told({operation.id for operation in operations} - refused)
        if self.is_older:
            self._say_as_before(operations)
        self._hear(changes)
        assert self.core is not None
        self.core.poke(self.clock.now())
        return True

    def _say_as_before(self, operations: Sequence[Operation]) -> None:
        """An older program stores its operations in the versions of then."""
        said = [(text, operation.id) for operation in operations if (text := older_text(operation.payload))]
        if said:
            with self.work.write() as connection:
                connection.executemany(
                    "UPDATE outbox SET version = version - 1, payload = ? WHERE operation_id = ?", said
                )

    def act_unknown(self) -> None:
        """A newer program, which was put back to this one, has stored something that nobody here knows."""
        operation_id = self.ids.new()
        self.made.add(operation_id)
        values = (operation_id, to_microseconds(self.clock.now()), self.replica.state().cursor)
        with self.work.write() as connection:
            connection.execute(_UNKNOWN, values)
        self._told({operation_id})

    def write_draft(self, conversation_id: Id, text: str) -> None:
        """The user writes; what is not saved yet may be lost, but not what was saved before."""
        before = self.written.get(conversation_id)
        reply_id = before.reply_id if before else self.ids.new()
        texts = (*(before.texts if before else ("",)), text)
        self.written[conversation_id] = Written(texts, reply_id)
        self.drafts.save(
            Draft(
                conversation_id=conversation_id,
                kind=DraftKind.REPLY,
                text=text,
                updated_at=self.clock.now(),
                reply_id=reply_id,
            )
        )
        self.written[conversation_id] = Written((text,), reply_id)

    def send_draft(self, conversation_id: Id) -> None:
        """The draft becomes a reply, in one step."""
        draft = self.drafts.get(conversation_id, DraftKind.REPLY)
        conversation = survivor_of_conversation(self.visible, conversation_id)
        if draft is None or conversation is None:
            return
        before = self.written[conversation_id]
        self.written[conversation_id] = replace(before, sent=True)
        reply = Reply(
            conversation_id=conversation_id,
            message_id=draft.reply_id,
            channel_id=conversation.channel_id,
            text=draft.text,
            seen_in=conversation.last_in_id,
            seen_out=conversation.last_out_id,
            undo_seconds=0,
        )
        if self.act([reply], lambda: self.drafts.delete(conversation_id, DraftKind.REPLY)):
            del self.written[conversation_id]
        else:
            self.written[conversation_id] = before

    def check_drafts(self) -> None:
        """I17: what was written is there, or has become a reply."""
        for conversation_id, written in list(self.written.items()):
            draft = self.drafts.get(conversation_id, DraftKind.REPLY)
            if draft is None and written.sent:
                found = self.work.only.execute(
                    "SELECT 1 FROM outbox WHERE instr(payload, ?)", (written.reply_id,)
                )
                must(found.fetchone() is not None, f"I17 {self.name}: a draft is neither there nor sent")
                del self.written[conversation_id]
            else:
                text = "" if draft is None else draft.text
                must(text in written.texts, f"I17 {self.name}: there is {text!r}, not {written.texts}")
                self.written[conversation_id] = replace(written, sent=False)

    def copied_from(self, other: "Machine") -> None:
        """This computer goes on with a copy of the files of another."""
        self.watched.set_back = True
        self.made |= other.made
        self.written = dict(other.written)

    def _told(self, operation_ids: set[Id]) -> None:
        self.acknowledged |= dict.fromkeys(sorted(operation_ids), self.world.pauses.days)

    def never_sent(self, ids: Set[Id]) -> list[Pending]:
        """Of these operations those that were sent to no server, by an outbox that only reads: a broken one may not."""
        return [item for item in Outbox(self.work).pending(0) if item.epoch is None and item.id in ids]

    def kept(self) -> set[Id]:
        """Operations in the outbox, confirmed or not."""
        return {row[0] for row in self.work.only.execute("SELECT operation_id FROM outbox")}
