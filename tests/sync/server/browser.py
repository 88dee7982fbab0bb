"""A browser that signs in: it keeps cookies, fills in forms and goes where it is sent, up to the program."""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from html import unescape
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

PATIENCE = 30
REDIRECT = "http://127.0.0.1:51234/cb"
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_FORM = re.compile(r"<form.*?</form>", re.DOTALL)


class Browser:
    """One person at one server."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = requests.Session()
        self.session.trust_env = False
        self.answer: requests.Response = requests.Response()
        self.verifier = secrets.token_urlsafe(48)
        self.asked = {
            "response_type": "code",
            "client_id": "agent-desktop",
            "redirect_uri": REDIRECT,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            "state": "st-1",
            "device": "Laptop",
        }

    def close(self) -> None:
        self.session.close()

    def open(self, **changes: str) -> requests.Response:
        """The first page."""
        return self.get("/oauth/authorize", {**self.asked, **changes})

    def get(self, path: str, query: Mapping[str, str] | None = None) -> requests.Response:
        self.answer = self.session.get(
            urljoin(self.address, path), params=query, timeout=PATIENCE, allow_redirects=False
        )
        return self.answer

    def submit(self, do: str, **fields: str) -> requests.Response:
        """Fill in the form that does this, and send it."""
        return self.go({**self.hidden(do), **fields})

    def go(self, fields: Mapping[str, str]) -> requests.Response:
        """Send what no page need have asked for."""
        self.answer = self.session.post(
            f"{self.address}/oauth/authorize", data=fields, timeout=PATIENCE, allow_redirects=False
        )
        return self.answer

    def hidden(self, do: str) -> dict[str, str]:
        """What the page itself put into the form."""
        for form in _FORM.findall(self.answer.text):
            found = {name: unescape(value) for name, value in _HIDDEN.findall(form)}
            if found.get("do") == do:
                return found
        raise AssertionError(f"no form to {do}: {self.answer.text}")

    def field(self, name: str) -> str:
        """The field of this name on the page, as it was sent."""
        found = re.search(rf'<input id="{name}"[^>]*>', self.answer.text)
        assert found, self.answer.text
        return found[0]

    def password(self, email: str, password: str, **more: str) -> requests.Response:
        return self.submit("password", email=email, password=password, **more)

    @property
    def came_back(self) -> dict[str, str]:
        """What the program is told, once the browser was sent there."""
        assert self.answer.status_code == 303, self.answer.text
        location = self.answer.headers["Location"]
        assert location.startswith(REDIRECT + "?"), location
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    def exchange(self, code: str, **changes: str) -> requests.Response:
        """Tokens for a code, as the program asks."""
        return self.token(
            **{
                "grant_type": "authorization_code",
                "code": code,
                "code_verifier": self.verifier,
                "redirect_uri": REDIRECT,
                "client_id": "agent-desktop",
                **changes,
            }
        )

    def token(self, **fields: str) -> requests.Response:
        return self.session.post(f"{self.address}/oauth/token", data=fields, timeout=PATIENCE)

    def link(self, path: str) -> str:
        """Where a link of the page leads."""
        found = re.search(rf'href="({re.escape(path)}[^"]*)"', self.answer.text)
        assert found is not None, self.answer.text
        return unescape(found[1])


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
