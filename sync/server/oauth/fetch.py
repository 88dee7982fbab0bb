"""Asks the provider of the company: https with the certificates that this system trusts, bounded, and never sent on.

Its address comes from whoever runs the server, and may well be inside the company's own network.
"""

import http.client
import json
import ssl
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

SECONDS = 10.0
LARGEST = 512_000
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class NoAnswer(Exception):
    """The provider did not answer with what was asked for; the text is for the log of the server."""


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
    url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object at an address; with a form, the answer to posting it. Raises NoAnswer."""
    if not is_safe(url):
        raise NoAnswer("an address without https")
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = (
        http.client.HTTPSConnection(host, parts.port, timeout=SECONDS, context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
    )
    # A server that drips bytes would never let the time of a single read pass.
    watchdog = threading.Timer(SECONDS, connection.close)
    watchdog.daemon = True
    watchdog.start()
    try:
        path = parts.path or "/"
        if parts.query:
            path = f"{path}?{parts.query}"
        body = None if form is None else urlencode(form).encode("ascii")
        own = {"Accept": "application/json"}
        if body is not None:
            own["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("GET" if body is None else "POST", path, body, {**own, **(headers or {})})
        answer = connection.getresponse()
        content = answer.read(LARGEST + 1)
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
        raise NoAnswer(type(error).__name__) from error
    finally:
        watchdog.cancel()
        connection.close()
    if answer.status != http.client.OK or len(content) > LARGEST:
        raise NoAnswer(f"status {answer.status}, {len(content)} bytes")
    try:
        value = json.loads(content)
    except ValueError as error:
        raise NoAnswer("no JSON") from error
    if not isinstance(value, dict):
        raise NoAnswer("no JSON object")
    return value
