"""Rules of a workspace that its server alone keeps."""

from enum import StrEnum

from agent_desktop.store.database import Statements
from sync.server.database import ServerDatabase


class WorkspaceRule(StrEnum):
    """A rule that is on or off; off unless somebody turned it on."""

    BROWSER_ONLY = "browser_only"
    """Passwords are typed in the browser alone, never in the program."""
    SECOND_FACTOR = "second_factor"
    """Whoever signs in with a password needs a second factor, and is led through setting one up."""
    WIPE_AT_ONCE = "wipe_at_once"
    """Devices that are to be wiped do not send first what waits on them."""


def is_on(sql: Statements, rule: WorkspaceRule) -> bool:
    """Whether a rule holds, in the caller's transaction."""
    found = sql.execute("SELECT value FROM sign_in_rule WHERE name = ?", (rule.value,)).fetchone()
    return found is not None and found[0] == "on"


def turn(sql: Statements, rule: WorkspaceRule, on: bool) -> None:
    """Let a rule hold, or not, in the caller's transaction."""
    sql.execute(
        "INSERT INTO sign_in_rule (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (rule.value, "on" if on else "off"),
    )


class WorkspaceRules:
    """Reads and sets the rules of one workspace."""

    def __init__(self, database: ServerDatabase) -> None:
        self._database = database

    def is_on(self, rule: WorkspaceRule) -> bool:
        """Whether a rule holds."""
        with self._database.read() as connection:
            return is_on(connection, rule)

    def set(self, rule: WorkspaceRule, on: bool) -> None:
        """Let a rule hold, or not."""
        with self._database.write() as connection:
            turn(connection, rule, on)
