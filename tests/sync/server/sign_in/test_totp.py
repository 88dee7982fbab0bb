"""One-time codes are those of RFC 6238, near their time, and each is taken once."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.audit import AuditAction
from sync.server.sign_in.second_factor import RECOVERY_CODES, AlreadyEnrolled
from sync.server.sign_in.totp import STEP_SECONDS, address, code_at, key_text, matching_step
from tests.factories import ANNA, BEN
from tests.sync.server.office import Office
from tests.sync.server.team import CHEAP

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_examples_of_the_standard(seconds: int, code: str) -> None:
    assert code_at(SECRET, seconds // STEP_SECONDS) == code[-6:]


@given(step=st.integers(10, 10**9), away=st.integers(-4, 4), after=st.integers(-2, 2))
def test_a_code_is_right_one_step_around_now_and_after_the_last(step: int, away: int, after: int) -> None:
    code = code_at(SECRET, step + away)
    near = {code_at(SECRET, step + other): step + other for other in (-1, 0, 1)}
    expected = near.get(code)
    if expected is not None and expected <= step + after:
        expected = None
    assert matching_step(SECRET, code, step * STEP_SECONDS + 7, step + after) == expected


def test_an_app_reads_it() -> None:
    assert key_text(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert address(SECRET, "A & B", "ann@x.org") == (
        "otpauth://totp/A%20%26%20B:ann%40x.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%20%26%20B"
    )


def now_code(office: Office, away: int = 0) -> str:
    return code_at(SECRET, int(office.clock.now().timestamp()) // STEP_SECONDS + away)


def enrolled(office: Office) -> list[str]:
    codes = office.accounts.second_factors.enrol(ANNA.id, SECRET, now_code(office))
    assert codes is not None
    return codes


def test_each_code_is_taken_once(office: Office) -> None:
    factors = office.accounts.second_factors
    enrolled(office)
    assert not factors.check(ANNA.id, now_code(office)), "it set the factor up"
    assert factors.check(ANNA.id, now_code(office, 1))
    assert not factors.check(ANNA.id, now_code(office, 1))
    assert not factors.check(ANNA.id, now_code(office)), "an older one is none either"
    office.clock.advance(timedelta(seconds=2 * STEP_SECONDS))
    assert factors.check(ANNA.id, now_code(office))
    assert not factors.check(BEN.id, now_code(office))


def test_recovery_codes_are_taken_once_however_they_are_written(office: Office) -> None:
    factors = office.accounts.second_factors
    codes = enrolled(office)
    assert len(set(codes)) == RECOVERY_CODES
    for code in codes:
        assert not factors.check(BEN.id, code)
        assert factors.check(ANNA.id, f" {code.lower().replace('-', ' ')} ")
        assert not factors.check(ANNA.id, code)
    assert office.audited(AuditAction.RECOVERY_CODE_USED) == RECOVERY_CODES


def test_the_database_alone_makes_no_code(office: Office) -> None:
    codes = enrolled(office)
    with office.database.read() as connection:
        kept = repr(
            [
                connection.execute(f"SELECT * FROM {name}").fetchall()
                for name in ("second_factor", "recovery_code")
            ]
        )
    for secret in (
        SECRET.decode(),
        key_text(SECRET),
        SECRET.hex(),
        *codes,
        *(c.replace("-", "") for c in codes),
    ):
        assert secret not in kept
    other = type(office.key).generate()
    office.key = other
    stranger = office.accounts_with(CHEAP).second_factors
    office.clock.advance(timedelta(seconds=2 * STEP_SECONDS))
    assert stranger.is_enrolled(ANNA.id)
    assert not stranger.check(ANNA.id, now_code(office)), "another key opens nothing, and lets nobody in"
    assert not stranger.check(ANNA.id, codes[0])


def test_only_a_reset_takes_it_away_and_then_everything_is_new(office: Office) -> None:
    factors = office.accounts.second_factors
    old = enrolled(office)
    office.clock.advance(timedelta(minutes=5))
    assert factors.enrol(ANNA.id, b"another secret of twenty"[:20], "123456") is None
    with pytest.raises(AlreadyEnrolled):
        enrolled(office)
    assert factors.check(ANNA.id, old[0])
    assert factors.reset(ANNA.id, ANNA.id)
    enrolled(office)
    assert not factors.check(ANNA.id, old[1])
    assert factors.reset(ANNA.id, ANNA.id)
    assert not factors.is_enrolled(ANNA.id)
    assert not factors.reset(ANNA.id, ANNA.id)
