"""The server as administrators ask it about mail accounts, over HTTP or in this process."""

from typing import Any, Protocol, TypeVar

import msgspec

from agent_desktop.domain.clock import from_microseconds
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_account import MailAccount, MailStep
from agent_desktop.services.mail_setup import DetectedMail, OpenPage, SavedMail
from sync.client.administration import SLOW_SECONDS, in_words
from sync.client.http import LARGEST_PROBLEM, Http, decode
from sync.client.loopback import Cancelled, NoListener, TooLate, WayBack
from sync.protocol.mail_accounts import (
    BeginMailGrant,
    DetectedMailAccount,
    DetectMailAccount,
    FinishMailGrant,
    MailGrantBegun,
    MailTest,
    SavedMailAccount,
    SaveMailAccount,
    TestMailAccount,
)

M = TypeVar("M", bound=msgspec.Struct)
GRANT_SECONDS = 300.0


class MailLine(Protocol):
    """One way to ask the server; raises InputError in words."""

    def read(self, channel_id: Id) -> SavedMailAccount:
        """What is set up."""
        ...

    def save(self, channel_id: Id, wanted: SaveMailAccount) -> SavedMailAccount:
        """Set up."""
        ...

    def remove(self, channel_id: Id) -> None:
        """Forget."""
        ...

    def test(self, channel_id: Id, wanted: TestMailAccount) -> MailTest:
        """Try."""
        ...

    def detect(self, wanted: DetectMailAccount) -> DetectedMailAccount:
        """Look for servers."""
        ...

    def begin_grant(self, channel_id: Id, wanted: BeginMailGrant) -> MailGrantBegun:
        """Begin to ask a provider."""
        ...

    def finish_grant(self, channel_id: Id, brought: FinishMailGrant) -> SavedMailAccount:
        """Set up with what was granted."""
        ...


class MailSetupClient:
    """Implements the port of the services over a line."""

    def __init__(self, line: MailLine) -> None:
        self._line = line

    def read(self, channel_id: Id) -> SavedMail:
        """What is set up for a channel."""
        return _saved(self._line.read(channel_id))

    def save(self, channel_id: Id, account: MailAccount, secret: str | None = None) -> SavedMail:
        """Set an account up."""
        return _saved(self._line.save(channel_id, SaveMailAccount(account=account, secret=secret)))

    def remove(self, channel_id: Id) -> None:
        """Forget an account."""
        self._line.remove(channel_id)

    def test(
        self, channel_id: Id, account: MailAccount, secret: str | None = None, *, send: bool = False
    ) -> tuple[MailStep, ...]:
        """Try an account."""
        wanted = TestMailAccount(account=account, secret=secret, send=send)
        return self._line.test(channel_id, wanted).steps

    def detect(self, address: str, provider: str = "") -> DetectedMail:
        """The servers of an address."""
        found = self._line.detect(DetectMailAccount(address=address, provider=provider))
        return DetectedMail(account=found.account, source=found.source, hint=found.hint)

    def granting(self, channel_id: Id, account: MailAccount, open_page: OpenPage) -> "MailGrantAttempt":
        """An attempt to have a provider grant access."""
        return MailGrantAttempt(self._line, channel_id, account, open_page)


class MailGrantAttempt:
    """The browser goes to the provider and comes back here with a code, which the server exchanges."""

    def __init__(
        self,
        line: MailLine,
        channel_id: Id,
        account: MailAccount,
        open_page: OpenPage,
        seconds: float = GRANT_SECONDS,
    ) -> None:
        self._line = line
        self._channel_id = channel_id
        self._account = account
        self._open_page = open_page
        self._seconds = seconds
        self._way_back = WayBack()

    def cancel(self) -> None:
        """End it; nothing was changed."""
        self._way_back.cancel()

    def run(self) -> SavedMail:
        """Open the browser, wait, and set the account up. Raises InputError in words."""
        account = self._account
        try:
            with self._way_back.listening() as loopback:
                wanted = BeginMailGrant(
                    provider=account.provider, redirect=loopback.address, user=account.user
                )
                begun = self._line.begin_grant(self._channel_id, wanted)
                self._open_page(begun.url)
                brought = loopback.wait(begun.state, "", self._seconds)
        except NoListener as error:
            sentence = "The browser could not find its way back to this program."
            raise InputError(sentence, str(error)) from error
        except Cancelled as error:
            raise InputError("You stopped signing in. Nothing was changed.") from error
        except TooLate as error:
            raise InputError(
                "Nobody signed in within five minutes. Nothing was changed; try again."
            ) from error
        if "code" not in brought:
            raise InputError("The provider did not grant access. Nothing was changed; try again.")
        finish = FinishMailGrant(step=begun.step, code=brought["code"], account=account)
        return _saved(self._line.finish_grant(self._channel_id, finish))


