"""Does what the server says to this device alone: give its key into escrow, keep to a lease, and wipe itself."""

import threading
from collections.abc import Callable

from agent_desktop.cli.keeping import Keeper
from agent_desktop.domain.clock import Clock
from agent_desktop.services.lease import Lease
from agent_desktop.store.settings import SettingStore
from sync.client.http import Http
from sync.client.orders import deposit_key
from sync.protocol.orders import Orders

TIME_TO_SEND = 30.0
"""Seconds in which what waits may still be sent before everything is removed."""
_STEP = 0.25


class Obeying:
    """For one open profile.

    `waiting` counts what has not been sent, `forget` gives the tokens up, and `wiped` is called once nothing can be
    read any more.
    """

    def __init__(
        self,
        keeper: Keeper,
        settings: SettingStore,
        clock: Clock,
        http: Http,
        device_id: Callable[[], str],
        waiting: Callable[[], int],
        forget: Callable[[], None],
        wiped: Callable[[], None],
    ) -> None:
        self._keeper = keeper
        self._lease = Lease(settings)
        self._clock = clock
        self._http = http
        self._device_id = device_id
        self._waiting = waiting
        self._forget = forget
        self._wiped = wiped

    def obey(self, orders: Orders, stopping: threading.Event) -> None:
        """Do it. Raises Unreachable, Refused and StoreError: then it is done at the next contact."""
        device_id = self._device_id()
        if orders.wipe:
            if orders.send_first:
                self._let_send(stopping)
            if not stopping.is_set():
                # The key goes first: from then on it does not matter what becomes of the rest.
                self._keeper.begin_wipe(device_id, orders.receipt, self._http.address.url)
                self._forget()
                self._wiped()
            return
        self._lease.renew(orders.lease_days, orders.now, self._clock.now())
        if device_id:
            self._keeper.escrow(device_id, lambda secret: deposit_key(self._http, secret))

    def _let_send(self, stopping: threading.Event) -> None:
        left = TIME_TO_SEND
        while left > 0 and self._waiting() and not stopping.wait(_STEP):
            left -= _STEP
