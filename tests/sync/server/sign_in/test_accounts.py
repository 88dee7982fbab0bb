"""Accounts: passwords and tokens are kept as hashes, and who is signed out is out."""

from datetime import timedelta
from pathlib import Path
from sqlite3 import connect

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.domain.workspace import Role
from sync.protocol.messages import SignedIn, SignInRequest
from sync.server.sign_in.accounts import Session
from sync.server.sign_in.devices import MOST
from tests.factories import ADMIN, ANNA
from tests.sync.files import TEMPLATES
from tests.sync.server.office import Office
from tests.sync.server.team import PASSWORD


def asking(password: str = PASSWORD, email: str = ANNA.email) -> SignInRequest:
    return SignInRequest(email=email, password=password, device="laptop", renewable=True)


def test_a_token_says_who_asks(office: Office) -> None:
    office.accounts.set_password(ANNA.id, PASSWORD)
    signed_in = office.accounts.sign_in(asking())
    assert isinstance(signed_in, SignedIn)
    session = office.accounts.session(signed_in.token)
    assert session is not None
    assert (session.user_id, session.role) == (ANNA.id, Role.AGENT)
    assert office.accounts.session(signed_in.token + "x") is None
    assert office.accounts.session(signed_in.refresh_token) is None, "it is for the token endpoint alone"


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", PASSWORD.upper(), "x" * 5_000])
def test_only_the_password_opens(office: Office, password: str) -> None:
    office.accounts.set_password(ANNA.id, PASSWORD)
    assert office.accounts.sign_in(asking(password)) is None


def test_who_has_no_password_cannot_sign_in(office: Office) -> None:
    assert office.accounts.sign_in(asking()) is None
    assert office.accounts.sign_in(asking("")) is None


@pytest.mark.parametrize("password", ["", "short", "x" * 1_025, "ä" * 600])
def test_passwords_have_a_length(office: Office, password: str) -> None:
    with pytest.raises(InputError):
        office.accounts.set_password(ANNA.id, password)


@pytest.mark.parametrize(
    "password",
    [
        *(
            "password123",
            "Password1!",
            "P@ssw0rd2024",
            "passwordpassword",
            "iloveyou12",
            "welcome2024",
            "letmein123",
        ),
        *(
            "1234567890",
            "qwertyuiop",
            "1q2w3e4r5t",
            "1qaz2wsx3edc",
            "0987654321",
            "abcdefghij",
            "qwerty123456",
        ),
        *(
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "1212121212",
            "123123123123",
            "asdfghjkl1",
            "football2023",
            "administrator1",
        ),
        *("lighthouse2024", "Anna-Lighthouse1", "agent-desktop!", "anna.anna.1", "sunshine!!!!"),
    ],
)
def test_passwords_that_are_guessed_first_are_refused(office: Office, password: str) -> None:
    with pytest.raises(InputError, match="guessed first"):
        office.accounts.set_password(ANNA.id, password)


@pytest.mark.parametrize(
    "password",
    [
        *(
            PASSWORD,
            "kettle on the stove",
            "Vx7#pQ2!mLz9",
            "lighthouse keeper sings",
            "dragon tiger monkey shadow",
        ),
        *("summer rain again", "Blick auf den See", "我的密码很长很难猜到", "12.07.1931-blau"),
    ],
)
def test_other_passwords_are_taken(office: Office, password: str) -> None:
    office.accounts.set_password(ANNA.id, password)
    assert isinstance(office.accounts.sign_in(asking(password)), SignedIn)


