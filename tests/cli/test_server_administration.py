"""The commands of administration: what they print, what they refuse, and that each leaves its line in the audit log."""

import io
import json
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from agent_desktop.cli.server.main import main
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.customer import Address, CreateCustomer
from agent_desktop.domain.operations.message import ReceiveMessage
from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.domain.workspace import Channel, ChannelKind, Reopening
from agent_desktop.store.rows import SqlRows
from sync.server.sign_in import invitations
from sync.server.sign_in.accounts import Accounts
from tests.factories import an_id


class Console:
    """The commands on one database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'team.db'}"

    def run(self, *arguments: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main([*arguments, "--database", self.url])
        return code, out.getvalue(), err.getvalue()

    def good(self, *arguments: str) -> str:
        code, out, err = self.run(*arguments)
        assert code == 0, err
        return out

    def refused(self, *arguments: str) -> str:
        code, out, err = self.run(*arguments)
        assert code == 1, out
        return err

    def actions(self) -> list[str]:
        lines = self.good("audit", "list", "--json").splitlines()
        return [str(json.loads(line)["action"]) for line in lines]


@pytest.fixture
def console(tmp_path: Path) -> Console:
    console = Console(tmp_path)
    console.good("workspace", "create", "--name", "Lighthouse")
    return console


def open_backend(console: Console) -> object:
    import argparse

    from agent_desktop.cli.server.opening import opened

    return opened(argparse.Namespace(database=console.url))


def test_somebody_is_invited_and_given_another_role(console: Console) -> None:
    assert "--name" in console.refused("user", "invite", "nia@example.org")
    link = console.good(
        "user",
        "invite",
        "nia@example.org",
        "--name",
        "Nia",
        "--team",
        "Support",
        "--public-url",
        "https://d.example/",
    ).strip()
    assert link.startswith("https://d.example/invite?token=ad_in_")
    again = console.good("user", "invite", "nia@example.org").strip()
    assert again != link
    with open_backend(console) as here:  # type: ignore[attr-defined]  # a context
        with here.database.read() as connection:
            tokens = [parse_qs(urlsplit(text).query)["token"][0] for text in (link, again)]
            found = [invitations.good(connection, token, here.clock.now()) for token in tokens]
        assert found[0] is None
        assert found[1] is not None
        assert isinstance(Accounts, type)
    console.good("user", "role", "nia@example.org", "supervisor")
    assert json.loads(console.good("user", "list", "--json"))["role"] == "supervisor"
    assert "no role Night" in console.refused("user", "role", "nia@example.org", "Night")
    assert "1 to 30" in console.refused("user", "invite", "nia@example.org", "--days", "90")
    assert console.actions()[:4] == ["user.save", "invitation.made", "invitation.made", "user.save"]


def test_an_address_may_go_on_to_somebody_else(console: Console) -> None:
    """What is done by it is done to who has it now; and nobody comes back to an address that another has."""
    console.good("user", "invite", "front@example.org", "--name", "Old")
    console.good("user", "disable", "front@example.org")
    with open_backend(console) as here:  # type: ignore[attr-defined]  # a context
        new = SaveUser(user_id=here.ids.new(), name="New", email="Front@example.org")
        here.backend.store.commit([new])
    assert "already" in console.refused("user", "add", "front@example.org", "--name", "Third")
    assert "signs in with this address" in console.refused("user", "enable", "front@example.org")
    console.good("user", "disable", "front@example.org")
    listed = [json.loads(line) for line in console.good("user", "list", "--json").splitlines()]
    assert [user["active"] for user in listed] == [False, False]
    assert "disabled" in console.refused("user", "invite", "front@example.org")


def test_teams_channels_and_roles_are_listed(console: Console) -> None:
    console.good("team", "add", "Billing", "--private")
    assert "already" in console.refused("team", "add", "billing")
    console.good("team", "close", "Support")
    teams = [json.loads(line) for line in console.good("team", "list", "--json").splitlines()]
    assert teams == [
        {"name": "Billing", "private": True, "active": True},
        {"name": "Support", "private": False, "active": False},
    ]
    assert "Email" in console.good("channel", "list")
    assert "audit.read" in console.good("role", "list")
    assert "no team Sales" in console.refused("team", "open", "Sales")


def listed(console: Console, what: str, name: str) -> dict[str, object]:
    """What is printed of one of them."""
    found = [json.loads(line) for line in console.good(what, "list", "--json").splitlines()]
    (one,) = (facts for facts in found if facts["name"] == name)
    return dict(one)


def channel_of(console: Console, name: str) -> Channel:
    with open_backend(console) as here, here.database.read() as connection:  # type: ignore[attr-defined]  # a context
        (found,) = SqlRows(connection, here.schema.tables).query(Channel, name=name)
    assert isinstance(found, Channel)
    return found


def test_a_channel_is_added_changed_and_closed(console: Console) -> None:
    console.good("team", "add", "Billing")
    console.good(
        "channel", "add", "Invoices", "--kind", "email", "--address", "bills@example.org", "--team", "billing"
    )
    assert listed(console, "channel", "Invoices") == {
        "name": "Invoices",
        "private": False,
        "active": True,
        "kind": "email",
        "address": "bills@example.org",
    }
    made = channel_of(console, "Invoices")
    console.good(
        "channel",
        "change",
        "invoices",
        "--rename",
        "Bills",
        "--private",
        "yes",
        "--reopening",
        "within",
        "--reopen-days",
        "14",
        "--auto-reply",
        "We have it.",
    )
    changed = channel_of(console, "Bills")
    assert (changed.id, changed.address, changed.team_id) == (made.id, made.address, made.team_id)
    assert (changed.private, changed.reopening, changed.reopen_days) == (True, Reopening.WITHIN, 14)
    assert changed.auto_reply == "We have it."
    console.good("channel", "close", "Bills")
    console.good("channel", "change", "Bills", "--signature", "The bills team")
    closed = channel_of(console, "Bills")
    assert closed == replace(changed, active=False, signature="The bills team", ver=closed.ver)
    console.good("channel", "open", "Bills")
    console.good("channel", "change", "Bills", "--team", "")
    assert channel_of(console, "Bills").team_id is None
    assert channel_of(console, "Bills").active
    assert console.actions()[:6] == ["channel.save"] * 6


def test_what_cannot_be_a_channel_is_refused(console: Console) -> None:
    before = console.actions()
    assert "already" in console.refused("channel", "add", "email", "--kind", "chat")
    assert "no team Sales" in console.refused("channel", "change", "Email", "--team", "Sales")
    assert "Nobody has the address" in console.refused(
        "channel", "change", "Email", "--member", "x@example.org"
    )
    assert "not possible" in console.refused("channel", "change", "Email", "--reopen-days", "-1")
    assert "no channel Fax" in console.refused("channel", "close", "Fax")
    assert console.actions() == before


def test_a_role_is_added_changed_and_closed(console: Console) -> None:
    console.good("role", "add", "Night", "--allow", "conversation.reply", "--allow", "conversation.note")
    console.good(
        "role", "change", "night", "--rename", "Nights", "--allow", "export", "--forbid", "conversation.note"
    )
    assert listed(console, "role", "Nights") == {
        "name": "Nights",
        "permissions": ["conversation.reply", "export"],
        "active": True,
    }
    console.good("role", "close", "Nights")
    assert listed(console, "role", "Nights")["active"] is False
    console.good("role", "open", "Nights")
    assert listed(console, "role", "Nights")["permissions"] == ["conversation.reply", "export"]
    assert console.actions()[:4] == ["role.save"] * 4


def test_what_cannot_be_a_role_is_refused(console: Console) -> None:
    before = console.actions()
    assert "every workspace has" in console.refused("role", "add", "Admin")
    assert "no permission fly" in console.refused("role", "add", "Pilot", "--allow", "fly")
    assert "no role Pilot" in console.refused("role", "change", "Pilot", "--allow", "export")
    assert "no role agent" in console.refused("role", "close", "agent")
    assert console.actions() == before


def test_the_audit_log_is_listed_verified_and_exported(console: Console, tmp_path: Path) -> None:
    head = console.good("audit", "verify").rpartition(" ")[2].strip()
    console.good("team", "add", "Billing")
    assert "as they were written" in console.good("audit", "verify", "--head", head)
    assert "COUNT:HASH" in console.refused("audit", "verify", "--head", "x")
    console.good("audit", "export", str(tmp_path / "audit.jsonl"))
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text("utf-8").splitlines()]
    assert lines[-2]["action"] == "audit.export"
    assert lines[-1]["head"].startswith(f"{len(lines) - 1}:")
    assert "there already" in console.refused("audit", "export", str(tmp_path / "audit.jsonl"))
    with open_backend(console) as here, here.database.write() as connection:  # type: ignore[attr-defined]  # a context
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET actor_id = 'nobody' WHERE number = 2")
    code, out, _ = console.run("audit", "verify")
    assert code == 1
    assert "Entry 2" in out
    code, out, _ = console.run("verify")
    assert code == 1
    assert "FAIL audit log" in out


def test_devices_that_are_not_there_cannot_be_signed_out_or_wiped(console: Console) -> None:
    assert console.good("device", "list") == ""
    for step in ("sign-out", "wipe"):
        assert "no such device" in console.refused("device", step, "x")


def test_a_customer_is_handed_out_previewed_and_erased(console: Console, tmp_path: Path) -> None:
    with open_backend(console) as here:  # type: ignore[attr-defined]  # a context
        with here.database.read() as connection:
            channel = SqlRows(connection, here.schema.tables).query(Channel)[0]
        here.backend.store.commit(
            [
                CreateCustomer(
                    customer_id=an_id("karl"),
                    name="Karl",
                    addresses=(Address(kind=ChannelKind.EMAIL, address="karl@example.com"),),
                ),
                CreateConversation(
                    conversation_id=an_id("talk"),
                    customer_id=an_id("karl"),
                    channel_id=channel.id,
                    subject="Kettle",
                ),
                ReceiveMessage(
                    conversation_id=an_id("talk"),
                    message_id=an_id("said"),
                    customer_id=an_id("karl"),
                    channel_id=channel.id,
                    text="Where is it?",
                    sent_at=here.clock.now(),
                ),
            ]
        )
    assert "No customer" in console.refused("customer", "erase", "mia@example.com")
    file = tmp_path / "karl.zip"
    console.good("customer", "export", "Karl@example.com", str(file))
    with zipfile.ZipFile(file) as archive:
        assert "Where is it?" in archive.read("index.html").decode()
    preview = console.good("customer", "erase", "karl@example.com")
    assert "conversations  1" in preview
    token = next(line.split()[1] for line in preview.splitlines() if line.startswith("token"))
    assert "Look again" in console.refused("customer", "erase", an_id("karl"), "--token", "0" * 64)
    console.good("customer", "erase", "karl@example.com", "--token", token)
    assert "already" in console.refused("customer", "erase", an_id("karl"))
    assert console.actions()[:3] == ["customer.erase", "customer.erase_preview", "customer.export"]


def test_what_is_done_to_the_whole_workspace_is_told(console: Console, tmp_path: Path) -> None:
    console.good("backup", str(tmp_path / "backup.db"))
    console.good("workspace", "epoch", "--new")
    assert console.actions()[:2] == ["workspace.epoch", "workspace.backup"]
    console.url = f"sqlite:///{tmp_path / 'other.db'}"
    console.good("restore", str(tmp_path / "backup.db"))
    assert console.actions()[:2] == ["workspace.restore", "workspace.backup"]
    assert "as they were written" in console.good("audit", "verify")


def test_retention_is_tried_without_changing_anything(console: Console) -> None:
    said = console.good("retention", "--conversations", "30")
    assert "kept 30 days" in said
    assert "conversations  0 would go" in said
    assert "for ever" in console.good("retention")
    assert "days" in console.refused("retention", "--raw", "-1")
