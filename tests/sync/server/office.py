"""Accounts on a database of either kind, with a clock that a test moves."""

from argon2 import PasswordHasher

from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.ids import TimeOrderedIds
from sync.server.backend import Backend
from sync.server.database import ServerDatabase
from sync.server.keys import ServerKey
from sync.server.sign_in.accounts import Accounts
from tests.fakes import START
from tests.sync.files import TEMPLATES
from tests.sync.server.team import CHEAP


class Office:
    """Accounts on a database of either kind."""

    def __init__(self, database: ServerDatabase) -> None:
        self.database = database
        self.clock = ManualClock(START)
        self.ids = TimeOrderedIds(self.clock)
        self.backend = Backend(database, TEMPLATES.server_schema, self.clock, self.ids)
        self.key = ServerKey(bytes(range(32)))
        self.accounts = self.accounts_with(CHEAP)

    def accounts_with(self, hasher: PasswordHasher) -> Accounts:
        return Accounts(self.database, TEMPLATES.server_schema, self.clock, self.ids, hasher, self.key)

    def known_password(self) -> str:
        with self.database.read() as connection:
            return str(connection.execute("SELECT password FROM account").fetchone()[0])

    def audited(self, action: str) -> int:
        """How often something is in the audit log."""
        with self.database.read() as connection:
            found = connection.execute("SELECT action FROM audit").fetchall()
            return found.count((action,))