def test_neither_passwords_nor_tokens_are_kept(tmp_path: Path) -> None:
    office = Office(TEMPLATES.server(tmp_path / "server.db"))
    office.accounts.set_password(ANNA.id, PASSWORD)
    signed_in = office.accounts.sign_in(asking())
    office.database.close()
    assert isinstance(signed_in, SignedIn)
    with connect(tmp_path / "server.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        assert PASSWORD.encode() not in content
        for token in (signed_in.token, signed_in.refresh_token):
            assert token.encode() not in content
            assert token[len("ad_at_") :].encode() not in content


def test_a_stronger_hash_replaces_a_weaker_one_at_the_next_sign_in(office: Office) -> None:
    office.accounts.set_password(ANNA.id, PASSWORD)
    weak = office.known_password()
    stronger = office.accounts_with(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert stronger.sign_in(asking()) is not None
    strong = office.known_password()
    assert "m=16,t=2" in strong
    assert strong != weak
    assert stronger.sign_in(asking()) is not None
    assert office.known_password() == strong


def test_an_unknown_user_costs_a_check_of_a_password_too(office: Office) -> None:
    checked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
            with pytest.raises(VerifyMismatchError) as mismatch:  # a hash that it cannot read costs nothing
                super().verify(hash, password)
            checked.append(str(hash))
            raise mismatch.value

    counting = office.accounts_with(Counting(time_cost=1, memory_cost=8, parallelism=1))
    counting.set_password(ANNA.id, PASSWORD)
    for request in (asking("wrong"), asking(email="nobody@example.org")):
        assert counting.sign_in(request) is None
    assert len(checked) == 2
    known, unknown = (one.split("$") for one in checked)
    assert known[:4] == unknown[:4], "with the same cost"
    assert list(map(len, known)) == list(map(len, unknown))


def test_a_new_password_signs_every_device_out(office: Office) -> None:
    office.accounts.set_password(ANNA.id, PASSWORD)
    first = office.accounts.sign_in(asking())
    other = office.accounts.issue(ADMIN.id, "desk")
    assert isinstance(first, SignedIn)
    office.accounts.set_password(ANNA.id, "another long password")
    assert office.accounts.session(first.token) is None
    assert office.accounts.session(other.token) is not None


def test_who_is_disabled_is_out_at_once(office: Office) -> None:
    office.accounts.set_password(ANNA.id, PASSWORD)
    signed_in = office.accounts.sign_in(asking())
    assert isinstance(signed_in, SignedIn)
    session = office.accounts.session(signed_in.token)
    assert isinstance(session, Session)
    assert office.accounts.signed_in([session.device_id, "0" * 32]) == {session.device_id}
    gone = SaveUser(user_id=ANNA.id, name=ANNA.name, email=ANNA.email, role=ANNA.role, active=False)
    office.backend.store.commit([gone])
    assert office.accounts.session(signed_in.token) is None
    assert office.accounts.signed_in([session.device_id]) == set()
    assert office.accounts.sign_in(asking()) is None


def test_a_device_more_than_anybody_has_signs_the_oldest_out(office: Office) -> None:
    tokens = []
    for _ in range(MOST + 1):
        tokens.append(office.accounts.issue(ANNA.id, "laptop").token)
        office.clock.advance(timedelta(seconds=1))
    good = [office.accounts.session(token) is not None for token in tokens]
    assert good == [False] + [True] * MOST


def lasting() -> SignInRequest:
    """As a client asks that cannot renew tokens."""
    return SignInRequest(email=ANNA.email, password=PASSWORD, device="laptop")


def test_when_a_device_was_last_seen_is_known_to_the_hour(office: Office) -> None:
    office.accounts.set_password(ANNA.id, PASSWORD)
    signed_in = office.accounts.sign_in(lasting())
    assert isinstance(signed_in, SignedIn)
    token = signed_in.token

    def seen() -> int:
        with office.database.read() as connection:
            return int(connection.execute("SELECT seen_at FROM device").fetchone()[0])

    first = seen()
    office.clock.advance(timedelta(minutes=59))
    office.accounts.session(token)
    assert seen() == first
    office.clock.advance(timedelta(minutes=2))
    office.accounts.session(token)
    assert seen() == first + 61 * 60 * 1_000_000
