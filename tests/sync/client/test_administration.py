"""Administrators ask a server over HTTP: what comes back, and what they are told when it does not."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.customer import CreateCustomer
from agent_desktop.services.administration import AuditWanted, HeldMails, ServerRules
from sync.client.address import ServerAddress
from sync.client.administration import NOBODY, AdministrationClient, HttpLine
from sync.client.http import Http
from tests.factories import ADMIN, ANNA, an_id
from tests.sync.files import TEMPLATES
from tests.sync.server.mailroom import hold
from tests.sync.server.team import Team, running

KARL = an_id("karl of the line")


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team:
        team.backend.store.commit([CreateCustomer(customer_id=KARL, name="Karl")])
        yield team


class Asking:
    """Somebody's line to the server."""

    def __init__(self, team: Team, user_id: Id) -> None:
        token = team.accounts.issue(user_id, "Laptop").token
        self.http = Http(ServerAddress.parse(team.address), lambda: token)
        self.client = AdministrationClient(HttpLine(self.http))

    def close(self) -> None:
        self.http.close()


@pytest.fixture
def admin(team: Team) -> Iterator[AdministrationClient]:
    with closing(Asking(team, ADMIN.id)) as asking:
        yield asking.client


def test_everything_that_is_asked_comes_back(team: Team, admin: AdministrationClient) -> None:
    (device,) = [device for device in admin.devices() if device.user_id == ADMIN.id]
    assert (device.name, device.signed_in, device.wiped_at) == ("Laptop", True, None)
    invitation = admin.invite(ANNA.id, 3)
    assert invitation.link.startswith(f"{team.address}/invite?token=")
    assert invitation.is_open(team.clock.now())
    admin.withdraw(invitation.id)
    (kept,) = admin.invitations()
    assert not kept.is_open(team.clock.now())
    with zipfile.ZipFile(io.BytesIO(admin.customer_data(KARL, True))) as archive:
        assert "Karl" in archive.read("index.html").decode()
    preview = admin.preview_erasure(KARL)
    assert (preview.customer_id, preview.conversations) == (KARL, 0)
    admin.erase(KARL, preview.token)
    assert admin.preview_retention(30, 0, 0).conversations == 0
    verdict = admin.check_audit()
    assert verdict.wrong == ()
    part = admin.audit(AuditWanted(actions=(AuditAction.CUSTOMER_ERASED,), actor_id=ADMIN.id, about=KARL))
    assert [entry.action for entry in part.entries] == ["customer.erase"]
    assert part.head.count == verdict.head.count
    admin.sign_out(device.id)
    with pytest.raises(InputError, match="Sign in again"):
        admin.devices()


def test_rules_are_set_and_each_change_is_told(team: Team, admin: AdministrationClient) -> None:
    assert admin.rules() == ServerRules()
    wanted = ServerRules(browser_only=True, wipe_at_once=True)
    admin.set_rules(wanted)
    admin.set_rules(wanted)
    assert admin.rules() == wanted
    assert team.services.orders.rules.wipes_at_once()
    part = admin.audit(AuditWanted(actions=(AuditAction.RULE_CHANGED,)))
    assert sorted(entry.details for entry in part.entries) == [
        '{"rule":"browser_only","value":"on"}',
        '{"rule":"wipe_at_once","value":"on"}',
    ]


def test_held_mails_are_shown_let_through_and_discarded(team: Team, admin: AdministrationClient) -> None:
    assert admin.held_mails() == HeldMails()
    first, second = hold(team.database), hold(team.database)
    found = admin.held_mails()
    assert (found.count, {mail.id for mail in found.mails}) == (2, {first, second})
    admin.release_mail(first)
    admin.discard_mail(second)
    assert admin.held_mails().count == 0
    for ask in (admin.release_mail, admin.discard_mail):
        with pytest.raises(InputError, match="nothing here"):
            ask(second)


def test_what_cannot_be_done_is_said_in_the_words_of_the_server(
    team: Team, admin: AdministrationClient
) -> None:
    admin.erase(KARL, admin.preview_erasure(KARL).token)
    with pytest.raises(InputError, match="erased already"):
        admin.preview_erasure(KARL)
    with pytest.raises(InputError, match="nothing here"):
        admin.wipe("0" * 32)
    with closing(Asking(team, ANNA.id)) as asking:
        for ask in (
            asking.client.devices,
            asking.client.check_audit,
            asking.client.rules,
            asking.client.held_mails,
            lambda: asking.client.release_mail("0" * 32),
            lambda: asking.client.discard_mail("0" * 32),
            lambda: asking.client.set_rules(ServerRules()),
            lambda: asking.client.customer_data(KARL, False),
            lambda: asking.client.erase(KARL, "0" * 64),
        ):
            with pytest.raises(InputError, match=r"not allow|may not"):
                ask()


def test_without_the_server_nobody_knows() -> None:
    with closing(Http(ServerAddress.parse("http://127.0.0.1:9"), lambda: "token")) as http:
        client = AdministrationClient(HttpLine(http))
        with pytest.raises(InputError) as caught:
            client.devices()
    assert caught.value.sentence == NOBODY
