"""Operations that would wait for ever: a file of theirs is no longer on this computer, or no server takes so much."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

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
    """What cannot be sent, with what was done in one go with it, and the names of the files that are gone, and of those
    that are larger than the server takes.

    Without such files it is too large itself.
    """

    operations: tuple[Operation, ...]
    files: tuple[str, ...] = ()
    large_files: tuple[str, ...] = ()


class OfferedFiles(Protocol):
    """What a server said of files that it was offered."""

    @property
    def too_large(self) -> Collection[str]:
        """The SHA-256 of those that are larger than it takes."""
        ...

    def offer_again(self) -> None:
        """Ask it once more about those."""
        ...


class UnsendableOperations:
    """Finds them, and gives them up. `look_again` has the exchange try once more; `is_remote` says whether the server
    is one over a network, for one in this program takes everything; `offered` gives what it said of files, if it is.
    """

    def __init__(
        self,
        replica: Replica,
        blobs: BlobStore,
        uploads: Uploads,
        announce: Callable[[ChangeSet], None],
        look_again: Callable[[], None],
        is_remote: Callable[[], bool],
        offered: Callable[[], OfferedFiles | None] = lambda: None,
    ) -> None:
        self._replica = replica
        self._blobs = blobs
        self._uploads = uploads
        self._announce = announce
        self._look_again = look_again
        self._is_remote = is_remote
        self._offered = offered

    def found(self) -> list[Unsendable]:
        """What cannot be sent, the oldest first."""
        state = self._replica.state()
        offered = self._offered()
        too_large = frozenset[str]() if offered is None else frozenset(offered.too_large)
        gone_files: dict[Id, tuple[str, ...]] = {}
        large_files: dict[Id, tuple[str, ...]] = {}
        whole: dict[Id, tuple[Operation, ...]] = {}
        for item in self._replica.outbox.doubtful(state.ack):
            operation = item.operation()
            if operation is None:
                continue
            gone = self._gone(operation, state.epoch)
            large = _names(operation, too_large)
            if gone or large or (item.is_too_large and self._is_remote()):
                key = item.group or item.id
                gone_files[key] = gone_files.get(key, ()) + gone
                large_files[key] = large_files.get(key, ()) + large
                if key not in whole:
                    whole[key] = self._with_others(item, state.ack)
        return [
            Unsendable(operations, gone_files[key], large_files[key]) for key, operations in whole.items()
        ]

    def _gone(self, operation: Operation, epoch: str) -> tuple[str, ...]:
        files = named_files_of(operation.payload)
        not_here = {sha256 for sha256, _ in files if not self._blobs.has(sha256)}
        return _names(operation, self._uploads.missing(epoch, not_here, lambda sha256: False))

    def _with_others(self, item: Pending, ack: int) -> tuple[Operation, ...]:
        items = [item] if item.group is None else self._replica.outbox.of_group(item.group, ack)
        return tuple(operation for other in items if (operation := other.operation()) is not None)

    def look_again(self) -> None:
        """Have the exchange try once more, also with files that were too large."""
        if (offered := self._offered()) is not None:
            offered.offer_again()
        self._look_again()

    def waits(self, operation_id: Id) -> bool:
        """Whether the server has not judged this operation."""
        return self._replica.outbox.is_pending(operation_id, self._replica.state().ack)

    def give_up(self, unsendable: Unsendable) -> None:
        """Forget it: it was never done at the server, and is no longer shown. Raises StoreError."""
        with self._replica.turn:
            changes = self._replica.give_up([operation.id for operation in unsendable.operations])
            self._announce(changes)


def _names(operation: Operation, sha256s: Collection[str]) -> tuple[str, ...]:
    """What people call those of these files that it names."""
    return tuple(name or _UNNAMED for sha256, name in named_files_of(operation.payload) if sha256 in sha256s)
