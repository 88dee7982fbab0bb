"""The operation that tells of an export. It changes no row: it is made for the audit log."""

from dataclasses import dataclass
from enum import StrEnum

from agent_desktop.domain.operations.base import Context, OperationKind
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.rows import Rows


class ExportFormat(StrEnum):
    """As what something is taken out."""

    LINES = "json_lines"
    FOLDER = "folder"
    SQLITE = "sqlite"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordExport:
    """Say what is about to be taken out: the format, and how many rows there are of what. Never where to, or a text."""

    format: ExportFormat
    customers: int
    conversations: int
    messages: int
    attachments: int
    articles: int
    canned_responses: int
    other_rows: int = 0


def _record(rows: Rows, payload: RecordExport, context: Context) -> None:
    """There is nothing to change: the server writes an entry for each operation of this kind."""


RECORD_EXPORT = OperationKind(
    name="export.record",
    permission=Permission.EXPORT,
    title="Export",
    payload=RecordExport,
    apply=_record,
    about=lambda payload: None,
)
KINDS = (RECORD_EXPORT,)