class HttpMailLine:
    """Asks over HTTP."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def read(self, channel_id: Id) -> SavedMailAccount:
        """What is set up."""
        return self._ask("GET", _path(channel_id), SavedMailAccount)

    def save(self, channel_id: Id, wanted: SaveMailAccount) -> SavedMailAccount:
        """Set up."""
        return self._ask("PUT", _path(channel_id), SavedMailAccount, wanted)

    def remove(self, channel_id: Id) -> None:
        """Forget."""
        in_words(lambda: self._http.call("DELETE", _path(channel_id), largest=LARGEST_PROBLEM))

    def test(self, channel_id: Id, wanted: TestMailAccount) -> MailTest:
        """Try."""
        return self._ask("POST", f"{_path(channel_id)}/test", MailTest, wanted)

    def detect(self, wanted: DetectMailAccount) -> DetectedMailAccount:
        """Look for servers."""
        return self._ask("POST", "/v1/admin/mail/detect", DetectedMailAccount, wanted)

    def begin_grant(self, channel_id: Id, wanted: BeginMailGrant) -> MailGrantBegun:
        """Begin to ask a provider."""
        return self._ask("POST", f"{_path(channel_id)}/grant", MailGrantBegun, wanted)

    def finish_grant(self, channel_id: Id, brought: FinishMailGrant) -> SavedMailAccount:
        """Set up with what was granted."""
        return self._ask("POST", f"{_path(channel_id)}/grant/finish", SavedMailAccount, brought)

    def _ask(self, method: str, path: str, kind: type[M], body: msgspec.Struct | None = None) -> M:
        encoded = None if body is None else msgspec.json.encode(body)
        return in_words(lambda: decode(self._http.call(method, path, body=encoded, wait=SLOW_SECONDS), kind))


class MailAnswerer(Protocol):
    """The server's side in this process; raises Rejected or InputError."""

    def read(self, asker: Any, channel_id: Id) -> SavedMailAccount:
        """What is set up."""
        ...

    def save(self, asker: Any, channel_id: Id, wanted: SaveMailAccount) -> SavedMailAccount:
        """Set up."""
        ...

    def remove(self, asker: Any, channel_id: Id) -> None:
        """Forget."""
        ...

    def test(self, asker: Any, channel_id: Id, wanted: TestMailAccount) -> MailTest:
        """Try."""
        ...

    def detect(self, asker: Any, wanted: DetectMailAccount) -> DetectedMailAccount:
        """Look for servers."""
        ...

    def begin_grant(self, asker: Any, channel_id: Id, wanted: BeginMailGrant) -> MailGrantBegun:
        """Begin to ask a provider."""
        ...

    def finish_grant(self, asker: Any, channel_id: Id, brought: FinishMailGrant) -> SavedMailAccount:
        """Set up with what was granted."""
        ...


class LocalMailLine:
    """Asks a server in this process. `asker` is who it takes this program's user for."""

    def __init__(self, server: MailAnswerer, asker: object) -> None:
        self._server = server
        self._asker = asker

    def read(self, channel_id: Id) -> SavedMailAccount:
        """What is set up."""
        return in_words(lambda: self._server.read(self._asker, channel_id))

    def save(self, channel_id: Id, wanted: SaveMailAccount) -> SavedMailAccount:
        """Set up."""
        return in_words(lambda: self._server.save(self._asker, channel_id, wanted))

    def remove(self, channel_id: Id) -> None:
        """Forget."""
        in_words(lambda: self._server.remove(self._asker, channel_id))

    def test(self, channel_id: Id, wanted: TestMailAccount) -> MailTest:
        """Try."""
        return in_words(lambda: self._server.test(self._asker, channel_id, wanted))

    def detect(self, wanted: DetectMailAccount) -> DetectedMailAccount:
        """Look for servers."""
        return in_words(lambda: self._server.detect(self._asker, wanted))

    def begin_grant(self, channel_id: Id, wanted: BeginMailGrant) -> MailGrantBegun:
        """Begin to ask a provider."""
        return in_words(lambda: self._server.begin_grant(self._asker, channel_id, wanted))

    def finish_grant(self, channel_id: Id, brought: FinishMailGrant) -> SavedMailAccount:
        """Set up with what was granted."""
        return in_words(lambda: self._server.finish_grant(self._asker, channel_id, brought))


def _path(channel_id: Id) -> str:
    return f"/v1/admin/channels/{channel_id}/mail"


def _saved(saved: SavedMailAccount) -> SavedMail:
    contact = saved.last_contact
    return SavedMail(
        account=saved.account,
        has_secret=saved.has_secret,
        last_contact=None if contact is None else from_microseconds(contact),
        problem=saved.problem,
    )
