"""Tells the server what this user does just now, on a thread of its own: nobody waits for it, and some may be lost."""

import logging
import threading

from agent_desktop.domain.ids import Id
from agent_desktop.domain.presence import Activity
from sync.client.transport import HttpTransport
from sync.protocol.messages import PresenceRequest
from sync.protocol.transport import Refused, Unreachable

_log = logging.getLogger("agent_desktop.sync.presence")


class PresenceTeller:
    """Call it from any thread. Of each conversation only the newest sign is told."""

    def __init__(self, transport: HttpTransport) -> None:
        self._transport = transport
        self._waiting: dict[Id, Activity] = {}
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)

    def __call__(self, conversation_id: Id, activity: Activity) -> None:
        """Tell it soon."""
        with self._changed:
            self._waiting[conversation_id] = activity
            self._changed.notify()

    def start(self) -> None:
        """Begin to tell in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End after the call that is under way; whoever closes the transport before ends it at once."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                if self._stopping:
                    return
                conversation_id, activity = next(iter(self._waiting.items()))
                del self._waiting[conversation_id]
            try:
                self._transport.presence(PresenceRequest(conversation_id=conversation_id, activity=activity))
            except (Unreachable, Refused) as error:
                _log.debug("not told: %s", type(error).__name__)
            except Exception:  # noqa: BLE001 - a border: a defect must be seen, and others must still be told
                _log.exception("telling presence failed")
