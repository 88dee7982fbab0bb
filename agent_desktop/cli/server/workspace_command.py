"""`agent-desktop-server workspace create|show|sign-in|epoch`: the workspace that a database holds."""

import argparse
import json

from agent_desktop.cli.server.opening import Opened, opened, workspace_of
from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.errors import InputError, Rejected
from agent_desktop.domain.operations.workspace import CreateWorkspace, SaveChannel, SaveTeam
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import ChannelKind, User
from sync.protocol.administration import Rules
from sync.server.answering import CONSOLE
from sync.server.backup import new_epoch
from sync.server.workspace_rules import WorkspaceRule

RULES = {
    WorkspaceRule.BROWSER_ONLY: "passwords are typed in the browser alone, never in the program",
    WorkspaceRule.SECOND_FACTOR: "whoever signs in with a password needs a second factor",
}


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the commands."""
    parser = commands.add_parser("workspace", help="make or show the workspace")
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    create = steps.add_parser("create", parents=[common], help="make the workspace of an empty database")
    create.add_argument("--name", required=True, help="the name of the company")
    create.set_defaults(run=run_create)
    show = steps.add_parser("show", parents=[common], help="say what is there")
    show.add_argument("--json", action="store_true", help="as one JSON object")
    show.set_defaults(run=run_show)
    rules = steps.add_parser("sign-in", parents=[common], help="what is demanded of signing in")
    for rule, words in RULES.items():
        option = f"--{rule.value.replace('_', '-')}"
        rules.add_argument(option, dest=rule.value, choices=["on", "off"], help=words)
    rules.set_defaults(run=run_sign_in)
    epoch = steps.add_parser("epoch", parents=[common], help="after the database was set back by other means")
    epoch.add_argument(
        "--new",
        action="store_true",
        required=True,
        help="make every client compare and hand over again what is missing here",
    )
    epoch.set_defaults(run=run_epoch)


def run_create(options: argparse.Namespace) -> int:
    """Make a workspace with one team and three channels. Raises InputError when there is one."""
    with opened(options) as here:
        here.backend.store.start()
        payloads: list[Record] = [
            CreateWorkspace(workspace_id=here.ids.new(), name=options.name.strip()),
            SaveTeam(team_id=here.ids.new(), name="Support"),
            SaveChannel(channel_id=here.ids.new(), kind=ChannelKind.EMAIL, name="Email"),
            SaveChannel(channel_id=here.ids.new(), kind=ChannelKind.CHAT, name="Live chat"),
            SaveChannel(channel_id=here.ids.new(), kind=ChannelKind.PHONE, name="Phone"),
        ]
        try:
            here.backend.store.commit(payloads)
        except Rejected as error:
            raise InputError(
                "This database has a workspace already and was left as it is. Give another database."
            ) from error
    print(f"The workspace {options.name.strip()} is made. Add somebody: agent-desktop-server user add.")
    return 0


def run_show(options: argparse.Namespace) -> int:
    """Print what is there."""
    with opened(options) as here:
        facts = _facts(here)
    if options.json:
        print(json.dumps(facts))
    else:
        for name, value in facts.items():
            print(f"{name:15}{value}")
    return 0


def _facts(here: Opened) -> dict[str, object]:
    workspace, hello = workspace_of(here), here.backend.hello()
    with here.database.read() as connection:
        users, conversations = (
            connection.execute(f'SELECT count(*) FROM "{entity.table}"').fetchone()[0]  # noqa: S608 - names
            for entity in (User, Conversation)
        )
    return {
        "name": workspace.name,
        "users": users,
        "conversations": conversations,
        "epoch": hello.epoch,
        "version": hello.head,
        "schema": here.schema.version().number,
    }


def run_sign_in(options: argparse.Namespace) -> int:
    """Set the rules that are given, and print all."""
    with opened(options) as here:
        workspace_of(here)
        wanted = {rule.value: _on(getattr(options, rule.value)) for rule in RULES}
        found = here.backend.administration.set_rules(CONSOLE, Rules(**wanted))
        for rule, words in RULES.items():
            print(f"{'on ' if getattr(found, rule.value) else 'off'} {words}")
    return 0


def _on(word: str | None) -> bool | None:
    return None if word is None else word == "on"


def run_epoch(options: argparse.Namespace) -> int:
    """Give the workspace a new epoch."""
    with opened(options) as here:
        workspace_of(here)
        print(new_epoch(here.database, here.schema, here.ids))
        here.tell(AuditAction.EPOCH_CHANGED)
    return 0
