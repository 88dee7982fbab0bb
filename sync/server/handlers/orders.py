"""What one device asks for itself: its orders, and its key."""

from http import HTTPStatus
from typing import cast

from starlette.responses import Response

from sync.protocol.orders import DeviceKey, Orders, WipeReceipt
from sync.server.call import Call
from sync.server.refusals import forbidden, invalid, not_found

_LENGTH = 64
_NO_KEY = (
    "The server has no key that it may give out here. It gives one only on the computer that it came from, right"
    " after signing in there."
)


def orders(call: Call) -> Orders:
    """What this device is to do."""
    return call.services.orders.orders(call.session.device_id)


def keep_key(call: Call) -> None:
    """Take the key of this device into escrow."""
    secret = cast(DeviceKey, call.body).secret
    try:
        raw = bytes.fromhex(secret)
    except ValueError:
        raw = b""
    if len(secret) != _LENGTH or len(raw) * 2 != _LENGTH:
        raise invalid(f"secret: {_LENGTH} hexadecimal digits are expected")
    if not call.services.orders.keep(call.session.user_id, call.session.device_id, raw):
        raise forbidden("This device is to be wiped.")


def release_key(call: Call) -> DeviceKey:
    """The key of this device, for whoever has just signed in here."""
    secret = call.services.orders.release(call.session.user_id, call.session.device_id)
    if secret is None:
        raise not_found(_NO_KEY)
    return DeviceKey(secret=secret.hex())


async def wiped(call: Call) -> Response:
    """A device, which has no token any more, tells that it has wiped itself."""
    receipt = cast(WipeReceipt, call.body)
    services = call.services
    if not await services.workers.run(services.orders.wiped, receipt.device_id, receipt.receipt):
        raise not_found("No such device was told to wipe itself.")
    await services.workers.run(services.tell_sessions)
    return Response(status_code=HTTPStatus.NO_CONTENT)
