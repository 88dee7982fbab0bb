"""`agent-desktop-server customer export|erase` and `retention`: what is kept of people, and for how long."""

import argparse
from pathlib import Path

import msgspec

from agent_desktop.cli.server.opening import Opened, add_files, opened, workspace_of
from agent_desktop.domain.customer import Customer, Identity
from agent_desktop.domain.errors import InputError, StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.policy import policy_of
from agent_desktop.store.rows import SqlRows
from sync.protocol.administration import MOST_DAYS, RetentionQuery
from sync.server.answering import CONSOLE

KINDS = (
    ("conversations", "closed conversations"),
    ("files", "files of closed conversations"),
    ("raw", "mails as they arrived"),
)


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the commands."""
    parser = commands.add_parser("customer", help="what is kept of one customer")
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    export = steps.add_parser("export", parents=[common], help="write everything into a ZIP file")
    export.add_argument("customer", metavar="ADDRESS|ID", help="an address of theirs, or their id")
    export.add_argument("file", type=Path, metavar="FILE")
    export.add_argument("--notes", action="store_true", help="with what colleagues wrote for each other")
    add_files(export)
    export.set_defaults(run=run_export)
    erase = steps.add_parser("erase", parents=[common], help="show what would go; with --token, erase it")
    erase.add_argument("customer", metavar="ADDRESS|ID")
    erase.add_argument("--token", default="", help="what the preview printed: erases exactly what it showed")
    add_files(erase)
    erase.set_defaults(run=run_erase)
    retention = commands.add_parser(
        "retention",
        parents=[common],
        help="what would go now by the policy, or by these times; changes nothing",
    )
    for name, words in KINDS:
        retention.add_argument(
            f"--{name}", type=int, metavar="DAYS", help=f"keep {words} so long; 0: for ever"
        )
    retention.set_defaults(run=run_retention)


def run_export(options: argparse.Namespace) -> int:
    """Write what is kept. Raises InputError when there is no such customer, or the file is there already."""
    if options.file.exists():
        raise InputError(f"{options.file} is there already and was left as it is. Choose another name.")
    with opened(options, shelf=options.blobs) as here:
        customer_id = _customer(here, options.customer)
        content = here.backend.administration.customer_data(CONSOLE, customer_id, notes=options.notes)
    try:
        options.file.write_bytes(content)
    except OSError as error:
        raise StoreError(f"{options.file} cannot be written: {error.strerror}.", str(error)) from error
    print(f"Everything that is kept of them is in {options.file}.")
    return 0


def run_erase(options: argparse.Namespace) -> int:
    """Show what would go, or erase it."""
    with opened(options, shelf=options.blobs) as here:
        customer_id = _customer(here, options.customer)
        administration = here.backend.administration
        if not options.token:
            for name, value in msgspec.structs.asdict(
                administration.preview_erasure(CONSOLE, customer_id)
            ).items():
                print(f"{name:15}{value}")
            print("Nothing was changed. The same command with --token TOKEN erases it for good.")
            return 0
        administration.erase(CONSOLE, customer_id, options.token)
        while here.backend.eraser.run():
            pass
    print("Erased here; every computer follows with its next sync. Delete or replace backups that have it.")
    return 0


def run_retention(options: argparse.Namespace) -> int:
    """Print what would go."""
    with opened(options) as here:
        workspace_of(here)
        with here.database.read() as connection:
            policy = policy_of(SqlRows(connection, here.schema.tables))
        given = {name: getattr(options, name) for name, _ in KINDS}
        kept = {
            "conversations": policy.conversations_days,
            "files": policy.files_days,
            "raw": policy.raw_days,
        }
        days = {name: kept[name] if value is None else value for name, value in given.items()}
        if any(not 0 <= value <= MOST_DAYS for value in days.values()):
            raise InputError(f"Give 0 to {MOST_DAYS:,} days.")
        found = here.backend.administration.preview_retention(CONSOLE, RetentionQuery(**days))
    for name, words in KINDS:
        print(f"{words:32}kept {f'{days[name]:,} days' if days[name] else 'for ever'}")
    for name, value in msgspec.structs.asdict(found).items():
        print(f"{name:15}{value:,}{' stay' if name == 'held' else ' would go'}")
    return 0


def _customer(here: Opened, text: str) -> Id:
    """The customer with this id or address. Raises InputError when there is none, or several."""
    wanted = text.strip()
    with here.database.read() as connection:
        rows = SqlRows(connection, here.schema.tables)
        if rows.get(Customer, wanted) is not None:
            return wanted
        found = {row.customer_id for row in rows.query(Identity, address=wanted.casefold())}
    if len(found) != 1:
        raise InputError(
            f"{'Several customers have' if found else 'No customer has'} the address {wanted}. Give an id."
        )
    return found.pop()
