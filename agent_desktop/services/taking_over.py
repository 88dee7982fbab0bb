"""Takes over what waits and is being written in a profile that was put aside when its key was lost."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent_desktop.domain.files import files_of
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.records import Record
from agent_desktop.services.drafts import DraftService
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.client import ClientFiles
from agent_desktop.store.drafts import Draft, DraftKind, Drafts
from agent_desktop.store.replica import Replica


@dataclass(frozen=True, slots=True)
class TakenOver:
    """How much was taken over, and what could not be read."""

    changes: int
    drafts: int
    unreadable: int


def take_over(
    source: ClientFiles, blobs: BlobStore, target: Replica, drafts: DraftService, into: BlobStore
) -> TakenOver:
    """Put what the server has not confirmed into the outbox here, in its order; once, however often this is done.

    A draft comes along where none is being written for its conversation. Raises StoreError.
    """
    ((ack,),) = source.replica.query(
        "SELECT coalesce((SELECT value FROM replica_state WHERE name = 'ack'), 0)"
    )
    waiting = source.outbox.pending(int(ack))
    known = target.outbox.known_ids()
    operations: list[Operation] = []
    unreadable = 0
    for item in waiting:
        operation = item.operation()
        if operation is None:
            unreadable += 1
        elif operation.id not in known:
            _take_files(operation.payload, blobs, into)
            operations.append(operation)
    if operations:
        target.outbox.append(operations)
        target.recover()
    taken = 0
    for draft in _missing(Drafts(source.work), drafts):
        _take_files(draft, blobs, into)
        drafts.save(draft)
        taken += 1
    return TakenOver(len(operations), taken, unreadable)


def _take_files(record: Record, blobs: BlobStore, into: BlobStore) -> None:
    for sha256 in files_of(record):
        content = None if into.has(sha256) else blobs.read(sha256)
        if content is not None:
            into.put(content)


def _missing(source: Drafts, drafts: DraftService) -> Iterator[Draft]:
    """Drafts in whose place none is being written."""
    for kind in DraftKind:
        for draft in source.of_kind(kind):
            if drafts.get(draft.conversation_id, kind) is None:
                yield draft
