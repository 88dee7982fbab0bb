"""Everybody's devices: when they were last here, what waits on them, signing them out, and asking them to wipe."""

from agent_desktop.domain.ids import Id
from agent_desktop.store.database import Statements
from sync.protocol.administration import ManagedDevice

_ALL = (
    "SELECT d.device_id, d.user_id, d.name, d.os, d.client_version, d.created_at, d.seen_at, d.pending,"
    " CASE WHEN d.revoked_at IS NULL THEN 1 ELSE 0 END, d.wipe_requested_at, d.wiped_at"
    " FROM device d ORDER BY d.seen_at DESC, d.device_id DESC"
)
_OWNER = "SELECT user_id FROM device WHERE device_id = ?"
_WIPE = "UPDATE device SET wipe_requested_at = coalesce(wipe_requested_at, ?) WHERE device_id = ?"


def all_devices(sql: Statements) -> list[ManagedDevice]:
    """Every device that was ever signed in, the one seen last first."""
    return [
        ManagedDevice(
            id=device_id,
            user_id=user_id,
            name=name,
            os=os,
            version=version,
            created_at=created_at,
            seen_at=seen_at,
            pending=pending,
            signed_in=bool(signed_in),
            wipe_requested_at=wipe_requested_at,
            wiped_at=wiped_at,
        )
        for (
            device_id,
            user_id,
            name,
            os,
            version,
            created_at,
            seen_at,
            pending,
            signed_in,
            wipe_requested_at,
            wiped_at,
        ) in sql.execute(_ALL)
    ]


def owner_of(sql: Statements, device_id: Id) -> Id | None:
    """Whose device it is; None when there is none."""
    found = sql.execute(_OWNER, (device_id,)).fetchone()
    return None if found is None else str(found[0])


def sign_out(sql: Statements, device_id: Id, at: int) -> None:
    """Nothing that was given to this device is good any longer; what is on it stays until it signs in again."""
    for table in ("device", "sign_in"):
        sql.execute(
            f"UPDATE {table} SET revoked_at = ? WHERE device_id = ? AND revoked_at IS NULL",  # noqa: S608 - our names
            (at, device_id),
        )


def request_wipe(sql: Statements, device_id: Id, at: int) -> None:
    """Have the device destroy its keys when it is next here, or has been away for longer than its lease."""
    sql.execute(_WIPE, (at, device_id))
