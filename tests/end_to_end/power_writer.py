"""Stores operations and drafts one after the other, and says on standard output when each was acknowledged."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.store.database import Database, Durability
from agent_desktop.store.definitions import work_metadata
from agent_desktop.store.drafts import Drafts
from agent_desktop.store.outbox import Outbox
from agent_desktop.store.upgrade import SchemaVersion, prepare

STEPS = 300
NOTE = "Long enough to fill pages, so that the log is written back into the file now and then. " * 60


def main(folder: Path, durability: Durability) -> None:
    """Write into `work.db` of the folder as the program does."""
    clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
    ids = TimeOrderedIds(clock)
    database = Database(folder / "work.db", durability)
    prepare(database, SchemaVersion(work_metadata, 1, 1, folder))
    outbox, drafts = Outbox(database), Drafts(database)
    conversation_id = ids.new()
    say("ready")
    for step in range(STEPS):
        note = AddNote(conversation_id=conversation_id, message_id=ids.new(), text=NOTE)
        operation = Operation(id=ids.new(), payload=note, created_at=clock.now())
        outbox.append([operation])
        say(f"operation {operation.id}")
        drafts.save(
            Draft(
                conversation_id=conversation_id, kind=DraftKind.REPLY, text=str(step), updated_at=clock.now()
            )
        )
        say(f"draft {step}")


def say(words: str) -> None:
    """One write for each acknowledgement, so that it has its place among the writes to the disk."""
    os.write(sys.stdout.fileno(), f"{words}\n".encode("ascii"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Durability(sys.argv[2]))
