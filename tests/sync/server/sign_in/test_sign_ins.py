"""Tokens are renewed once; an answer that was lost is told again, and a token that was stolen ends both lines."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.operations.workspace import SaveUser
from sync.protocol.messages import DeviceFacts, SignedIn, SignInRequest, TokenAnswer
from sync.server.sign_in.devices import devices_of
from sync.server.sign_in.sign_ins import ABSOLUTE, ACCESS_LASTS, GRACE, SLIDING, Reused
from tests.factories import ANNA, BEN
from tests.sync.server.office import Office
from tests.sync.server.team import PASSWORD

SECOND = timedelta(seconds=1)


def begun(office: Office, device_id: str | None = None) -> SignedIn:
    return office.accounts.begin(ANNA.id, DeviceFacts(name="laptop", id=device_id), method="password")


def renewed(office: Office, token: str, attempt: str = "") -> TokenAnswer:
    answer = office.accounts.renew(token, attempt, None)
    assert isinstance(answer, TokenAnswer)
    return answer


def is_good(office: Office, token: str) -> bool:
    return office.accounts.session(token) is not None


def test_an_access_token_lasts_a_quarter_of_an_hour(office: Office) -> None:
    first = begun(office)
    office.clock.advance(ACCESS_LASTS - SECOND)
    assert is_good(office, first.token)
    office.clock.advance(SECOND)
    assert not is_good(office, first.token)
    second = renewed(office, first.refresh_token)
    assert is_good(office, second.access_token)
    assert second.device_id == first.device_id


def test_a_lost_answer_is_told_again_within_the_grace(office: Office) -> None:
    first = begun(office)
    second = renewed(office, first.refresh_token)
    office.clock.advance(GRACE)
    again = renewed(office, first.refresh_token)
    assert (again.access_token, again.refresh_token) == (second.access_token, second.refresh_token)
    third = renewed(office, second.refresh_token)
    assert is_good(office, third.access_token)


def test_a_token_that_comes_again_later_ends_everything(office: Office) -> None:
    first = begun(office)
    second = renewed(office, first.refresh_token, "attempt of the thief's victim")
    office.clock.advance(GRACE + SECOND)
    assert office.accounts.renew(first.refresh_token, "", None) == Reused(first.device_id)
    for token in (first.token, second.access_token):
        assert not is_good(office, token)
    assert office.accounts.renew(second.refresh_token, "", None) is None
    assert office.audited(AuditAction.TOKEN_REUSED) == 1
    assert office.accounts.signed_in([first.device_id]) == set()


def test_whoever_shows_the_same_attempt_is_told_the_same_after_a_night(office: Office) -> None:
    first = begun(office)
    second = renewed(office, first.refresh_token, "mine")
    office.clock.advance(timedelta(hours=9))
    again = renewed(office, first.refresh_token, "mine")
    assert again.refresh_token == second.refresh_token
    assert is_good(office, again.access_token)
    renewed(office, again.refresh_token, "next")
    assert isinstance(office.accounts.renew(first.refresh_token, "mine", None), Reused), (
        "the next one is in use"
    )


@pytest.mark.parametrize("guess", ["", "other", "min", "minee"])
def test_another_attempt_is_another_person(office: Office, guess: str) -> None:
    first = begun(office)
    renewed(office, first.refresh_token, "mine")
    office.clock.advance(GRACE + SECOND)
    assert isinstance(office.accounts.renew(first.refresh_token, guess, None), Reused)


def test_who_does_not_come_for_a_month_signs_in_again(office: Office) -> None:
    first = begun(office)
    office.clock.advance(SLIDING - SECOND)
    second = renewed(office, first.refresh_token)
    office.clock.advance(SLIDING)
    assert office.accounts.renew(second.refresh_token, "", None) is None
    assert office.accounts.signed_in([first.device_id]) == set()


def test_after_ninety_days_everybody_signs_in_again(office: Office) -> None:
    token = begun(office).refresh_token
    for _ in range(4):
        office.clock.advance(ABSOLUTE / 4 - SECOND)
        answer = renewed(office, token)
        token = answer.refresh_token
    assert answer.expires_in == 4
    office.clock.advance(4 * SECOND)
    assert office.accounts.renew(token, "", None) is None
    assert not is_good(office, answer.access_token)


def test_each_sign_in_has_tokens_of_its_own_and_a_device_keeps_its_place(office: Office) -> None:
    first = begun(office)
    second = begun(office, first.device_id)
    assert second.device_id == first.device_id
    assert {first.token, first.refresh_token}.isdisjoint({second.token, second.refresh_token})
    assert not is_good(office, first.token)
    assert office.accounts.renew(first.refresh_token, "", None) is None
    other = office.accounts.begin(BEN.id, DeviceFacts(name="x", id=first.device_id), method="password")
    assert other.device_id != first.device_id, "it is Anna's"
    assert is_good(office, second.token)


def test_a_device_that_is_to_be_wiped_does_not_come_back_as_itself(office: Office) -> None:
    first = begun(office)
    with office.database.write() as connection:
        connection.execute("UPDATE device SET wipe_requested_at = 1")
    assert begun(office, first.device_id).device_id != first.device_id


def test_a_token_for_one_thing_is_good_for_nothing_else(office: Office) -> None:
    first = begun(office)
    assert office.accounts.session(first.refresh_token) is None
    assert office.accounts.renew(first.token, "", None) is None


def test_who_is_disabled_renews_nothing(office: Office) -> None:
    first = begun(office)
    gone = SaveUser(user_id=ANNA.id, name=ANNA.name, email=ANNA.email, role=ANNA.role, active=False)
    office.backend.store.commit([gone])
    assert office.accounts.renew(first.refresh_token, "", None) is None


def test_who_is_let_in_again_signs_in_again(office: Office) -> None:
    first = begun(office)
    for active in (False, True):
        saved = SaveUser(user_id=ANNA.id, name=ANNA.name, email=ANNA.email, role=ANNA.role, active=active)
        office.backend.store.commit([saved])
    assert not is_good(office, first.token), "it may be on the computer for which they were disabled"
    assert office.accounts.renew(first.refresh_token, "", None) is None


def test_a_client_that_cannot_renew_has_a_token_that_lasts_and_may_be_exchanged(office: Office) -> None:
    office.accounts.set_password(ANNA.id, PASSWORD)
    request = SignInRequest(email=ANNA.email, password=PASSWORD, device="old")
    signed_in = office.accounts.sign_in(request)
    assert isinstance(signed_in, SignedIn)
    assert signed_in.refresh_token == ""
    office.clock.advance(timedelta(days=40))
    assert is_good(office, signed_in.token)
    renewed(office, signed_in.token)
    assert not is_good(office, signed_in.token)


def test_another_process_with_the_same_key_tells_the_same(office: Office) -> None:
    first = begun(office)
    second = renewed(office, first.refresh_token)
    other = office.accounts_with(None)
    assert other.renew(first.refresh_token, "", None) == second


def test_what_ended_is_swept_away_and_nothing_else(office: Office) -> None:
    old = begun(office)
    office.clock.advance(ABSOLUTE)
    new = begun(office)
    office.accounts.sign_ins.sweep()
    with office.database.read() as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("token", "sign_in")
        ]
    assert counts == [2, 1]
    assert is_good(office, new.token)
    assert office.accounts.renew(old.refresh_token, "", None) is None


def test_devices_are_listed_with_what_they_told(office: Office) -> None:
    first = begun(office)
    office.clock.advance(SECOND)
    other = office.accounts.begin(
        ANNA.id, DeviceFacts(name="phone", os="Plan 9", version="1.2"), method="password"
    )
    office.accounts.renew(first.refresh_token, "", DeviceFacts(pending=3))
    office.clock.advance(SECOND)
    office.accounts.revoke_device(ANNA.id, other.device_id, by=ANNA.id)
    listed = {
        device.id: (device.name, device.os, device.pending, device.signed_in, device.this)
        for device in devices_of(office.database, ANNA.id, first.device_id, 0)
    }
    assert listed == {
        first.device_id: ("laptop", "", 3, True, True),
        other.device_id: ("phone", "Plan 9", None, False, False),
    }
    assert devices_of(office.database, BEN.id, None, 0) == []


# ----- a thousand lost answers


class Device:
    """A client as it should be: it keeps the next token before it uses it, and asks again when no answer came."""

    def __init__(self, token: str, random: Random) -> None:
        self.kept = token
        self.attempt = ""
        self._random = random

    def renew(self, office: Office, lost: int) -> bool:
        """Renew although answers are lost so many times; whether one is still signed in."""
        self.attempt = self.attempt or f"{self._random.getrandbits(128):x}"
        for tried in range(lost + 1):
            answer = office.accounts.renew(self.kept, self.attempt, None)
            if not isinstance(answer, TokenAnswer):
                return False
            if tried < lost:
                office.clock.advance(timedelta(seconds=self._random.choice((1, 20, 59, 61, 3_600, 40_000))))
        self.kept, self.attempt = answer.refresh_token, ""
        return is_good(office, answer.access_token)


def test_a_thousand_lost_answers_sign_nobody_out(office: Office) -> None:
    random = Random(4)
    device, lost = Device(begun(office).refresh_token, random), 0
    began = office.clock.now()
    while lost < 1_000:
        if office.clock.now() - began > ABSOLUTE / 2:
            began, device = office.clock.now(), Device(begun(office).refresh_token, random)
        count = random.randrange(4)
        assert device.renew(office, count), f"signed out after {lost} lost answers"
        lost += count
        office.clock.advance(ACCESS_LASTS)
    assert office.audited(AuditAction.TOKEN_REUSED) == 0


def test_a_client_without_an_attempt_is_signed_out_by_this(office: Office) -> None:
    """The control of the test above: what it varies does matter."""
    first = begun(office)
    renewed(office, first.refresh_token)
    office.clock.advance(timedelta(seconds=61))
    assert isinstance(office.accounts.renew(first.refresh_token, "", None), Reused)


@given(generations=st.integers(1, 6), shown=st.integers(0, 5), wait=st.integers(61, 10_000), data=st.data())
def test_every_use_of_an_old_token_after_the_grace_is_found(
    tmp_path_factory: pytest.TempPathFactory, generations: int, shown: int, wait: int, data: st.DataObject
) -> None:
    office = _shared(tmp_path_factory)
    first = begun(office)
    tokens = [first.refresh_token]
    for _ in range(generations):
        tokens.append(renewed(office, tokens[-1], data.draw(st.sampled_from(["", "mine"]))).refresh_token)
    before = office.audited(AuditAction.TOKEN_REUSED)
    office.clock.advance(timedelta(seconds=wait))
    stolen = tokens[min(shown, generations - 1)]
    assert office.accounts.renew(stolen, "the thief's", None) == Reused(first.device_id)
    assert office.accounts.renew(tokens[-1], "", None) is None
    assert office.audited(AuditAction.TOKEN_REUSED) == before + 1


_OFFICES: list[Office] = []


def _shared(factory: pytest.TempPathFactory) -> Office:
    """One file for all examples: they do not see each other's sign-ins."""
    if not _OFFICES:
        from tests.sync.files import TEMPLATES

        _OFFICES.append(Office(TEMPLATES.server(factory.mktemp("reuse") / "server.db")))
    assert isinstance(_OFFICES[0].clock, ManualClock)
    return _OFFICES[0]
