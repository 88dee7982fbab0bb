"""One's own account at a server, over HTTP."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

import msgspec

from agent_desktop.domain.clock import from_microseconds
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.services.own_account import OwnDevice, SignInFirst
from sync.client.administration import in_words
from sync.client.http import LARGEST_PROBLEM, Http, decode
from sync.protocol.account import LONGEST_TYPED, SIGN_IN_FIRST, PasswordChange
from sync.protocol.messages import Devices, Problem
from sync.protocol.transport import Unreachable

_TOO_LONG = f"A password has at most {LONGEST_TYPED:,} characters. Nothing was changed."
_TOO_OFTEN = "That was wrong too often. Wait {seconds:,} seconds, then try again. Nothing was changed."


class OwnAccountClient:
    """Implements the port of the services."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def change_password(self, current: str, new: str, *, sign_out_others: bool) -> None:
        """Choose another password."""
        if max(len(current), len(new)) > LONGEST_TYPED:
            raise InputError(_TOO_LONG)
        change = PasswordChange(current=current, new=new, sign_out_others=sign_out_others)
        self._do("POST", "/v1/account/password", msgspec.json.encode(change))

    def devices(self) -> tuple[OwnDevice, ...]:
        """One's own devices, the one seen last first."""
        found = in_words(lambda: decode(self._http.call("GET", "/v1/devices"), Devices))
        return tuple(
            OwnDevice(
                id=device.id,
                name=device.name,
                os=device.os,
                seen_at=from_microseconds(device.seen_at),
                pending=device.pending,
                signed_in=device.signed_in,
                this=device.this,
            )
            for device in found.devices
        )

    def sign_out(self, device_id: Id) -> None:
        """End what was given to a device of one's own. Raises SignInFirst."""
        self._do("DELETE", f"/v1/devices/{device_id}", refusals={SIGN_IN_FIRST: SignInFirst})

    def _do(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        refusals: Mapping[str, type[InputError]] = MappingProxyType({}),
    ) -> None:
        """Ask for something that is answered by nothing. `refusals`: what is raised, by the code of the problem."""

        def ask() -> None:
            try:
                answer = self._http.call(
                    method, path, body=body, largest=LARGEST_PROBLEM, expected=(HTTPStatus.FORBIDDEN,)
                )
            except Unreachable as error:
                if error.retry_after and str(error).startswith("429"):
                    seconds = math.ceil(error.retry_after)
                    raise InputError(_TOO_OFTEN.format(seconds=seconds), str(error)) from error
                raise
            if answer.status == HTTPStatus.FORBIDDEN:
                problem = decode(answer, Problem)
                raise refusals.get(problem.code, InputError)(problem.sentence)
            if answer.body:
                raise Unreachable("an answer to nothing")  # a page of the network confirms nothing

        in_words(ask)
