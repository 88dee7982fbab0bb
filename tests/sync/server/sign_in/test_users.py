"""Who is meant by an e-mail address: the same on either database, whatever its letters are."""

import pytest

from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.domain.workspace import Role
from sync.protocol.messages import DeviceFacts, SignedIn, SignInRequest
from sync.server.sign_in.users import users_called
from tests.factories import ANNA
from tests.sync.server.office import Office
from tests.sync.server.team import PASSWORD


def add(office: Office, user_id: str, email: str, *, active: bool = True) -> None:
    payload = SaveUser(user_id=user_id, name="Somebody", email=email, role=Role.AGENT, active=active)
    office.backend.store.commit([payload])


def called(office: Office, email: str) -> list[str]:
    with office.database.read() as connection:
        return users_called(connection, email)


@pytest.mark.parametrize("typed", ["ÄGIDIUS@example.org", "ägidius@example.org", "  Ägidius@Example.org\t"])
def test_great_and_small_letters_of_any_alphabet_are_the_same(office: Office, typed: str) -> None:
    add(office, "u-1", "Ägidius@example.org")
    assert called(office, typed) == ["u-1"]
    office.accounts.set_password("u-1", PASSWORD)
    request = SignInRequest(email=typed, password=PASSWORD, device="laptop", renewable=True)
    assert isinstance(office.accounts.sign_in(request), SignedIn)


@pytest.mark.parametrize("typed", ["", " ", "%", "_nna%", "' OR 1=1 --", "anna@example.org\0", "\ud800", "İ"])
def test_what_is_nobodys_address_finds_nobody(office: Office, typed: str) -> None:
    add(office, "u-1", "")
    assert called(office, typed) == []
    assert office.accounts.sign_in(SignInRequest(email=typed, password=PASSWORD, device="laptop")) is None
    assert not office.accounts.has_device(typed, "laptop")


def test_somebody_disabled_is_found_only_where_that_is_asked_for(office: Office) -> None:
    add(office, "u-1", "finn@example.org", active=False)
    assert called(office, "finn@example.org") == []
    with office.database.read() as connection:
        assert users_called(connection, "finn@example.org", disabled=True) == ["u-1"]


def test_what_a_device_says_of_itself_is_kept_as_it_can_be(office: Office) -> None:
    facts = DeviceFacts(name="lap\0top", os="\0", version="1\ud800")
    office.accounts.begin(ANNA.id, facts, method="password")
    with office.database.read() as connection:
        kept = connection.execute("SELECT name, os, client_version FROM device").fetchall()
    assert [tuple(row) for row in kept] == [("lap\ufffdtop", "\ufffd", "1\ufffd")]
