"""What the server says to this device alone: asked on a thread of its own, whenever the server may have news of it."""

import logging
import threading
from collections.abc import Callable
from contextlib import closing

import msgspec

from agent_desktop.domain.errors import AppError
from sync.client.address import ServerAddress
from sync.client.http import LARGEST_PROBLEM, Http, decode
from sync.protocol.orders import DeviceKey, Orders, WipeReceipt
from sync.protocol.transport import Refused, Unreachable

EVERY = 3_600.0
"""Seconds after which the server is asked again in any case: a lease is counted from then."""
_log = logging.getLogger("agent_desktop.sync.orders")


def ask_orders(http: Http) -> Orders:
    """What this device is to do. Raises Unreachable or Refused."""
    return decode(http.call("GET", "/v1/device/orders", largest=LARGEST_PROBLEM), Orders)


def deposit_key(http: Http, secret: str) -> None:
    """Have the server keep the key of this profile. Raises Unreachable or Refused."""
    answer = http.call("PUT", "/v1/device/key", body=msgspec.json.encode(DeviceKey(secret=secret)))
    if answer.status != 204 or answer.body:
        raise Unreachable("an answer to nothing")


def fetch_key(http: Http) -> str | None:
    """The key that the server keeps for this device; None where it has none to give. Raises Unreachable or Refused."""
    answer = http.call("GET", "/v1/device/key", largest=LARGEST_PROBLEM, expected=(404,))
    return None if answer.status == 404 else decode(answer, DeviceKey).secret


def tell_wiped(address: ServerAddress, device_id: str, receipt: str) -> bool:
    """Tell the server that this device has wiped itself; False while it cannot be told."""
    body = msgspec.json.encode(WipeReceipt(device_id=device_id, receipt=receipt))
    with closing(Http(address)) as http:
        try:
            answer = http.call(
                "POST",
                "/v1/device/wiped",
                body=body,
                signed_in=False,
                largest=LARGEST_PROBLEM,
                expected=(404,),
            )
        except (Unreachable, Refused):
            return False
    return answer.status in (204, 404)


class OrderFollower:
    """Asks, and has what is said done: `obey` may take its time and is told when it has to stop."""

    def __init__(self, ask: Callable[[], Orders], obey: Callable[[Orders, threading.Event], None]) -> None:
        self._ask = ask
        self._obey = obey
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="orders", daemon=True)

    def start(self) -> None:
        """Begin to ask in the background."""
        self._thread.start()

    def look(self) -> None:
        """The server can be reached again, or said that there is something; may be called on any thread."""
        self._wake.set()

    def stop(self) -> None:
        """End after what is being done; whoever closes the line before ends it at once."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(EVERY)
            self._wake.clear()
            if self._stopping.is_set():
                return
            try:
                self._obey(self._ask(), self._stopping)
            except (Unreachable, Refused) as error:
                _log.info("the server gave no orders: %s", type(error).__name__)
            except AppError as error:
                _log.warning("an order could not be carried out now: %s", type(error).__name__)
            except Exception:  # noqa: BLE001 - a border: a defect must be seen, and must not end the asking
                _log.exception("following orders failed")
