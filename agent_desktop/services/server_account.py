"""The server of a team as a person knows it: where it is, who they are there, and signing in and out."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id


class CodeNeeded(InputError):
    """The password is right, and a code of the second factor is asked for, too; the sentence says which."""


class ServerIdentity(NamedTuple):
    """Whose profile this is, at which server. `device` is what the server calls this computer."""

    url: str
    workspace: str
    user_id: Id
    email: str
    device: str


class ServerAccount(Protocol):
    """The account of a profile at its team's server. The methods wait for the server: not for the GUI thread."""

    @property
    def identity(self) -> ServerIdentity:
        """Who, where."""
        ...

    @property
    def signed_in(self) -> bool:
        """Whether the server knows this computer, as far as is known here. May ask the system's keychain."""
        ...

    @property
    def by_password(self) -> bool:
        """Whether one signed in last with a password typed here, not with the browser."""
        ...

    def sign_in(self, password: str, code: str = "") -> str:
        """Sign in again; a sentence about it, or nothing when there is nothing to say.

        Raises InputError in words when that did not work; nothing was changed then. CodeNeeded asks for a code.
        """
        ...

    def sign_in_with_browser(
        self, open_page: Callable[[str], None], ended: Callable[[str, bool], None], new_password: bool = False
    ) -> None:
        """The same, in the browser: returns at once, for a person may take two minutes.

        With `new_password` the page offers to choose another one on the way.

        On a thread of its own `open_page` is given the address to open, and `ended` a sentence and whether one is
        signed in.
        """
        ...

    def cancel_sign_in(self) -> None:
        """Let `sign_in_with_browser` end. May be called on any thread."""
        ...

    def sign_out(self) -> str:
        """Sign out, keeping everything that is here, also what waits; a sentence about it."""
        ...
