"""`agent-desktop-server held list | release`: mails that were held back."""

import argparse

from agent_desktop.cli.server.opening import Opened, opened, workspace_of
from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.workspace import Channel
from agent_desktop.store.rows import SqlRows
from sync.server.mail.held import REASONS, held_mails, release_mails


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the commands."""
    parser = commands.add_parser("held", help="mails that are held back")
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    listing = steps.add_parser("list", parents=[common], help="print them, the newest first, and why")
    listing.set_defaults(run=run_list)
    releasing = steps.add_parser("release", parents=[common], help="let them become messages after all")
    releasing.add_argument("ids", nargs="*", metavar="ID", help="what `held list` prints first")
    releasing.add_argument("--all", action="store_true", help="all that are held")
    releasing.set_defaults(run=run_release)


def run_list(options: argparse.Namespace) -> int:
    """Print what is held."""
    with opened(options) as here:
        workspace_of(here)
        names = _channels(here)
        held = held_mails(here.database)
        for mail in held:
            place = names.get(mail.channel_id, "a channel that is gone")
            why = REASONS.get(mail.reason, mail.reason)
            print(
                f"{mail.inbound_id}  {mail.received_at:%Y-%m-%d %H:%M} UTC  {place}  {mail.size:,} bytes: {why}"
            )
        if not held:
            print("No mail is held back.")
    return 0


def run_release(options: argparse.Namespace) -> int:
    """Let mails through. Raises InputError when none was named."""
    if not options.ids and not options.all:
        raise InputError(
            "Name the mails by their ids from `held list`, or let all of them through with --all."
        )
    with opened(options) as here:
        workspace_of(here)
        ids = [mail.inbound_id for mail in held_mails(here.database)] if options.all else options.ids
        count = release_mails(here.database, ids)
        here.tell(AuditAction.MAIL_RELEASED, mails=count)
    print(f"{count} of {len(ids)} were held; the server makes messages of them within 20 seconds.")
    return 0


def _channels(here: Opened) -> dict[str, str]:
    with here.database.read() as connection:
        rows = SqlRows(connection, here.schema.tables).query(Channel)
    return {channel.id: channel.address or channel.name for channel in rows}
