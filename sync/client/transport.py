"""The protocol over HTTP: each call, its envelope, and the proof that the answer belongs to it."""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from agent_desktop.store.row_file import is_row_file
from sync.client.http import JSON, LARGEST_PROBLEM, MESSAGE_PACK, Answer, Http, decode
from sync.protocol.messages import (
    BlobState,
    DeviceFacts,
    Digest,
    Hello,
    OAuthMetadata,
    PresenceRequest,
    Problem,
    PullAnswer,
    PushAnswer,
    PushRequest,
    ScanAnswer,
    SignedIn,
    SignInRequest,
    TokenAnswer,
)
from sync.protocol.transport import RefusalReason, Refused, Unreachable

T = TypeVar("T", bound=msgspec.Struct)
_TOO_LARGE = 413


class HttpTransport:
    """Transport and FileTransport to a server. One call at a time; the methods raise as the ports say."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def close(self) -> None:
        """End the call that runs, on whichever thread, and refuse others."""
        self._http.close()

    # ----- who is there

    def hello(self) -> Hello:
        """Ask what the server is."""
        return decode(self._http.call("GET", "/v1/sync/hello", signed_in=False), Hello)

    def sign_in(self, request: SignInRequest) -> SignedIn | Problem:
        """Get tokens for this device, or the `Problem` of why not."""
        body = msgspec.json.encode(request)
        answer = self._http.call(
            "POST",
            "/v1/sign-in",
            body=body,
            signed_in=False,
            largest=LARGEST_PROBLEM,
            expected=(401, 403),
        )
        return decode(answer, SignedIn) if answer.status < 300 else decode(answer, Problem)

    def metadata(self) -> OAuthMetadata | None:
        """How to sign in with a browser; None where the server is older than this."""
        path = "/.well-known/oauth-authorization-server"
        answer = self._http.call("GET", path, signed_in=False, largest=LARGEST_PROBLEM, expected=(404,))
        if answer.status < 300:
            return decode(answer, OAuthMetadata)
        decode(answer, Problem)  # only our server's word counts
        return None

    def exchange_code(self, code: str, verifier: str, redirect_uri: str) -> SignedIn:
        """Tokens for what the browser brought. Raises Refused when it is not, or no longer, good."""
        answer = self._token(
            grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=redirect_uri
        )
        if answer is None:
            raise Unreachable("no token endpoint")
        return SignedIn(
            token=answer.access_token,
            user_id=answer.user_id,
            name=answer.name,
            email=answer.email,
            workspace=answer.workspace,
            refresh_token=answer.refresh_token,
            expires_in=answer.expires_in,
            device_id=answer.device_id,
        )

    def renew(self, token: str, attempt: str, facts: DeviceFacts) -> TokenAnswer | None:
        """The next tokens; None where the server is older than this. Raises Refused when the sign-in has ended."""
        told = {"os": facts.os, "version": facts.version}
        if facts.pending is not None:
            told["pending"] = str(facts.pending)
        return self._token(grant_type="refresh_token", refresh_token=token, attempt=attempt, **told)

    def _token(self, **fields: str) -> TokenAnswer | None:
        answer = self._http.call(
            "POST",
            "/oauth/token",
            body=urlencode({**fields, "client_id": "agent-desktop"}).encode("ascii"),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            signed_in=False,
            largest=LARGEST_PROBLEM,
            expected=(400, 404),
        )
        if answer.status < 300:
            return decode(answer, TokenAnswer)
        problem = decode(answer, Problem)
        if answer.status == 404:
            return None
        if problem.code == "invalid_grant":
            raise Refused(RefusalReason.SIGN_IN, problem.sentence)
        raise Unreachable(f"token endpoint: {problem.code}")

    def revoke(self, token: str) -> None:
        """Have the server forget this device. Raises Unreachable when it could not be told."""
        answer = self._http.call(
            "POST",
            "/oauth/revoke",
            body=urlencode({"token": token}).encode("ascii"),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            signed_in=False,
            largest=LARGEST_PROBLEM,
            expected=(404,),
        )
        if answer.status == 404:
            decode(answer, Problem)
            raise Unreachable("no revocation endpoint")

    def sign_out(self) -> None:
        """Tell the server to forget the token that is shown."""
        _nothing(self._http.call("POST", "/v1/sign-out", largest=LARGEST_PROBLEM))

    # ----- operations and rows

    def push(self, request: PushRequest) -> PushAnswer:
        """Hand over operations."""
        answer = self._post("/v1/sync/push", request, PushAnswer)
        _require(answer.client_id == request.client_id, "another client's answer")
        _require(answer.resync or answer.epoch == request.epoch, "another epoch's answer")
        return answer

    def pull(self, client_id: str, epoch: str, since: int, wait: int = 0) -> PullAnswer:
        """Ask for everything after a version; with `wait`, the server takes up to so many seconds to have some."""
        query = {"client_id": client_id, "epoch": epoch, "since": str(since)}
        if wait:
            query["wait"] = str(wait)
        answer = decode(self._http.call("GET", "/v1/sync/pull", query=query, wait=wait), PullAnswer)
        _require(answer.client_id == client_id, "another client's answer")
        if not answer.resync:
            _require(answer.epoch == epoch, "another epoch's answer")
            _require(answer.since == since <= answer.upto, "the answer to another question")
        return answer

    def scan(
        self, client_id: str, epoch: str, upto: int, after: str | None, scopes: Sequence[str] = ()
    ) -> ScanAnswer:
        """Ask for the next page of a first sync, or of these scopes alone.

        An answer of another epoch is handed on: the server was restored, and the scan begins anew.
        """
        query = {"client_id": client_id, "epoch": epoch, "upto": str(upto), "row_file": "true"}
        if after is not None:
            query["after"] = after
        if scopes:
            query["scopes"] = ",".join(scopes)
        # As a file within JSON the rows would be a third larger, and hardly be packed.
        headers = {"Accept": f"{MESSAGE_PACK}, {JSON}"}
        answer = decode(self._http.call("GET", "/v1/sync/scan", query=query, headers=headers), ScanAnswer)
        _require(answer.client_id == client_id, "another client's answer")
        _require(answer.epoch != epoch or upto in (0, answer.upto), "the answer to another question")
        _require(not answer.row_file or is_row_file(answer.row_file), "rows that are none")
        return answer

    def digest(self) -> Digest:
        """Ask what this user's replica should hold."""
        return decode(self._http.call("GET", "/v1/sync/digest"), Digest)

    def presence(self, request: PresenceRequest) -> None:
        """Say what this user does just now."""
        body = msgspec.json.encode(request)
        _nothing(self._http.call("POST", "/v1/sync/presence", body=body, largest=LARGEST_PROBLEM))

    # ----- files

    def open_blob(self, sha256: str, size: int) -> BlobState:
        """Ask how much of a file the server has, announcing it when it has nothing."""
        body = msgspec.json.encode({"sha256": sha256, "size": size})
        answer = self._http.call(
            "POST", "/v1/blobs", body=body, largest=LARGEST_PROBLEM, expected=(_TOO_LARGE,)
        )
        if answer.status == _TOO_LARGE:
            raise Refused(RefusalReason.TOO_LARGE, decode(answer, Problem).sentence)
        return _of_file(decode(answer, BlobState), sha256, size)

    def send_blob(self, sha256: str, size: int, offset: int, chunk: bytes) -> BlobState:
        """Hand over the next piece of a file."""
        headers = {"Content-Type": "application/octet-stream", "Upload-Offset": str(offset)}
        answer = self._http.call(
            "PATCH", f"/v1/blobs/{sha256}", body=chunk, headers=headers, largest=LARGEST_PROBLEM
        )
        return _of_file(decode(answer, BlobState), sha256, size)

    def size_of_blob(self, sha256: str) -> int:
        """Ask how large a file is, in bytes, by asking for its first."""
        answer = self._http.call("GET", f"/v1/blobs/{sha256}", headers=_range(0, 1), largest=1)
        _, _, total = answer.headers.get("Content-Range", "").partition("/")
        if answer.status == 206 and total.isascii() and total.isdecimal():
            return int(total)
        _require(answer.status == 200, "no size")
        return len(
            answer.body
        )  # a server may send a file of one byte, or none, without being asked for a part

    def fetch_blob(self, sha256: str, offset: int, length: int) -> bytes:
        """Ask for a piece of a file: so many bytes, no more and no fewer."""
        headers = _range(offset, length)
        answer = self._http.call("GET", f"/v1/blobs/{sha256}", headers=headers, largest=length)
        _require(len(answer.body) == length, "a piece of another length")
        whole = answer.status == 200 and offset == 0
        part = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {offset}-")
        _require(whole or part, "another piece")
        return answer.body

    def _post(self, path: str, request: msgspec.Struct, kind: type[T]) -> T:
        return decode(self._http.call("POST", path, body=msgspec.json.encode(request)), kind)


def _range(offset: int, length: int) -> dict[str, str]:
    return {
        "Range": f"bytes={offset}-{offset + length - 1}",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
    }


def _require(right: bool, detail: str) -> None:
    if not right:
        raise Unreachable(detail)


def _nothing(answer: Answer) -> None:
    """An answer that says nothing confirms nothing either; but no page of a network's is one."""
    _require(answer.status == 204 and not answer.body, "an answer to nothing")


def _of_file(state: BlobState, sha256: str, size: int) -> BlobState:
    _require(
        state.sha256 == sha256 and state.size == size and 0 <= state.offset <= size, "another file's answer"
    )
    return state
