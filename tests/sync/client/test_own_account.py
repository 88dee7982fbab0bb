"""People change their own password and see their own devices, over HTTP."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.services.own_account import SignInFirst
from sync.client.address import ServerAddress
from sync.client.administration import NOBODY
from sync.client.http import Http
from sync.client.own_account import OwnAccountClient
from sync.protocol.administration import AuditQuery
from sync.protocol.messages import DeviceFacts, SignedIn, SignInRequest, TokenAnswer
from sync.server.answering import CONSOLE
from sync.server.sign_in.guessing import FREE
from sync.server.sign_in.sign_ins import FRESH
from sync.server.workspace_rules import WorkspaceRule
from tests.factories import ANNA, BEN
from tests.sync.files import TEMPLATES
from tests.sync.server.team import PASSWORD, Team, running

NEXT = "seven kettles on the roof"


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team:
        team.accounts.set_password(ANNA.id, PASSWORD)
        yield team


class Desk:
    """Somebody who is signed in on one device."""

    def __init__(self, team: Team, user_id: Id = ANNA.id, device: str = "Laptop") -> None:
        self.token = team.accounts.issue(user_id, device).token
        self.http = Http(ServerAddress.parse(team.address), lambda: self.token)
        self.account = OwnAccountClient(self.http)

    def close(self) -> None:
        self.http.close()

    def is_in(self) -> bool:
        try:
            self.account.devices()
        except InputError:
            return False
        return True


@pytest.fixture
def laptop(team: Team) -> Iterator[Desk]:
    with closing(Desk(team)) as desk:
        yield desk


@pytest.fixture
def tablet(team: Team) -> Iterator[Desk]:
    with closing(Desk(team, device="Tablet")) as desk:
        yield desk


def opens(team: Team, password: str) -> bool:
    request = SignInRequest(email=ANNA.email, password=password, device="new", renewable=True)
    return isinstance(team.accounts.sign_in(request), SignedIn)


def changes(team: Team) -> list[str]:
    query = AuditQuery(actions=AuditAction.PASSWORD_CHANGED.value, actor=ANNA.id)
    return [line.details for line in team.backend.administration.audit(CONSOLE, query).entries]


@pytest.mark.parametrize("others", [True, False])
def test_the_new_password_opens_and_this_device_stays(
    team: Team, laptop: Desk, tablet: Desk, others: bool
) -> None:
    with closing(Desk(team, BEN.id)) as ben:
        laptop.account.change_password(PASSWORD, NEXT, sign_out_others=others)
        assert laptop.is_in()
        assert tablet.is_in() is not others
        assert ben.is_in(), "somebody else"
    assert (opens(team, NEXT), opens(team, PASSWORD)) == (True, False)
    assert changes(team) == [f'{{"signed_out":{1 if others else 0}}}']


@pytest.mark.parametrize(
    ("current", "new", "words"),
    [
        ("not the password", NEXT, "current password is not right"),
        ("", NEXT, "current password is not right"),
        (PASSWORD, "short", "10 to"),
        (PASSWORD, "Password2024", "guessed first"),
        (PASSWORD, f"{ANNA.name.split()[0]}12345678", "guessed first|10 to"),
        (PASSWORD, PASSWORD, "already"),
        (PASSWORD, "x" * 1_025, "at most"),
    ],
)
def test_what_is_refused_is_said_and_changes_nothing(
    team: Team, laptop: Desk, tablet: Desk, current: str, new: str, words: str
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        laptop.account.change_password(current, new, sign_out_others=True)
    assert "Nothing was changed" in caught.value.sentence
    assert tablet.is_in()
    assert opens(team, PASSWORD)
    assert changes(team) == []


def test_guessing_the_current_password_has_to_wait(team: Team, laptop: Desk) -> None:
    for _ in range(FREE):
        with pytest.raises(InputError, match="not right"):
            laptop.account.change_password("a guess at it", NEXT, sign_out_others=True)
    with pytest.raises(InputError, match="Wait 2 seconds"):
        laptop.account.change_password(PASSWORD, NEXT, sign_out_others=True)
    assert opens(team, PASSWORD)


def test_where_passwords_are_for_the_browser_the_way_is_said(team: Team, laptop: Desk) -> None:
    team.accounts.rules.set(WorkspaceRule.BROWSER_ONLY, True)
    with pytest.raises(InputError, match="Change it in the browser"):
        laptop.account.change_password(PASSWORD, NEXT, sign_out_others=True)


def test_who_signs_in_with_the_company_has_no_password_here(team: Team) -> None:
    with (
        closing(Desk(team, BEN.id)) as ben,
        pytest.raises(InputError, match="company's account"),
    ):
        ben.account.change_password("", NEXT, sign_out_others=True)


def test_ones_own_devices_are_listed_and_signed_out(team: Team, laptop: Desk, tablet: Desk) -> None:
    with closing(Desk(team, BEN.id)) as ben:
        listed = laptop.account.devices()
        assert {(device.name, device.signed_in, device.this) for device in listed} == {
            ("Laptop", True, True),
            ("Tablet", True, False),
        }
        other = next(device for device in listed if not device.this)
        with pytest.raises(InputError, match="no such device"):
            ben.account.sign_out(other.id)
        laptop.account.sign_out(other.id)
    assert not tablet.is_in()
    assert [device.signed_in for device in laptop.account.devices() if not device.this] == [False]


def test_another_device_is_signed_out_only_right_after_signing_in(
    team: Team, laptop: Desk, tablet: Desk
) -> None:
    mine, other = sorted(laptop.account.devices(), key=lambda device: not device.this)
    grow_old(team, mine.id)
    with pytest.raises(SignInFirst, match="sign in on this one again first"):
        laptop.account.sign_out(other.id)
    assert tablet.is_in()
    assert laptop.is_in(), "it is as good as before for everything else"
    facts = DeviceFacts(name=mine.name, id=mine.id)
    team.accounts.begin(BEN.id, facts, method="password")
    with pytest.raises(SignInFirst):  # somebody else proved who they are
        laptop.account.sign_out(other.id)
    laptop.token = team.accounts.begin(ANNA.id, facts, method="password").token
    laptop.account.sign_out(other.id)
    assert not tablet.is_in()


def test_renewed_tokens_are_no_new_proof(team: Team, tablet: Desk) -> None:
    began = team.accounts.begin(ANNA.id, DeviceFacts(name="Laptop"), method="password")
    grow_old(team, began.device_id)
    renewed = team.accounts.renew(began.refresh_token, "", None)
    assert isinstance(renewed, TokenAnswer)
    other = next(device for device in tablet.account.devices() if device.this)
    http = Http(ServerAddress.parse(team.address), lambda: renewed.access_token)
    with closing(http), pytest.raises(SignInFirst):
        OwnAccountClient(http).sign_out(other.id)


def test_the_device_at_which_one_sits_is_signed_out_at_any_time(team: Team, laptop: Desk) -> None:
    (mine,) = laptop.account.devices()
    grow_old(team, mine.id)
    laptop.account.sign_out(mine.id)
    assert not laptop.is_in()


def grow_old(team: Team, device_id: Id) -> None:
    """Let it be a while since somebody signed in there."""
    seconds = FRESH.total_seconds() + 1
    with team.database.write() as sql:
        sql.execute(
            "UPDATE sign_in SET created_at = created_at - ? WHERE device_id = ?",
            (int(seconds * 1_000_000), device_id),
        )


def test_without_the_server_nothing_is_changed() -> None:
    with closing(Http(ServerAddress.parse("http://127.0.0.1:9"), lambda: "token")) as http:
        account = OwnAccountClient(http)
        for ask in (account.devices, lambda: account.change_password("a", "b", sign_out_others=True)):
            with pytest.raises(InputError) as caught:
                ask()
            assert caught.value.sentence == NOBODY
