"""The devices of users, as they are kept: who has which, what it told of itself, and when it was last here."""

from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.records import storable_text
from agent_desktop.store.database import Statements
from sync.protocol.messages import Device, DeviceFacts
from sync.server.database import ServerDatabase

MOST = 20
"""So many devices a user may have signed in; one more signs the one unused for longest out."""


class DeviceRows:
    """Writes the rows of devices, in the caller's transaction. Times are in microseconds."""

    def __init__(self, ids: IdSource) -> None:
        self._ids = ids

    def enter(self, sql: Statements, user_id: Id, facts: DeviceFacts, at: int) -> Id:
        """The id of a device of a user who signs in there: the one it had, or a new one.

        A device that is to be wiped stays what it is, and whoever signs in there has a new one.
        """
        facts = _storable(facts)
        if facts.id is not None:
            found = sql.execute(
                "SELECT 1 FROM device WHERE device_id = ? AND user_id = ? AND wipe_requested_at IS NULL",
                (facts.id, user_id),
            ).fetchone()
            if found is not None:
                sql.execute(
                    "UPDATE device SET name = ?, revoked_at = NULL WHERE device_id = ?",
                    (facts.name, facts.id),
                )
                self.note(sql, facts.id, facts, at)
                return facts.id
        self._make_room(sql, user_id, at)
        device_id = self._ids.new()
        sql.execute(
            "INSERT INTO device (device_id, user_id, name, os, client_version, pending, created_at, seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (device_id, user_id, facts.name, facts.os, facts.version, facts.pending, at, at),
        )
        return device_id

    def note(self, sql: Statements, device_id: Id, facts: DeviceFacts | None, at: int) -> None:
        """It was here, and said this of itself; what it left out stays."""
        if facts is None:
            sql.execute("UPDATE device SET seen_at = ? WHERE device_id = ?", (at, device_id))
            return
        facts = _storable(facts)
        sql.execute(
            "UPDATE device SET seen_at = ?, os = coalesce(?, os), client_version = coalesce(?, client_version),"
            " pending = coalesce(?, pending) WHERE device_id = ?",
            (at, facts.os or None, facts.version or None, facts.pending, device_id),
        )

    @staticmethod
    def _make_room(sql: Statements, user_id: Id, at: int) -> None:
        spare = sql.execute(
            "SELECT device_id FROM device WHERE user_id = ? AND revoked_at IS NULL"
            " ORDER BY seen_at DESC, device_id DESC LIMIT 1000 OFFSET ?",
            (user_id, MOST - 1),
        ).fetchall()
        for (device_id,) in spare:
            for table in ("device", "sign_in"):
                sql.execute(
                    f"UPDATE {table} SET revoked_at = ? WHERE device_id = ? AND revoked_at IS NULL",  # noqa: S608 - our names
                    (at, device_id),
                )


def _storable(facts: DeviceFacts) -> DeviceFacts:
    """What a device says of itself, with what no database can hold put right."""
    name, os, version = map(storable_text, (facts.name, facts.os, facts.version))
    return DeviceFacts(name=name, os=os, version=version, id=facts.id, pending=facts.pending)


def sign_out_everywhere(sql: Statements, user_id: Id, at: int, but: Id = "") -> list[Id]:
    """Sign all devices of a user out, except perhaps one; which those were that were not signed out before."""
    those = "user_id = ? AND revoked_at IS NULL AND device_id <> ?"
    values = (user_id, but)
    found = sql.execute(
        f"SELECT device_id FROM device WHERE {those}",  # noqa: S608 - from code
        values,
    ).fetchall()
    for table in ("device", "sign_in"):
        sql.execute(
            f"UPDATE {table} SET revoked_at = ? WHERE {those}",  # noqa: S608 - our names
            (at, *values),
        )
    return [device_id for (device_id,) in found]


def devices_of(database: ServerDatabase, user_id: Id, asking: Id | None, at: int) -> list[Device]:
    """The devices of a user, the one seen last first; `asking` is the one that wants to know."""
    with database.read() as connection:
        found = connection.execute(
            "SELECT d.device_id, d.name, d.os, d.client_version, d.created_at, d.seen_at, d.pending,"
            " d.revoked_at IS NULL AND EXISTS (SELECT 1 FROM sign_in s WHERE s.device_id = d.device_id"
            " AND s.revoked_at IS NULL AND s.expires_at > ?)"
            " FROM device d WHERE d.user_id = ? ORDER BY d.seen_at DESC, d.device_id DESC",
            (at, user_id),
        )
        return [
            Device(
                id=device_id,
                name=name,
                os=os,
                version=version,
                created_at=created_at,
                seen_at=seen_at,
                pending=pending,
                signed_in=bool(signed_in),
                this=device_id == asking,
            )
            for device_id, name, os, version, created_at, seen_at, pending, signed_in in found
        ]
