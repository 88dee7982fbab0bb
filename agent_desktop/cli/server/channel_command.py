"""`agent-desktop-server channel list|add|change|close|open`: where customers are reached.

What a channel needs to be connected, such as the servers and the password of a mailbox, is not typed here.
"""

import argparse

from agent_desktop.cli.server.listing import add_ends, all_of, find, free_name, place, print_all, steps_of
from agent_desktop.cli.server.opening import Opened, opened, workspace_of
from agent_desktop.domain.errors import InputError, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.workspace import SaveChannel
from agent_desktop.domain.workspace import Channel, ChannelKind, Reopening, Team, User


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the commands."""
    steps = steps_of(commands, common, "channel", "channels", run_list)
    add = steps.add_parser("add", parents=[common], help="add a channel")
    add.add_argument("name")
    add.add_argument("--kind", choices=[kind.value for kind in ChannelKind], required=True)
    _add_facts(add)
    add.set_defaults(run=run_add)
    change = steps.add_parser("change", parents=[common], help="change what is named; the rest stays")
    change.add_argument("name")
    change.add_argument("--rename", metavar="NAME")
    _add_facts(change)
    change.set_defaults(run=run_change)
    add_ends(steps, common, "receive and send on a channel no more; what it has stays", run_close)


def _add_facts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--address", help="of the mailbox, or the number")
    parser.add_argument("--team", metavar="NAME", help="gets what arrives; empty: nobody in particular")
    parser.add_argument("--signature", metavar="TEXT", help="below every reply")
    parser.add_argument("--private", choices=["yes", "no"], help="only its members and its team see it")
    parser.add_argument(
        "--member",
        action="append",
        metavar="EMAIL",
        help="of a private channel; may be given several times, and says all",
    )
    parser.add_argument(
        "--reopening",
        choices=[way.value for way in Reopening],
        help="whether a solved conversation opens when its customer writes again",
    )
    parser.add_argument("--reopen-days", type=int, metavar="N", help="of `--reopening within`")
    parser.add_argument("--auto-reply", metavar="TEXT", help="what who begins is answered; empty: nothing")


def run_list(options: argparse.Namespace) -> int:
    """Print all channels."""
    return print_all(
        options,
        Channel,
        lambda channel: {
            **place(channel.name, channel.private, channel.active),
            "kind": channel.kind.value,
            "address": channel.address,
        },
    )


def run_add(options: argparse.Namespace) -> int:
    """Add a channel. Raises InputError when there is one of this name, or something it names is unknown."""
    with opened(options) as here:
        workspace_of(here)
        name = free_name(here, Channel, options.name)
        _save(here, options, Channel(id=here.ids.new(), kind=ChannelKind(options.kind), name=name))
    print(f"The channel {name} is made.")
    return 0


def run_change(options: argparse.Namespace) -> int:
    """Change a channel. Raises InputError as `run_add` does."""
    with opened(options) as here:
        channel = find(here, Channel, options.name)
        name = channel.name if options.rename is None else free_name(here, Channel, options.rename, channel)
        _save(here, options, channel, name)
    print(f"The channel {name} is changed.")
    return 0


def run_close(options: argparse.Namespace) -> int:
    """Use a channel no more, or again."""
    opening = options.step == "open"
    with opened(options) as here:
        channel = find(here, Channel, options.name)
        here.backend.store.commit(
            [
                SaveChannel(
                    channel_id=channel.id,
                    kind=channel.kind,
                    name=channel.name,
                    address=channel.address,
                    team_id=channel.team_id,
                    signature=channel.signature,
                    active=opening,
                )
            ]
        )
    print(f"The channel {channel.name} is {'open' if opening else 'closed'}.")
    return 0


def _save(here: Opened, options: argparse.Namespace, channel: Channel, name: str = "") -> None:
    payload = SaveChannel(
        channel_id=channel.id,
        kind=channel.kind,
        name=name or channel.name,
        address=channel.address if options.address is None else options.address.strip(),
        team_id=channel.team_id if options.team is None else _team(here, options.team),
        signature=channel.signature if options.signature is None else options.signature.strip(),
        active=channel.active,
        private=None if options.private is None else options.private == "yes",
        member_ids=None if options.member is None else tuple(_user(here, email) for email in options.member),
        reopening=None if options.reopening is None else Reopening(options.reopening),
        reopen_days=options.reopen_days,
        auto_reply=options.auto_reply,
    )
    try:
        here.backend.store.commit([payload])
    except Rejected as rejected:
        raise InputError(
            f"This is not possible for a channel ({rejected.note or rejected.reason.value}). Nothing was changed."
        ) from rejected


def _team(here: Opened, name: str) -> Id | None:
    return find(here, Team, name).id if name.strip() else None


def _user(here: Opened, email: str) -> Id:
    wanted = email.strip().lower()
    for user in all_of(here, User):
        if user.email.lower() == wanted:
            return user.id
    raise InputError(f"Nobody has the address {email}. `user list` shows all. Nothing was changed.")
