"""Erases customers on request, and everything that tells of them: rows at once, logs and files soon afterwards.

The rows are changed in one transaction, so that every replica has it with its next pull. The log of operations, which
may be long, is gone through afterwards in slices; a crash in between leaves nothing to repair, for what is left to do
stands in the table `erasure`.
"""

import hashlib
import json
from collections.abc import Collection, Iterable

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.erasing import Belongings, belongings, erase, names_any
from agent_desktop.domain.errors import InputError, Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.store.database import Statements
from sync.protocol.administration import ErasurePreview
from sync.server.commit import ServerStore
from sync.server.file_rights import forget_sent, named
from sync.server.mail.erasing import forget_mails, needed_by_mails
from sync.server.many import AMONG, Among
from sync.server.ports import FileShelf
from sync.server.transaction import Transaction
from sync.server.written import Written

SLICE = 2_000
"""So many operations are looked at in one transaction."""
HELD = (
    "Something of this customer is held for the law, so nothing was erased."
    " End the hold on it first: its conversations have the tag legal-hold."
)
CHANGED = "Something of this customer has changed since you looked, so nothing was erased. Look again."
GONE_ALREADY = "This customer was erased already."

_NOTE = (
    "INSERT INTO erasure (customer_id, at, ids, files, done_ver, upto_ver) VALUES (?, ?, ?, ?, 0, ?)"
    " ON CONFLICT (customer_id) DO UPDATE SET ids = excluded.ids, files = excluded.files, done_ver = 0,"
    " upto_ver = excluded.upto_ver"
)
_LEFT = "SELECT customer_id, ids, files, done_ver, upto_ver FROM erasure"
_LOG = "SELECT operation_id, payload, ver FROM operation WHERE ver > ? AND ver <= ? ORDER BY ver, position LIMIT ?"
_ONE_VERSION = "SELECT operation_id, payload, ver FROM operation WHERE ver = ?"
_EMPTY = f"UPDATE operation SET payload = '{{}}' WHERE operation_id {AMONG}"  # noqa: S608 - from code


def preview_of(found: Belongings, customer_id: Id) -> ErasurePreview:
    """What would go. The token stands for exactly these rows."""
    return ErasurePreview(
        customer_id=customer_id,
        conversations=len(found.conversations),
        messages=len(found.messages),
        notes=len(found.notes),
        files=len(found.files),
        identities=len(found.identities),
        drafts=len(found.drafts),
        results=len(found.results),
        token=_token(found),
    )


def check(found: Belongings, token: str | None = None) -> None:
    """Raise in words where nothing may be erased: there is nobody, something is held, or it is not what was seen."""
    if not found.customers:
        raise Rejected(Reason.GONE, "customer")
    if all(customer.erased_at is not None for customer in found.customers):
        raise InputError(GONE_ALREADY)
    if found.is_held:
        raise InputError(HELD)
    if token is not None and token != _token(found):
        raise InputError(CHANGED)


class Eraser:
    """Erases in the store of one workspace. `shelf` is where the files are; None: nowhere."""

    def __init__(self, store: ServerStore, shelf: FileShelf | None) -> None:
        self._store = store
        self._shelf = shelf

    def erase(
        self, transaction: Transaction, customer_id: Id, token: str | None, written: Written
    ) -> ErasurePreview:
        """Erase a customer within a transaction; what went. Raises as `check` does, and then nothing was done.

        `written` was found before.
        """
        found = belongings(transaction.rows, customer_id, written.within(transaction.connection))
        check(found, token)
        done = preview_of(found, customer_id)
        erase(transaction.rows, found, transaction.time)
        messages = Among(message.id for message in found.messages)
        sql = transaction.connection
        sql.execute(f"DELETE FROM outbound WHERE message_id {AMONG}", (messages,))  # noqa: S608 - from code
        raw = forget_mails(sql, (one.address for one in found.identities if one.kind is ChannelKind.EMAIL))
        note(transaction, customer_id, found.traces(), {*found.blobs(), *raw})
        return done

    def run(self) -> bool:
        """Go on with what is left to do, for all erasures at once; whether there may be more."""
        with self._store.database.read() as connection:
            if connection.execute(f"{_LEFT} LIMIT 1").fetchone() is None:
                return False
        with self._store.database.write() as connection:
            left = connection.execute(_LEFT).fetchall()
            if not left:
                return False
            wanted = {row_id for _, ids, *_ in left for row_id in json.loads(ids)}
            done, upto = min(row[3] for row in left), max(row[4] for row in left)
            last = self._empty(connection, wanted, done, upto) if wanted else None
            if last is not None:
                connection.execute("UPDATE erasure SET done_ver = ?", (last,))
                return True
            files = {sha256 for _, _, names, *_ in left for sha256 in json.loads(names)}
            unnamed = files - named(connection, files) - needed_by_mails(connection, files)
            remove_files(self._shelf, unnamed)
            forget_sent(connection, unnamed)
            connection.execute("DELETE FROM erasure")
        self._store.database.forget_deleted()
        return True

    @staticmethod
    def _empty(sql: Statements, wanted: Collection[str], done: int, upto: int) -> int | None:
        """Empty what operations say of these rows, in one slice; the last version looked at, None at the end."""
        rows = sql.execute(_LOG, (done, upto, SLICE)).fetchall()
        if not rows:
            return None
        last = rows[-1][2]
        if len(rows) == SLICE:
            # The last version may go on behind the slice.
            whole = [row for row in rows if row[2] < last]
            rows, last = (whole, last - 1) if whole else (sql.execute(_ONE_VERSION, (last,)).fetchall(), last)
        naming = [operation_id for operation_id, payload, _ in rows if names_any(payload, wanted)]
        if naming:
            sql.execute(_EMPTY, (Among(naming),))
        return int(last)


def note(transaction: Transaction, key: str, traces: Iterable[str], files: Iterable[str]) -> None:
    """Have the log forget what it says where it names one of these, as `names_any` does, and these files go if nobody
    names them, soon afterwards.
    """
    at = to_microseconds(transaction.time)
    values = (key, at, json.dumps(sorted(traces)), json.dumps(sorted(files)), transaction.version)
    transaction.connection.execute(_NOTE, values)


def remove_files(shelf: FileShelf | None, names: Iterable[str]) -> None:
    """Take files away that nobody names any more."""
    if shelf is not None:
        for sha256 in names:
            shelf.remove(sha256)


def _token(found: Belongings) -> str:
    rows = (
        *found.customers,
        *found.identities,
        *found.conversations,
        *found.messages,
        *found.files,
        *found.drafts,
        *found.results,
    )
    names = sorted(f"{type(row).table} {row.id} {row.ver}" for row in rows)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
