"""A provider that grants access to mailboxes: codes with PKCE, refresh tokens that change, and introspection."""

import base64
import hashlib
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

from agent_desktop.domain.mail_account import MailSecurity, MailServer
from sync.channels.mail.providers import Grants, Provider
from tests.mail_servers import MailServers

CLIENT_ID, CLIENT_SECRET = "desk", "not much of a secret"


class MailProvider:
    """Runs on this computer; Dovecot asks it whose a token is. `user` is who is signed in in the browser."""

    def __init__(self, servers: MailServers) -> None:
        self.user = ""
        self.lasts = 3_600
        self.rotates = True
        """As with Microsoft: each use of a grant gives another. Google gives it once."""
        self.away = False
        self.codes: dict[str, dict[str, str]] = {}
        self.grants: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.asked: list[str] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(provider.authorize(dict(parse_qsl(urlsplit(self.path).query))))

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                form = dict(parse_qsl(self.rfile.read(length).decode()))
                self._answer(provider.post(urlsplit(self.path).path, form))

            def _answer(self, answer: tuple[int, dict[str, object] | str]) -> None:
                status, said = answer
                body = b"" if isinstance(said, str) else json.dumps(said).encode()
                self.send_response(status)
                if isinstance(said, str):
                    self.send_header("Location", said)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", servers.introspection), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        here = f"http://127.0.0.1:{servers.introspection}"
        self.record = Provider(
            name="house",
            title="House",
            domains=("example.test",),
            servers=(
                MailServer(host="localhost", port=servers.imaps),
                MailServer(host="localhost", port=servers.submission, security=MailSecurity.STARTTLS),
            ),
            grants=Grants(
                authorize=f"{here}/authorize",
                token=f"{here}/token",
                scopes=("mail", "offline_access"),
            ),
        )

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def authorize(self, asked: dict[str, str]) -> tuple[int, str]:
        """The person agrees at once."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return 302, f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def post(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, object] | str]:
        if path == "/introspect":
            user = self.tokens.get(form.get("token", ""))
            return 200, {"active": user is not None, "username": user or ""}
        if self.away:
            return 503, {}
        self.asked.append(form["grant_type"])
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "authorization_code":
            begun = self.codes.pop(form["code"], None)
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if (
                begun is None
                or begun["code_challenge"] != challenge
                or begun["redirect_uri"] != form["redirect_uri"]
            ):
                return 400, {"error": "invalid_grant"}
            lasting = "offline_access" in begun["scope"].split() or begun.get("access_type") == "offline"
            return self._granted(self.user, lasting=lasting)
        used = form["refresh_token"]
        user = self.grants.pop(used, None) if self.rotates else self.grants.get(used)
        return (
            (400, {"error": "invalid_grant"}) if user is None else self._granted(user, lasting=self.rotates)
        )

    def _granted(self, user: str, *, lasting: bool) -> tuple[int, dict[str, object]]:
        token, grant = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.tokens[token] = user
        answer: dict[str, object] = {"access_token": token, "expires_in": self.lasts, "token_type": "Bearer"}
        if not lasting:
            return 200, answer
        self.grants[grant] = user
        return 200, {**answer, "refresh_token": grant}
