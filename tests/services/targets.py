"""A workspace to import into, and what is in it afterwards."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent_desktop.cli.desk import open_desk
from agent_desktop.context import Desk
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.domain.rows import E
from agent_desktop.profile import Profile
from agent_desktop.services.importing import Importer, ImportReport
from agent_desktop.store.lookups import Lookups

NOW = datetime(2025, 3, 12, 10, 0, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@dataclass
class Target:
    """An open profile with shortcuts for what tests ask."""

    desk: Desk

    def run(
        self, *paths: Path, dry_run: bool = False, cancelled: Callable[[], bool] = lambda: False
    ) -> ImportReport:
        importer = Importer(self.desk, self.desk.sync.exchange)
        return importer.run(list(paths), dry_run=dry_run, cancelled=cancelled)

    def rows(self, entity: type[E]) -> list[E]:
        lookups = Lookups(self.desk.replica.database, self.desk.replica.schema)
        return [row for block in lookups.blocks(entity) for row in block]

    def conversation(self, subject: str) -> Conversation:
        (found,) = [row for row in self.rows(Conversation) if row.subject == subject]
        return found

    def messages(self, conversation: Conversation) -> list[Message]:
        found = [row for row in self.rows(Message) if row.conversation_id == conversation.id]
        return sorted(found, key=lambda row: (row.created_at, row.id))

    def attachments(self) -> list[Attachment]:
        return self.rows(Attachment)

    def state(self) -> list[object]:
        """Everything that was imported, without what depends on when."""
        conversations = [
            (row.id, row.subject, row.status, row.customer_id, row.message_count, row.preview, row.tags)
            for row in self.rows(Conversation)
        ]
        messages = [(row.id, row.conversation_id, row.text, row.created_at) for row in self.rows(Message)]
        return [sorted(conversations), sorted(messages)]


def open_copy(template: Path, folder: Path) -> Target:
    shutil.copytree(template, folder)
    desk = open_desk(Profile(folder), ManualClock(NOW), background=False)
    desk.sync.exchange()
    return Target(desk)
