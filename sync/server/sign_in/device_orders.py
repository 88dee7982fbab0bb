"""Keeps the keys of devices in escrow, tells devices to wipe themselves, and says how long they may stay away.

A key is sealed with that of the server, which is apart from the database, and bound to the device it came from.
"""

import hmac
import threading
from datetime import timedelta

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.ids import Id
from sync.protocol.orders import Orders
from sync.server.audit import AuditLog
from sync.server.database import ServerDatabase
from sync.server.keys import NotSealedHere, ServerKey
from sync.server.sign_in.sign_ins import is_fresh
from sync.server.workspace_rules import WorkspaceRule, is_on

TIME_TO_SEND = timedelta(seconds=60)
"""So long a device that was told to wipe may still hand over what waits on it: twice what it takes itself."""
_ESCROW, _RECEIPT = "key escrow", "wipe receipt"


class DeviceRules:
    """What a workspace demands of its devices."""

    def __init__(self, database: ServerDatabase) -> None:
        self._database = database

    def lease_days(self) -> int:
        """How many days a device may be used without being here, by the policy of the workspace; 0 for ever."""
        with self._database.read() as sql:
            found = sql.execute("SELECT lease_days FROM policy").fetchone()
        return 0 if found is None else int(found[0])

    def wipes_at_once(self) -> bool:
        """Whether devices wipe themselves without sending first what waits on them."""
        with self._database.read() as sql:
            return is_on(sql, WorkspaceRule.WIPE_AT_ONCE)


class DeviceOrders:
    """One for all requests of a process. What it was asked by whom is in the audit log."""

    def __init__(self, database: ServerDatabase, clock: Clock, key: ServerKey, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._key = key
        self._audit = audit
        self.rules = DeviceRules(database)
        self._lock = threading.Lock()
        self._told: dict[Id, int] = {}

    # ----- what a device asks

    def orders(self, device_id: Id) -> Orders:
        """What a device is to do."""
        now = self._clock.now()
        wipe = self._is_to_wipe(device_id)
        return Orders(
            wipe=wipe,
            send_first=wipe and not self.rules.wipes_at_once(),
            receipt=self._receipt(device_id) if wipe else "",
            lease_days=self.rules.lease_days(),
            now=to_microseconds(now),
        )

    def refuses(self, device_id: Id) -> bool:
        """Whether a device that is to be wiped, and asks for something, gets nothing any more but its orders.

        Its time begins with the first answer that says so, whether it asks for its orders or not: who has taken the
        computer would not ask.
        """
        if self.rules.wipes_at_once():
            return True
        now = to_microseconds(self._clock.now())
        with self._lock:
            told = self._told.setdefault(device_id, now)
        return to_microseconds(self._clock.now() - TIME_TO_SEND) > told

    def keep(self, user_id: Id, device_id: Id, secret: bytes) -> bool:
        """Keep the key of a device; False for one that is to be wiped."""
        sealed = self._key.seal(_ESCROW, secret, device_id)
        with self._database.write() as sql:
            changed = sql.execute(
                "UPDATE device SET key_escrow = ?"
                " WHERE device_id = ? AND wipe_requested_at IS NULL AND revoked_at IS NULL",
                (sealed, device_id),
            )
            if changed.rowcount:
                self._audit.record(
                    sql, self._clock.now(), user_id, device_id, AuditAction.KEY_ESCROWED, device_id
                )
            return bool(changed.rowcount)

    def release(self, user_id: Id, device_id: Id) -> bytes | None:
        """The key of a device on which somebody has just signed in; None where there is none to be given."""
        now = self._clock.now()
        with self._database.write() as sql:
            found = sql.execute(
                "SELECT d.key_escrow FROM device d WHERE d.device_id = ? AND d.user_id = ?"
                " AND d.revoked_at IS NULL AND d.wipe_requested_at IS NULL",
                (device_id, user_id),
            ).fetchone()
            if found is None or found[0] is None or not is_fresh(sql, device_id, now):
                return None
            try:
                secret = self._key.open(_ESCROW, str(found[0]), device_id)
            except NotSealedHere:
                return None  # the server has another key since
            self._audit.record(sql, now, user_id, device_id, AuditAction.KEY_RELEASED, device_id)
            return secret

    def wiped(self, device_id: Id, receipt: str) -> bool:
        """A device has wiped itself: it is signed out, and its key gone. False where it was not told to."""
        if not hmac.compare_digest(self._receipt(device_id).encode(), receipt.encode()):
            return False
        now = self._clock.now()
        with self._database.write() as sql:
            found = sql.execute(
                "SELECT user_id, wiped_at FROM device WHERE device_id = ? AND wipe_requested_at IS NOT NULL",
                (device_id,),
            ).fetchone()
            if found is None:
                return False
            if found[1] is None:
                at = to_microseconds(now)
                sql.execute(
                    "UPDATE device SET wiped_at = ?, revoked_at = coalesce(revoked_at, ?), key_escrow = NULL"
                    " WHERE device_id = ?",
                    (at, at, device_id),
                )
                sql.execute(
                    "UPDATE sign_in SET revoked_at = ? WHERE device_id = ? AND revoked_at IS NULL",
                    (at, device_id),
                )
                self._audit.record(sql, now, found[0], device_id, AuditAction.WIPED, device_id)
            return True

    # ----- helpers

    def _is_to_wipe(self, device_id: Id) -> bool:
        with self._database.read() as sql:
            found = sql.execute(
                "SELECT 1 FROM device WHERE device_id = ? AND wipe_requested_at IS NOT NULL", (device_id,)
            ).fetchone()
        return found is not None

    def _receipt(self, device_id: Id) -> str:
        return self._key.digest(_RECEIPT, device_id).hex()
