"""What a workspace demands of signing in."""

from enum import StrEnum

from sync.server.database import ServerDatabase


class SignInRule(StrEnum):
    """A rule that is on or off; off unless somebody turned it on."""

    BROWSER_ONLY = "browser_only"
    """Passwords are typed in the browser alone, never in the program."""
    SECOND_FACTOR = "second_factor"
    """Whoever signs in with a password needs a second factor, and is led through setting one up."""


class SignInRules:
    """Reads and sets the rules of one workspace."""

    def __init__(self, database: ServerDatabase) -> None:
        self._database = database

    def is_on(self, rule: SignInRule) -> bool:
        """Whether a rule holds."""
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT value FROM sign_in_rule WHERE name = ?", (rule.value,)
            ).fetchone()
        return found is not None and found[0] == "on"

    def set(self, rule: SignInRule, on: bool) -> None:
        """Let a rule hold, or not."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO sign_in_rule (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (rule.value, "on" if on else "off"),
            )
