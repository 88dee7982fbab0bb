"""`agent-desktop-server seed`: fills an empty database with the sample company, for trying and measuring."""

import argparse
import sys
import time

from agent_desktop.cli.server.opening import Opened, add_files, opened
from agent_desktop.cli.server.user_command import read_password
from agent_desktop.demo.generator import DemoGenerator
from agent_desktop.domain.access import actor_of
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.workspace import User, Workspace
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.bulk import encode
from agent_desktop.store.rows import SqlRows
from sync.server.seed import Seed
from sync.server.sign_in.accounts import Accounts

CONVERSATIONS, SEED, MOST = 2_000, 1, 1_000_000


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "seed", parents=[common], help="fill an empty database with a sample company"
    )
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS, metavar="N")
    parser.add_argument("--seed", type=int, default=SEED, metavar="S", help="another seed, another company")
    parser.add_argument(
        "--password",
        action="store_true",
        help="ask for one password, or read it from standard input, and give it to everybody",
    )
    add_files(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Fill it. Raises InputError when there is a workspace already."""
    if not 1 <= options.conversations <= MOST:
        raise InputError(f"The sample has 1 to {MOST:,} conversations.")
    with opened(options) as here:
        password = read_password() if options.password else None
        accounts = Accounts(here.database, here.schema, here.clock, here.ids)
        if password is not None:
            accounts.check_password(password)
        _fill(here, options)
        with here.database.read() as connection:
            rows = SqlRows(connection, here.schema.tables)
            users = rows.query(User)
            leaders = [user.email for user in users if actor_of(rows, user).administers]
        if password is not None:
            for user in users:
                accounts.set_password(user.id, password)
    print(
        f"{options.conversations:,} conversations and {len(users)} users, such as {min(leaders or [users[0].email])}."
    )
    if password is None:
        print("Nobody has a password yet: agent-desktop-server user password EMAIL.")
    return 0


def _fill(here: Opened, options: argparse.Namespace) -> None:
    here.backend.store.start()
    with here.database.read() as connection:
        if SqlRows(connection, here.schema.tables).query(Workspace):
            raise InputError("This database has a workspace already and was left as it is.")
    generator = DemoGenerator(options.seed, options.conversations, here.clock.now())
    if options.blobs is not None:
        blobs = BlobStore(options.blobs)
        for file in generator.files():
            blobs.put(file.content)
    seed, rows, started = Seed(here.database, here.schema), 0, time.monotonic()
    for batch in generator.batches():
        seed.add(encode(here.schema.tables, batch))
        rows += len(batch)
        if sys.stderr.isatty():
            print(f"\r{rows:,} rows after {time.monotonic() - started:.0f} s", end="", file=sys.stderr)
    seed.seal()
    if sys.stderr.isatty():
        print(file=sys.stderr)
