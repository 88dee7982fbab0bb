"""An OpenID provider on loopback: discovery, authorization code with PKCE, keys that rotate, and lies on demand."""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from agent_desktop.domain.clock import SystemClock

CLIENT_ID, CLIENT_SECRET = "agent-desktop@company", "s3cret:with/letters"
Claims = dict[str, Any]


@dataclass(frozen=True)
class Key:
    """A key pair of the provider."""

    kid: str
    private: Any
    algorithm: str = "RS256"

    @property
    def public(self) -> dict[str, Any]:
        """As it stands in the JWKS."""
        kind = jwt.get_algorithm_by_name(self.algorithm)
        document = json.loads(kind.to_jwk(self.private.public_key()))
        return {**document, "kid": self.kid, "use": "sig", "alg": self.algorithm}


def rsa_key(kid: str) -> Key:
    return Key(kid, rsa.generate_private_key(public_exponent=65_537, key_size=2_048))


def ec_key(kid: str) -> Key:
    return Key(kid, ec.generate_private_key(ec.SECP256R1()), "ES256")


@dataclass
class Provider:
    """What it says, and what it was asked. `sign` makes the token of the claims; a test may make it lie."""

    url: str = ""
    person: Claims = field(
        default_factory=lambda: {"sub": "anna-1", "email": "anna@example.com", "email_verified": True}
    )
    key: Key = field(default_factory=lambda: rsa_key("k1"))
    published: list[Key] = field(default_factory=list)
    claims: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[["Provider", Claims], str] | None = None
    document: Callable[[Claims], Claims] = lambda document: document
    refuses: bool = False
    answers_as: str = ""
    """The issuer that it names when it sends the browser back; empty: itself."""
    asked: list[str] = field(default_factory=list)
    wanted: dict[str, str] = field(default_factory=dict)
    """What it was last asked when somebody was to sign in."""
    codes: dict[str, Claims] = field(default_factory=dict)

    def keys(self) -> list[Key]:
        return self.published or [self.key]

    # ----- endpoints

    def answer(
        self, method: str, target: str, body: bytes, authorization: str
    ) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(target)
        self.asked.append(parts.path)
        query = dict(parse_qsl(parts.query))
        match method, parts.path:
            case "GET", "/.well-known/openid-configuration":
                return _json(
                    self.document(
                        {
                            "issuer": self.url,
                            "authorization_endpoint": f"{self.url}/authorize",
                            "token_endpoint": f"{self.url}/token",
                            "jwks_uri": f"{self.url}/keys",
                        }
                    )
                )
            case "GET", "/keys":
                return _json({"keys": [key.public for key in self.keys()]})
            case "GET", "/authorize":
                return self._authorize(query)
            case "POST", "/token":
                return self._token(dict(parse_qsl(body.decode())), authorization)
        return 404, {}, b""

    def _authorize(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        self.wanted = query
        back = {"state": query["state"], "iss": self.answers_as or self.url}
        if self.refuses:
            back["error"] = "access_denied"
        else:
            code = back["code"] = secrets.token_urlsafe(16)
            self.codes[code] = {**query}
        return 303, {"Location": f"{query['redirect_uri']}?{urlencode(back)}"}, b""

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, str], bytes]:
        expected = f"{quote(CLIENT_ID, safe='')}:{quote(CLIENT_SECRET, safe='')}"
        asked = self.codes.pop(form.get("code", ""), None)
        made = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        right = (
            asked is not None
            and authorization == f"Basic {base64.b64encode(expected.encode()).decode()}"
            and form["grant_type"] == "authorization_code"
            and form["redirect_uri"] == asked["redirect_uri"]
            and made.rstrip(b"=").decode() == asked["code_challenge"]
        )
        if asked is None or not right:
            return 400, {"Content-Type": "application/json"}, b'{"error":"invalid_grant"}'
        now = int(SystemClock().now().timestamp())
        claims = self.claims(
            {
                "iss": self.url,
                "aud": CLIENT_ID,
                "iat": now,
                "exp": now + 300,
                "nonce": asked["nonce"],
                **self.person,
            }
        )
        token = self.sign(self, claims) if self.sign else signed(self.key, claims)
        return _json({"access_token": "x", "token_type": "Bearer", "id_token": token})


def signed(key: Key, claims: Claims, **header: str) -> str:
    return jwt.encode(claims, key.private, key.algorithm, headers={"kid": key.kid, **header})


def _json(value: Claims) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


@contextmanager
def provider() -> Iterator[Provider]:
    """One that answers."""
    here = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, headers, content = here.answer(
                self.command, self.path, body, self.headers.get("Authorization", "")
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    here.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
