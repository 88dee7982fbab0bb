"""Takes away the raw mails of somebody who is erased. That they came stays known, so that they do not come again."""

from collections.abc import Collection, Iterable

from agent_desktop.store.database import Statements
from sync.server.mail.references import sender_number
from sync.server.many import AMONG, Among

_OF_SENDERS = f"SELECT raw_blob FROM inbound WHERE raw_blob != '' AND sender {AMONG}"  # noqa: S608 - from code
_FORGET = (
    "UPDATE inbound SET raw_blob = '', lease_until = 0,"  # noqa: S608 - from code
    " state = CASE WHEN state IN ('waiting', 'held') THEN 'erased' ELSE state END"
    f" WHERE sender {AMONG}"
)
_RAW = f"SELECT raw_blob FROM inbound WHERE raw_blob {AMONG}"  # noqa: S608 - from code
_NEEDED = f"SELECT raw_blob FROM inbound WHERE state IN ('waiting', 'held') AND raw_blob {AMONG}"  # noqa: S608 - from code


def forget_mails(sql: Statements, addresses: Iterable[str]) -> set[str]:
    """Forget what came from these addresses; the files of it."""
    senders = Among({sender_number(address) for address in addresses if address.strip()})
    files = {str(name) for (name,) in sql.execute(_OF_SENDERS, (senders,))}
    sql.execute(_FORGET, (senders,))
    return files


def named_by_mails(sql: Statements, names: Collection[str]) -> set[str]:
    """Those of these files that are raw mails, whatever became of those."""
    return {str(name) for (name,) in sql.execute(_RAW, (Among(names),))}


def needed_by_mails(sql: Statements, names: Collection[str]) -> set[str]:
    """Those of these files that are raw mails which are no messages yet."""
    return {str(name) for (name,) in sql.execute(_NEEDED, (Among(names),))}
