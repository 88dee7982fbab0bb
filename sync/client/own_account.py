"""One's own account at a server, over HTTP."""

import math

import msgspec

from agent_desktop.domain.clock import from_microseconds
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.services.own_account import OwnDevice
from sync.client.administration import in_words
from sync.client.http import LARGEST_PROBLEM, Http, decode
from sync.protocol.account import LONGEST_TYPED, PasswordChange
from sync.protocol.messages import Devices
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
        """End what was given to a device of one's own."""
        self._do("DELETE", f"/v1/devices/{device_id}")

    def _do(self, method: str, path: str, body: bytes | None = None) -> None:
        def ask() -> None:
            try:
                answer = self._http.call(method, path, body=body, largest=LARGEST_PROBLEM)
            except Unreachable as error:
                if error.retry_after and str(error).startswith("429"):
                    seconds = math.ceil(error.retry_after)
                    raise InputError(_TOO_OFTEN.format(seconds=seconds), str(error)) from error
                raise
            if answer.body:
                raise Unreachable("an answer to nothing")  # a page of the network confirms nothing

        in_words(ask)
