"""What `doctor` finds out about the server of a team's profile."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

from agent_desktop.cli.findings import Finding
from agent_desktop.domain.clock import Clock, from_microseconds
from agent_desktop.domain.errors import InputError
from agent_desktop.services.server_account import ServerIdentity
from sync.client.address import ServerAddress
from sync.client.credentials import Credentials
from sync.client.http import Http
from sync.client.transport import HttpTransport
from sync.client.versions import check_versions, nobody_there
from sync.protocol.messages import PROTOCOL_VERSION, Hello
from sync.protocol.transport import Refused, Unreachable

MOST_OFF = timedelta(minutes=2)


def server_findings(identity: ServerIdentity, credentials: Credentials, clock: Clock) -> Iterator[Finding]:
    """Ask the server: is it there, is it who it says, does it understand us, does it know us, and what time is it."""
    address = ServerAddress.parse(identity.url)
    with closing(HttpTransport(Http(address, credentials.access, another=credentials.another))) as transport:
        try:
            hello = transport.hello()
        except Unreachable as error:
            certificate = "certificate" in error.sentence
            yield Finding("Server", False, nobody_there(address, error), str(error))
            if certificate:
                yield Finding("Certificate", False, "not trusted", "Install the authority of your company.")
            return
        except Refused as error:
            yield Finding("Server", False, error.sentence)
            return
        yield Finding("Server", True, f"{hello.workspace or identity.workspace} at {address.url}")
        words = "nothing leaves this computer" if address.on_this_computer else "trusted by this system"
        yield Finding("Certificate", True, words)
        yield _versions(hello)
        yield _clock(hello, clock.now())
        yield _sign_in(transport, identity, credentials)


def _versions(hello: Hello) -> Finding:
    words = f"this program speaks {PROTOCOL_VERSION}, the server {hello.oldest_protocol} to {hello.protocol}"
    try:
        check_versions(hello)
    except InputError as error:
        return Finding("Protocol", False, words, error.sentence)
    return Finding("Protocol", True, words)


def _clock(hello: Hello, now: datetime) -> Finding:
    ahead = from_microseconds(hello.time) - now
    seconds = abs(ahead.total_seconds())
    where = "ahead of" if ahead > timedelta() else "behind"
    words = "as at the server" if seconds < 1 else f"the server's is {seconds:,.0f} s {where} this computer's"
    return Finding("Clock", abs(ahead) <= MOST_OFF, words, "Let this computer set its clock by itself.")


def _sign_in(transport: HttpTransport, identity: ServerIdentity, credentials: Credentials) -> Finding:
    if not credentials.signed_in:
        return Finding("Sign-in", False, "none is kept here", "Open Agent Desktop and sign in again.")
    try:
        transport.digest()
    except Unreachable as error:
        return Finding("Sign-in", False, "the server did not answer", error.sentence)
    except Refused as error:
        return Finding("Sign-in", False, error.sentence, "Open Agent Desktop and sign in again.")
    return Finding("Sign-in", True, f"{identity.email} from {identity.device}")
