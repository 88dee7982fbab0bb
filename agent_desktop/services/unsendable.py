"""Operations that would wait for ever: a file of theirs is no longer on this computer, or no server takes so much."""

from collections.abc import Callable
from dataclasses import dataclass

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.files import named_files_of
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.base import Operation
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.outbox import Pending
from agent_desktop.store.replica import Replica
from agent_desktop.store.uploads import Uploads

_UNNAMED = "the mail as it came"
"""What is said of a file that no person has named."""


@dataclass(frozen=True, slots=True)
class Unsendable:
    """What cannot be sent, with what was done in one go with it, and the names of the files that are gone.

    Without such files it is too large.
    """

    operations: tuple[Operation, ...]
    files: tuple[str, ...] = ()


class UnsendableOperations:
    """Finds them, and gives them up. `look_again` has the exchange try once more; `is_remote` says whether the server
    is one over a network, for one in this program takes everything.
    """

    def __init__(
        self,
        replica: Replica,
        blobs: BlobStore,
        uploads: Uploads,
        announce: Callable[[ChangeSet], None],
        look_again: Callable[[], None],
        is_remote: Callable[[], bool],
    ) -> None:
        self._replica = replica
        self._blobs = blobs
        self._uploads = uploads
        self._announce = announce
        self.look_again = look_again
        self._is_remote = is_remote

    def found(self) -> list[Unsendable]:
        """What cannot be sent, the oldest first."""
        state = self._replica.state()
        files: dict[Id, tuple[str, ...]] = {}
        whole: dict[Id, tuple[Operation, ...]] = {}
        for item in self._replica.outbox.doubtful(state.ack):
            operation = item.operation()
            gone = () if operation is None else self._gone(operation, state.epoch)
            if operation is not None and (gone or (item.is_too_large and self._is_remote())):
                key = item.group or item.id
                files[key] = files.get(key, ()) + gone
                if key not in whole:
                    whole[key] = self._with_others(item, state.ack)
        return [Unsendable(operations, files[key]) for key, operations in whole.items()]

    def _gone(self, operation: Operation, epoch: str) -> tuple[str, ...]:
        files = list(named_files_of(operation.payload))
        not_here = {sha256 for sha256, _ in files if not self._blobs.has(sha256)}
        missing = self._uploads.missing(epoch, not_here, lambda sha256: False)
        return tuple(name or _UNNAMED for sha256, name in files if sha256 in missing)

    def _with_others(self, item: Pending, ack: int) -> tuple[Operation, ...]:
        items = [item] if item.group is None else self._replica.outbox.of_group(item.group, ack)
        return tuple(operation for other in items if (operation := other.operation()) is not None)

    def waits(self, operation_id: Id) -> bool:
        """Whether the server has not judged this operation."""
        return self._replica.outbox.is_pending(operation_id, self._replica.state().ack)

    def give_up(self, unsendable: Unsendable) -> None:
        """Forget it: it was never done at the server, and is no longer shown. Raises StoreError."""
        with self._replica.turn:
            changes = self._replica.give_up([operation.id for operation in unsendable.operations])
            self._announce(changes)
