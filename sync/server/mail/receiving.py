"""Reads the mail accounts of a workspace: a thread for each, and of several server processes only one reads it."""

import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.ids import Id
from sync.server.mail.accounts import LEASE, HeldPlaces, Listed, MailAccounts
from sync.server.ports import MailPlacePort, OpenMailAccount, Receiver, TakenBack

LOOK: Final = timedelta(seconds=15)
"""So often is looked for accounts that others changed or read no longer, and ours are taken again."""
STOP_SECONDS: Final = 10.0
CANNOT_BE_READ: Final = (
    "This mailbox cannot be read, for a fault in the program or in its settings. Mail waits at its server, and it is"
    " tried again. Save the settings once more; if that does not help, the server's log says more."
)
_log = logging.getLogger("agent_desktop.server")

MakeReceiver = Callable[[OpenMailAccount, MailPlacePort], Receiver | None]
"""What reads an account; None: nothing that is known here does."""


@dataclass(slots=True)
class _Running:
    edition: int
    receiver: Receiver
    thread: threading.Thread


class Receiving:
    """Starts and stops what reads accounts, as they are set up. `holder` is the name of this process.

    `alone`: no other process serves the workspace, so nobody has to be waited for who died.
    """

    def __init__(
        self,
        accounts: MailAccounts,
        places: HeldPlaces,
        make: MakeReceiver,
        holder: str,
        look: timedelta = LOOK,
        *,
        alone: bool = False,
    ) -> None:
        assert look < LEASE / 2
        self._accounts = accounts
        self._places = places
        self._make = make
        self._holder = holder
        self._look = look
        self._alone = alone
        self._running: dict[Id, _Running] = {}
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="mail-accounts", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._accounts.subscribe(self._wake.set)
        self._thread.start()

    def stop(self) -> None:
        """Read no more, at once; another process may go on."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                self._round()
            except StoreError as error:
                _log.warning("mail accounts cannot be looked up: %s", error.detail)
            except Exception:  # noqa: BLE001 - a border: a defect must be seen, and must not end all receiving
                _log.exception("mail accounts could not be looked after")
            if not self._stopping:
                self._wake.wait(self._look.total_seconds())
        self._end(list(self._running))

    def _round(self) -> None:
        if self._alone:
            self._accounts.take_all_back()
            self._alone = False
        wanted = {listed.channel_id: listed for listed in self._accounts.listed()}
        self._end(
            [
                channel_id
                for channel_id, running in self._running.items()
                if not running.thread.is_alive()
                or channel_id not in wanted
                or wanted[channel_id].edition != running.edition
                or not self._accounts.take(channel_id, self._holder)
            ]
        )
        for channel_id, listed in wanted.items():
            if channel_id not in self._running and not self._stopping:
                self._begin(listed)

    def _begin(self, listed: Listed) -> None:
        if not self._accounts.take(listed.channel_id, self._holder):
            return
        try:
            self._read(listed)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - a border: a defect must be seen, and must not end the other accounts
            _log.exception("a mail account could not be begun")
            self._places.tell(listed.channel_id, CANNOT_BE_READ)

    def _read(self, listed: Listed) -> None:
        account = self._accounts.account(listed.channel_id)
        receiver = self._make(account, self._places) if account is not None else None
        if receiver is None:
            return
        thread = threading.Thread(target=_read, args=(receiver,), name="mail-account", daemon=True)
        thread.start()
        self._running[listed.channel_id] = _Running(listed.edition, receiver, thread)

    def _end(self, channels: list[Id]) -> None:
        for channel_id in channels:
            self._running[channel_id].receiver.stop()
        for channel_id in channels:
            self._running.pop(channel_id).thread.join(STOP_SECONDS)
            with contextlib.suppress(StoreError):  # then it ends by itself
                self._accounts.give_back(channel_id, self._holder)


def _read(receiver: Receiver) -> None:
    try:
        receiver.run()
    except TakenBack:
        _log.info("another process reads a mail account now")
    except StoreError as error:
        _log.warning("a mail account is read no longer for now: %s", error.detail)
    except Exception:  # noqa: BLE001 - a border: a defect must be seen, and must not end the other accounts
        _log.exception("a mail account could not be read")
