"""Operations that wait for a file which is no longer on this computer: they would wait for ever."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations.base import Operation
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.outbox import Pending
from agent_desktop.store.replica import Replica
from agent_desktop.store.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Unsendable:
    """What cannot be sent, with what was done in one go with it, and the names of the files that are gone."""

    operations: tuple[Operation, ...]
    files: tuple[str, ...]


class LostFiles:
    """Finds such operations, and gives them up. `look_again` has the exchange try once more."""

    def __init__(
        self,
        replica: Replica,
        blobs: BlobStore,
        uploads: Uploads,
        announce: Callable[[ChangeSet], None],
        look_again: Callable[[], None],
    ) -> None:
        self._replica = replica
        self._blobs = blobs
        self._uploads = uploads
        self._announce = announce
        self.look_again = look_again

    def found(self) -> list[Unsendable]:
        """All that cannot be sent, the oldest first."""
        state = self._replica.state()
        pending = self._replica.outbox.pending(state.ack)
        sets: dict[Id, list[tuple[Operation, tuple[str, ...]]]] = {}
        for item in pending:
            operation = item.operation()
            if operation is not None:
                gone = self._gone(item, operation, state.epoch)
                sets.setdefault(item.group or item.id, []).append((operation, gone))
        return [
            Unsendable(
                tuple(operation for operation, _ in parts),
                tuple(name for _, names in parts for name in names),
            )
            for parts in sets.values()
            if any(names for _, names in parts)
        ]

    def _gone(self, item: Pending, operation: Operation, epoch: str) -> tuple[str, ...]:
        if '"sha256"' not in item.payload:
            return ()
        files: Collection[AttachmentFile] = getattr(operation.payload, "files", ())
        here = {file.sha256 for file in files if self._blobs.has(file.sha256)}
        missing = self._uploads.missing(epoch, {file.sha256 for file in files} - here)
        return tuple(file.name for file in files if file.sha256 in missing)

    def waits(self, operation_id: Id) -> bool:
        """Whether the server has not judged this operation."""
        pending = self._replica.outbox.pending(self._replica.state().ack)
        return any(item.id == operation_id for item in pending)

    def give_up(self, unsendable: Unsendable) -> None:
        """Forget it: it was never done at the server, and is no longer shown. Raises StoreError."""
        with self._replica.turn:
            changes = self._replica.give_up([operation.id for operation in unsendable.operations])
            self._announce(changes)
