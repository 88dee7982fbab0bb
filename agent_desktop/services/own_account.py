"""One's own account at the team's server: the password, and the devices on which one has signed in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id


class SignInFirst(InputError):
    """It is done for those who have just signed in on this device; the sentence says for what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDevice:
    """A device of one's own. `pending`: how many changes waited there when it last said so; None: it never did."""

    id: Id
    name: str
    os: str
    seen_at: datetime
    pending: int | None
    signed_in: bool
    this: bool = False
    """Whether it is the one at which one sits."""


class OwnAccount(Protocol):
    """What one may change about oneself. The methods wait for the server, and raise InputError in words."""

    def change_password(self, current: str, new: str, *, sign_out_others: bool) -> None:
        """Choose another password; this device stays signed in."""
        ...

    def devices(self) -> tuple[OwnDevice, ...]:
        """One's own devices, the one seen last first."""
        ...

    def sign_out(self, device_id: Id) -> None:
        """End what was given to a device of one's own; nothing on it is lost.

        Raises SignInFirst where one has to sign in on this device again before.
        """
        ...
