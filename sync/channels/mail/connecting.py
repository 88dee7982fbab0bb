"""Connections to mail servers: where they may lead, how they are kept secret, and what to say when one fails."""

import ipaddress
import socket
import ssl
from enum import StrEnum

import truststore

from agent_desktop.domain.mail_account import MailSecurity, MailServer
from sync.server.ports import Dial, NotAllowed

CONNECT_SECONDS = 20.0


class Step(StrEnum):
    """What is done one after the other to use a mail server; the values are for people."""

    LOOK_UP = "Look up the server"
    CONNECT = "Connect"
    SECURE = "Secure the connection"
    SIGN_IN = "Sign in"
    FOLDER = "Open the folder"
    READ = "Read mail"
    SEND = "Send a mail"


class Trouble(Exception):
    """A step with a mail server failed; the text is a sentence that says what happened and what to do.

    `lasting`: it will fail again until somebody changes something.
    """

    def __init__(self, step: Step, sentence: str, *, lasting: bool = False) -> None:
        super().__init__(sentence)
        self.step = step
        self.lasting = lasting


class Refused(Trouble):
    """The server understood, and said no; what it said is in `said`."""

    def __init__(self, step: Step, host: str, said: str) -> None:
        super().__init__(step, f"{host} refused: {said}.")
        self.said = said


def dial(host: str, port: int, seconds: float) -> socket.socket:
    """A connection to wherever this computer reaches. Raises OSError."""
    return socket.create_connection((host, port), timeout=seconds)


def connected(server: MailServer, authority: str, dial: Dial) -> socket.socket:
    """A connection to a server, secret already where that begins at once. Raises Trouble."""
    try:
        sock = dial(server.host, server.port, CONNECT_SECONDS)
    except NotAllowed as error:
        raise Trouble(Step.CONNECT, str(error), lasting=True) from error
    except (socket.gaierror, UnicodeError) as error:
        raise Trouble(
            Step.LOOK_UP, f"There is no server called {server.host}. Check the name for a slip of the pen."
        ) from error
    except TimeoutError as error:
        raise Trouble(
            Step.CONNECT,
            f"{server.host} does not answer on port {server.port}. Check the port; a firewall may be in the way.",
        ) from error
    except OSError as error:
        raise Trouble(
            Step.CONNECT,
            f"{server.host} takes no connection on port {server.port} ({error.strerror or 'refused'})."
            " Check the port, and whether the server runs.",
        ) from error
    try:
        sock.settimeout(CONNECT_SECONDS)
        if server.security is MailSecurity.TLS:
            return secured(sock, server, authority)
        if server.security is MailSecurity.NONE:
            _only_here(sock, server)
        return sock
    except BaseException:
        sock.close()
        raise


def secured(sock: socket.socket, server: MailServer, authority: str) -> socket.socket:
    """The connection, secret from now on, with who proves to be this server. Raises Trouble."""
    try:
        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if authority:
            context.load_verify_locations(cadata=authority)
        return context.wrap_socket(sock, server_hostname=server.host)
    except ssl.SSLCertVerificationError as error:
        reason = (error.verify_message or "it is not trusted").rstrip(".")
        raise Trouble(
            Step.SECURE,
            f"The certificate of {server.host} is not accepted: {reason}. Nothing was sent to it. Check the name of the"
            " server, or have its certificate put right.",
            lasting=True,
        ) from error
    except (ssl.SSLError, ValueError) as error:
        raise Trouble(
            Step.SECURE,
            f"{server.host} does not begin a secret connection on port {server.port}. Choose another port, or STARTTLS"
            " instead of TLS or the other way round.",
        ) from error
    except OSError as error:
        raise Trouble(
            Step.SECURE, f"{server.host} broke off while the connection was being made secret."
        ) from error


def _only_here(sock: socket.socket, server: MailServer) -> None:
    if not ipaddress.ip_address(sock.getpeername()[0].partition("%")[0]).is_loopback:
        raise Trouble(
            Step.SECURE,
            f"{server.host} is not this computer, so passwords and mails would travel for everybody to read. Choose TLS"
            " or STARTTLS.",
            lasting=True,
        )
