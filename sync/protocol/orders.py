"""What a server has to say to one device alone: to give its key up, and how long it may be used without the server."""

import msgspec

ORDERS_HEADER = "Agent-Desktop-Orders"
"""On any answer to a device that is to ask for its orders now."""


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What this device is to do. `now` is the time of the server, in microseconds.

    With `wipe` it destroys its keys and what they open, after it has sent what waits for at most half a minute where
    `send_first` says so; `receipt` proves afterwards that it was this device. `lease_days`: so long it may be used
    without being here; 0 for ever.
    """

    wipe: bool = False
    send_first: bool = False
    receipt: str = ""
    lease_days: int = 0
    now: int = 0


class DeviceKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key of the profile on a device, in hexadecimal."""

    secret: str


class WipeReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A device has destroyed what it was told to."""

    device_id: str
    receipt: str
