"""Makes guessing passwords and codes slow, without keeping out those whose passwords are guessed.

Whoever failed waits longer each time, by account and where the attempt came from: that others fail elsewhere costs the
rightful user nothing. A device on which the user has signed in before is a place of its own. What comes from devices
that nobody knows shares two wider limits, of the account and of the address, against guessing from many places and at
many accounts. What is counted is counted in this process alone.
"""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

from sync.server.limits import Limits, Monotonic, RateLimiter

FREE = 5
"""So many failures in a row cost no wait."""
TOLD = 10
"""After so many in a row the audit log tells of it."""
LONGEST_WAIT = 900.0
FORGOTTEN_AFTER = 24 * 3_600.0
_KEYS = 20_000
_NETWORK_OF_ONE = 64


class GrowingDelay:
    """Seconds to wait after failures in a row: 2, 4, 8 and so on, up to a quarter of an hour."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, key: str) -> float:
        """Seconds until this key may try again."""
        count, last = self._failures.get(key, (0, 0.0))
        passed = self._monotonic() - last
        if count < FREE or passed > FORGOTTEN_AFTER:
            return 0.0
        return max(0.0, min(2.0 ** (count - FREE + 1), LONGEST_WAIT) - passed)

    def fail(self, key: str) -> int:
        """One more failure; how many there are in a row."""
        count, last = self._failures.get(key, (0, 0.0))
        if self._monotonic() - last > FORGOTTEN_AFTER:
            count = 0
        self._failures[key] = (min(count + 1, 64), self._monotonic())
        self._failures.move_to_end(key)
        if len(self._failures) > _KEYS:
            self._failures.popitem(last=False)
        return min(count + 1, 64)

    def undo(self, key: str) -> None:
        """It was no failure after all; those before it count as they did."""
        count, last = self._failures.get(key, (0, 0.0))
        if count > 1:
            self._failures[key] = (count - 1, last)
        else:
            self._failures.pop(key, None)

    def forget(self, key: str) -> None:
        """It was right at last."""
        self._failures.pop(key, None)


@dataclass(frozen=True, slots=True)
class Guess:
    """One attempt to get in: at which account, as it was typed, and from where. `device` is one that is known."""

    account: str
    address: str
    device: str = ""

    @property
    def place(self) -> str:
        """What has a delay of its own."""
        return f"device {self.device}" if self.device else f"{self.account} from {network_of(self.address)}"


class GuessGuard:
    """Every attempt is spent before it is looked at, or many at once would all find room, and given back when right."""

    def __init__(self, limits: Limits, monotonic: Monotonic) -> None:
        self._delays = GrowingDelay(monotonic)
        self._accounts = RateLimiter(limits.account_guesses, monotonic)
        self._addresses = RateLimiter(limits.address_guesses, monotonic)

    def wait(self, guess: Guess) -> float:
        """Seconds until this may be tried; 0 now."""
        own = self._delays.wait(guess.place)
        if guess.device:
            return own
        return max(own, self._accounts.wait(guess.account), self._addresses.wait(network_of(guess.address)))

    def spend(self, guess: Guess) -> bool:
        """Count it as wrong for now; whether that makes it guessing, of which the audit log is to tell once."""
        failures = self._delays.fail(guess.place)
        if not guess.device:
            self._accounts.spend(guess.account)
            self._addresses.spend(network_of(guess.address))
        return failures == TOLD

    def right(self, guess: Guess) -> None:
        """They are in: what failed before is forgotten."""
        self._delays.forget(guess.place)
        self._give_back(guess)

    def half_right(self, guess: Guess) -> None:
        """The password is right, and a code is asked for: that alone forgives no wrong codes."""
        self._delays.undo(guess.place)
        self._give_back(guess)

    def _give_back(self, guess: Guess) -> None:
        if not guess.device:
            self._accounts.give_back(guess.account)
            self._addresses.give_back(network_of(guess.address))


def network_of(address: str) -> str:
    """What of an address is one place: who has one of the sixth version has all of its network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6 and parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)  # as proxies that listen on both write an address of the fourth
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, _NETWORK_OF_ONE), strict=False))
