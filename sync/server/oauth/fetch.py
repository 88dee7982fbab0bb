"""Asks the provider of the company: https with the certificates that this system trusts, bounded, and never sent on.

Its address comes from whoever runs the server, and may well be inside the company's own network.
"""

import contextlib
import http.client
import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from sync.server.connecting import Deadline, conversation
from sync.server.public_address import PORTS

SECONDS = 10.0
LARGEST = 512_000
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class NoAnswer(Exception):
    """The provider did not answer with what was asked for; the text is for the log of the server.

    `status` is that of its answer, where there was a whole one.
    """

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


def is_safe(url: str) -> bool:
    """Whether nobody on the way can read what is sent there: https, or this computer."""
    try:
        parts = urlsplit(url)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        return False
    host = parts.hostname or ""
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    return secure and bool(host) and port_is_right and parts.username is None


def fetch_json(
    url: str,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
) -> dict[str, Any]:
    """The JSON object at an address; with a form, the answer to posting it. Raises NoAnswer."""
    if not is_safe(url):
        raise NoAnswer("an address without https")
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    body = None if form is None else urlencode(form).encode("ascii")
    own = {"Accept": "application/json", "Accept-Encoding": "identity"}
    if body is not None:
        own["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        with Deadline(seconds, lambda: NoAnswer("it took too long")) as deadline:
            sock = socket.create_connection((host, port), timeout=seconds)
            with contextlib.closing(
                conversation(sock, parts.scheme, host, port, seconds, deadline)
            ) as connection:
                connection.request("GET" if body is None else "POST", path, body, {**own, **(headers or {})})
                with connection.getresponse() as answer:
                    content = answer.read(LARGEST + 1)
            deadline.check()  # a cut looks like an end
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(type(error).__name__) from error
    if answer.status != http.client.OK or len(content) > LARGEST:
        raise NoAnswer(f"status {answer.status}, {len(content)} bytes", answer.status)
    try:
        value = json.loads(content)
    except ValueError as error:
        raise NoAnswer("no JSON") from error
    if not isinstance(value, dict):
        raise NoAnswer("no JSON object")
    return value
