"""`agent-desktop-server mail list | set | test | remove`: the mail accounts of channels, without the window."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from agent_desktop.cli.server.opening import Opened, add_files, opened
from agent_desktop.cli.server.sign_in_options import KEY, KEY_FILE, key_of
from agent_desktop.domain.clock import from_microseconds
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.mail_account import MailAccount
from agent_desktop.domain.workspace import Channel, ChannelKind
from agent_desktop.store.rows import SqlRows
from sync.channels.mail.connecting import dial
from sync.protocol.mail_accounts import SaveMailAccount, TestMailAccount
from sync.server.answering import CONSOLE
from sync.server.keys import ServerKey
from sync.server.mail.accounts import MailAccounts
from sync.server.mail.administration import MailAdministration
from sync.server.mail.grants import MailGrants
from sync.server.mail.registrations import registrations

PASSWORD = "AGENT_DESKTOP_MAIL_PASSWORD"  # noqa: S105 - the name of a variable


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the commands."""
    parser = commands.add_parser("mail", help="set up the mailboxes of channels")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    keyed = argparse.ArgumentParser(add_help=False, parents=[common])
    add_files(keyed)
    keyed.add_argument(
        "--key-file",
        type=Path,
        metavar="FILE",
        default=os.environ.get(KEY_FILE),
        help=f"the server's key, if it is not with the attachments (or set {KEY_FILE}, or {KEY} to the key itself)",
    )
    listing = actions.add_parser("list", parents=[keyed], help="every channel, its servers and how they do")
    listing.set_defaults(run=lambda options: _with(options, _list))
    setting = actions.add_parser(
        "set", parents=[keyed], help=f"set an account up from a JSON file; the password from {PASSWORD}"
    )
    setting.add_argument("channel", metavar="ADDRESS")
    setting.add_argument("--from", dest="file", type=Path, required=True, metavar="FILE")
    setting.set_defaults(run=lambda options: _with(options, _set))
    testing = actions.add_parser("test", parents=[keyed], help="try an account step by step")
    testing.add_argument("channel", metavar="ADDRESS")
    testing.add_argument("--send", action="store_true", help="send a mail to its own address, too")
    testing.set_defaults(run=lambda options: _with(options, _test))
    removing = actions.add_parser("remove", parents=[keyed], help="forget an account and its password")
    removing.add_argument("channel", metavar="ADDRESS")
    removing.set_defaults(run=lambda options: _with(options, _remove))


class _Here:
    """The accounts of a workspace."""

    def __init__(self, here: Opened, key: ServerKey) -> None:
        self.here = here
        grants = MailGrants(registrations(), key, here.clock)
        accounts = MailAccounts(here.database, key, here.clock, grants.token)
        grants.serve(accounts)
        self.server = MailAdministration(here.backend.store, here.clock, accounts, grants, dial)

    def channels(self) -> list[Channel]:
        """The channels that have mail accounts."""
        with self.here.database.read() as sql:
            found = SqlRows(sql, self.here.schema.tables).query(Channel, kind=ChannelKind.EMAIL)
        return sorted(found, key=lambda channel: channel.address)

    def channel(self, address: str) -> Channel:
        """The channel with an address. Raises InputError."""
        for channel in self.channels():
            if channel.address.casefold() == address.strip().casefold():
                return channel
        raise InputError(f"There is no e-mail channel with the address {address}.")


def _with(options: argparse.Namespace, do: Callable[[argparse.Namespace, _Here], int]) -> int:
    with opened(options) as here:
        return do(options, _Here(here, _key(options)))


def _key(options: argparse.Namespace) -> ServerKey:
    if options.blobs is None and options.key_file is None and not os.environ.get(KEY):
        raise InputError("Say where the key of the server is: --blobs DIR, or --key-file FILE.")
    return key_of(options, Path(options.blobs or "."))


def _list(options: argparse.Namespace, mail: _Here) -> int:
    for channel in mail.channels():
        saved = mail.server.read(CONSOLE, channel.id)
        account = saved.account
        if account is None:
            print(f"{channel.address}: not set up")
            continue
        servers = " ".join(
            f"{server.host}:{server.port}" for server in (account.imap, account.smtp) if server
        )
        at = saved.last_contact
        seen = "never read yet" if at is None else f"read {from_microseconds(at):%Y-%m-%d %H:%M} UTC"
        state = "switched off" if not account.enabled else saved.problem or seen
        print(f"{channel.address}: {servers or 'brought by a command'}; {state}")
    return 0


def _set(options: argparse.Namespace, mail: _Here) -> int:
    channel = mail.channel(options.channel)
    try:
        account = msgspec.json.decode(options.file.read_bytes(), type=MailAccount)
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"The file {options.file} holds no mail account: {error}.") from error
    mail.server.save(CONSOLE, channel.id, SaveMailAccount(account=account, secret=os.environ.get(PASSWORD)))
    print(f"The account of {channel.address} is set up.")
    return 0


def _test(options: argparse.Namespace, mail: _Here) -> int:
    channel = mail.channel(options.channel)
    account = mail.server.read(CONSOLE, channel.id).account
    if account is None:
        raise InputError(f"{channel.address} is not set up yet.")
    found = mail.server.test(CONSOLE, channel.id, TestMailAccount(account=account, send=options.send))
    for step in found.steps:
        print(f"{'ok    ' if step.worked else 'FAILED'} {step.name}: {step.sentence}")
    return 0 if found.worked else 1


def _remove(options: argparse.Namespace, mail: _Here) -> int:
    channel = mail.channel(options.channel)
    mail.server.remove(CONSOLE, channel.id)
    print(f"The account of {channel.address} is forgotten. What was received stays.")
    return 0
