"""Guessing gets slow where it is done, and costs nobody else anything."""

from sync.server.limits import Limits, Rate
from sync.server.sign_in.guessing import FREE, LONGEST_WAIT, Guess, GuessGuard

OFFICE, ELSEWHERE = "203.0.113.5", "198.51.100.7"
ANNA, BEN = "anna@example.org", "ben@example.org"


class Time:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def guard(time: Time, **limits: Rate) -> GuessGuard:
    return GuessGuard(Limits(**limits), time)


def fail(guard: GuessGuard, guess: Guess) -> bool:
    """Try something wrong; False when it had to wait."""
    if guard.wait(guess):
        return False
    guard.spend(guess)
    return True


def test_each_failure_takes_longer() -> None:
    time = Time()
    here, guess = guard(time), Guess(ANNA, OFFICE)
    assert all(fail(here, guess) for _ in range(FREE))
    waits = []
    for _ in range(12):
        waits.append(round(here.wait(guess)))
        time.now += here.wait(guess)
        assert fail(here, guess)
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert waits[-1] == LONGEST_WAIT


def test_a_night_of_guessing_brings_few_guesses() -> None:
    time = Time()
    here, tried = guard(time), 0
    end = time.now + 10 * 3_600
    while time.now < end:
        if fail(here, Guess(ANNA, ELSEWHERE)):
            tried += 1
        else:
            time.now += here.wait(Guess(ANNA, ELSEWHERE))
    assert tried <= 60


def test_the_rightful_user_waits_for_nobody() -> None:
    """From another address, and from a device that is known even at the address of the guesser."""
    time = Time()
    here = guard(time)
    while fail(here, Guess(ANNA, ELSEWHERE)):
        pass
    assert here.wait(Guess(ANNA, ELSEWHERE)) > 0
    assert here.wait(Guess(ANNA, OFFICE)) == 0
    assert here.wait(Guess(ANNA, ELSEWHERE, "device-1")) == 0


def test_others_behind_the_same_address_wait_for_nobody() -> None:
    time = Time()
    here = guard(time)
    for _ in range(200):
        if not fail(here, Guess(ANNA, OFFICE)):
            time.now += 1
    assert here.wait(Guess(BEN, OFFICE)) == 0


def test_guessing_from_a_thousand_addresses_is_slow_and_a_known_device_gets_in() -> None:
    time = Time()
    here = guard(time)
    got_through = sum(fail(here, Guess(ANNA, f"10.0.{n // 250}.{n % 250}")) for n in range(1_000))
    assert got_through == 30
    assert here.wait(Guess(ANNA, "192.0.2.1")) > 0
    assert here.wait(Guess(ANNA, "192.0.2.1", "device-1")) == 0
    assert here.wait(Guess(BEN, "192.0.2.1")) == 0


def test_one_password_for_a_thousand_accounts_is_slow() -> None:
    time = Time()
    here = guard(time)
    assert sum(fail(here, Guess(f"{n}@example.org", ELSEWHERE)) for n in range(1_000)) == 100


def test_a_network_of_the_sixth_version_is_one_place() -> None:
    time = Time()
    here = guard(time, account_guesses=Rate(1, 1_000))
    tried = sum(fail(here, Guess(ANNA, f"2001:db8::{n:x}")) for n in range(1, 100))
    assert tried == FREE
    assert here.wait(Guess(ANNA, "2001:db8:0:1::1")) == 0


def test_an_address_of_the_fourth_version_is_one_place_however_a_proxy_writes_it() -> None:
    time = Time()
    here = guard(time)
    while fail(here, Guess(ANNA, "::ffff:203.0.113.7")):
        pass
    assert here.wait(Guess(ANNA, "203.0.113.7")) > 0
    assert here.wait(Guess(ANNA, "::ffff:198.51.100.9")) == 0, "nobody else waits for it"


def test_what_is_right_counts_for_nothing_and_forgives() -> None:
    time = Time()
    here, guess = guard(time), Guess(ANNA, OFFICE)
    for _ in range(500):
        assert fail(here, guess)
        here.right(guess)
    for _ in range(FREE - 1):
        assert fail(here, guess)
    here.right(guess)
    assert all(fail(here, guess) for _ in range(FREE))


def test_a_right_password_does_not_forgive_wrong_codes() -> None:
    time = Time()
    here, guess = guard(time), Guess(ANNA, OFFICE)
    tried = 0
    while fail(here, guess):  # the password
        here.half_right(guess)
        if not fail(here, guess):  # the code
            break
        tried += 1
    assert tried == FREE
