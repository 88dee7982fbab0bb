"""`agent-desktop-server audit list|verify|export`: who did what that not everybody may do."""

import argparse
import json
from pathlib import Path

from agent_desktop.cli.ending import FAILED
from agent_desktop.cli.server.opening import opened
from agent_desktop.domain.access import SYSTEM_ID
from agent_desktop.domain.audit import AuditAction, AuditEntry, AuditHead
from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.errors import InputError, StoreError
from agent_desktop.domain.workspace import User
from agent_desktop.store.rows import SqlRows
from sync.server.audit import LONGEST_PAGE, AuditFilter

ACTIONS = [action.value for action in AuditAction]
SHOWN = 50


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the commands."""
    parser = commands.add_parser("audit", help="the audit log")
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    listed = steps.add_parser("list", parents=[common], help="the newest entries")
    listed.add_argument("--action", action="append", choices=ACTIONS, default=[], metavar="ACTION")
    listed.add_argument("--limit", type=int, default=SHOWN, metavar="N", help=f"how many at most ({SHOWN})")
    listed.add_argument("--json", action="store_true", help="one JSON object a line")
    listed.set_defaults(run=run_list)
    verify = steps.add_parser("verify", parents=[common], help="look whether it is as it was written")
    verify.add_argument(
        "--head", metavar="COUNT:HASH", default="", help="an end that was written down: shows a log cut off"
    )
    verify.set_defaults(run=run_verify)
    export = steps.add_parser("export", parents=[common], help="all of it as JSON lines, the end in the last")
    export.add_argument("file", type=Path, metavar="FILE")
    export.set_defaults(run=run_export)


def run_list(options: argparse.Namespace) -> int:
    """Print the newest entries."""
    if not 1 <= options.limit <= LONGEST_PAGE:
        raise InputError(f"At once 1 to {LONGEST_PAGE} entries are shown; `audit export` writes all.")
    wanted = AuditFilter(actions=tuple(AuditAction(action) for action in options.action))
    with opened(options) as here, here.database.read() as connection:
        entries = here.backend.store.audit.page(connection, wanted, limit=options.limit)
        users = SqlRows(connection, here.schema.tables).query(User)
    names = {user.id: user.email or user.name for user in users} | {SYSTEM_ID: "server"}
    for entry in entries:
        if options.json:
            print(json.dumps(_facts(entry)))
        else:
            who = names.get(entry.actor_id, entry.actor_id)
            about = entry.about or ""
            print(
                f"{entry.number:7} {entry.at:%Y-%m-%d %H:%M} {who:30} {entry.action:25} {about} {entry.details}"
            )
    return 0


def run_verify(options: argparse.Namespace) -> int:
    """Look whether it is whole; 1 when it is not."""
    try:
        kept = AuditHead.parse(options.head) if options.head else None
    except ValueError as error:
        raise InputError("Give the end as it was printed: --head COUNT:HASH.", str(error)) from error
    with opened(options) as here, here.database.snapshot() as connection:
        audit = here.backend.store.audit
        wrong, head = audit.wrong(connection, kept), audit.head(connection)
    for sentence in wrong:
        print(sentence)
    if not wrong:
        print(f"All {head.count:,} entries are as they were written. The end, to be kept elsewhere: {head}")
    return FAILED if wrong else 0


def run_export(options: argparse.Namespace) -> int:
    """Write all of it to a new file. Raises InputError when the file is there already."""
    if options.file.exists():
        raise InputError(f"{options.file} is there already and was left as it is. Choose another name.")
    with opened(options) as here:
        audit = here.backend.store.audit
        here.tell(AuditAction.AUDIT_EXPORTED)
        with here.database.snapshot() as connection:
            lines = [json.dumps(_facts(entry)) for entry in audit.all(connection)]
            lines.append(json.dumps({"head": str(audit.head(connection))}))
    try:
        options.file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{options.file} cannot be written: {error.strerror}.", str(error)) from error
    print(f"{len(lines) - 1:,} entries are in {options.file}.")
    return 0


def _facts(entry: AuditEntry) -> dict[str, object]:
    return {
        "number": entry.number,
        "at": to_microseconds(entry.at),
        "actor_id": entry.actor_id,
        "device_id": entry.device_id,
        "action": entry.action,
        "about": entry.about,
        "details": entry.details,
        "hash": entry.hash,
    }
