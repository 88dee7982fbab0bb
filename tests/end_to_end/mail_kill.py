"""Kills a server at random moments while mail arrives and replies leave, and looks what is left.

`python -m tests.end_to_end.mail_kill --mails 1000 --replies 200 --kills 100` does so with SQLite, and with
`--postgresql` on that. Each needs Dovecot and Postfix, and root to start them.
"""

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import connection as connections
from pathlib import Path
from random import Random

from agent_desktop.domain.mail_account import AfterReading
from tests.end_to_end.mail_checks import Found, check
from tests.end_to_end.mail_plan import planned_mails
from tests.end_to_end.mail_scene import PATIENCE, Client, Office, World
from tests.mail_servers import MailServers
from tests.postgres import PostgresServer

_LONGEST_ROUND = 1.2
"""Seconds between a start and the kill."""
_CUTS = 0.3
"""Before so many kills all connections of Postfix are cut as well."""


class Strikes:
    """Kills the server so often, while mails are delivered and replies are pushed a few at a time."""

    def __init__(self, office: Office, mails: int, replies: int, seed: int) -> None:
        self._office = office
        self._random = Random(seed)
        self.mails = planned_mails(mails, office.box.address, self._random)
        self.client = Client(office, replies)
        self._world = World(office, seed)
        self.amid: Counter[str] = Counter()
        self.kills = self.cuts = 0

    def run(self, kills: int) -> Found:
        """Strike, let everything come to an end, and look."""
        try:
            for number in range(kills):
                self._release(number, kills)
                self._office.start()
                self._await_progress(self._random.uniform(0, _LONGEST_ROUND))
                self._strike()
        finally:
            self._office.start()
            self._world.end()
            self.client.end()
        assert not self._world.problems, self._world.problems
        assert not self.client.problem, self.client.problem
        self._settle()
        return check(self._office, self.client, self.mails)

    def _release(self, number: int, kills: int) -> None:
        def share(count: int) -> slice:
            return slice(count * number // kills, count * (number + 1) // kills)

        self._world.release(self.mails[share(len(self.mails))])
        replies = list(self.client.recipients)
        self.client.release(replies[share(len(replies))])

    def _await_progress(self, seconds: float) -> None:
        """A third of the kills come right after something was done, a third while a reply is on its way, where one is,
        and the others whenever they come.
        """
        end = time.monotonic() + _LONGEST_ROUND * 4
        match self._random.randrange(3):
            case 0:
                before = self._done()
                while self._done() == before and time.monotonic() < end:
                    connections.wait([], 0.03)
                connections.wait([], seconds * 0.2)
            case 1:
                while not self._is_on_its_way() and time.monotonic() < end:
                    connections.wait([], 0.003)
                connections.wait([], seconds * 0.02)
            case _:
                connections.wait([], seconds)

    def _is_on_its_way(self) -> bool:
        outbound = self._office.outbound()
        return bool(outbound.get("trying", 0) or outbound.get("sending", 0))

    def _done(self) -> tuple[int, int, int]:
        inbound, outbound = self._office.inbound(), self._office.outbound()
        return inbound.get("done", 0), sum(inbound.values()), outbound.get("sent", 0)

    def _strike(self) -> None:
        if self._random.random() < _CUTS:
            self.cuts += self._office.servers.cut_postfix()
        self._office.kill(self._look)
        self.kills += 1

    def _look(self) -> None:
        self.amid["mails waiting"] += self._office.inbound().get("waiting", 0) > 0
        self.amid["a reply on its way"] += self._is_on_its_way()

    def _settle(self) -> None:
        """Until nothing waits; what is put off by minutes has its time pass."""
        while True:
            before, end = self._done(), time.monotonic() + PATIENCE
            while not self._quiet():
                if self._done() != before:
                    before, end = self._done(), time.monotonic() + PATIENCE
                assert time.monotonic() < end, (self._office.inbound(), self._office.outbound())
                connections.wait([], 0.3)
            self._office.kill()
            if not self._unsent():
                return
            self._office.start()

    def _quiet(self) -> bool:
        """Nothing is going on: every mail was fetched and is a message, and no reply can leave at this time."""
        office = self._office
        wanted = {mail.message_id for mail in self.mails}
        outbound = office.outbound()
        if office.inbound().get("waiting", 0) or outbound.get("trying", 0):
            return False
        now = time.time_ns() // 1_000
        with office.database.read() as connection:
            (due,) = connection.execute(
                "SELECT count(*) FROM outbound WHERE (state = 'queued' AND not_before <= ?)"
                " OR (state = 'sending' AND lease_until <= ?)",
                (now, now),
            ).fetchone()
            names = connection.execute(
                "SELECT external_id FROM message WHERE external_id IS NOT NULL"
            ).fetchall()
            (reports,) = connection.execute(
                "SELECT count(*) FROM message m JOIN outbound o ON o.message_id = m.id"
                " WHERE o.state = 'sent' AND m.delivery = 'sent' AND m.\"to\" LIKE '%bounce%'"
            ).fetchone()
        return due == 0 and reports == 0 and wanted <= {name for (name,) in names}

    def _unsent(self) -> int:
        outbound = self._office.outbound()
        return sum(outbound.get(state, 0) for state in ("queued", "trying", "sending"))

    def words(self) -> str:
        """What was done to the server."""
        amid = ", ".join(f"{count} with {what}" for what, count in self.amid.items())
        again = f"{self._world.retried} deliveries tried again"
        return f"{self.kills} kills ({amid}), {self.cuts} connections of Postfix cut, {again}"


@contextmanager
def office_on(postgresql: bool, folder: Path, servers: MailServers) -> Iterator[Office]:
    """A server on one of the databases; mails that it has read are moved away, or only marked."""
    cluster = PostgresServer() if postgresql else None
    try:
        address = f"sqlite:///{folder / 'server.db'}" if cluster is None else cluster.new_schema()
        office = Office(folder, address, servers, AfterReading.SEEN if postgresql else AfterReading.MOVE)
        try:
            yield office
        finally:
            office.close()
    finally:
        if cluster is not None:
            cluster.remove()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it as a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=1_000, metavar="N")
    parser.add_argument("--replies", type=int, default=200, metavar="N")
    parser.add_argument("--kills", type=int, default=100, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.ERROR)
    started = time.monotonic()
    servers = MailServers()
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            office_on(options.postgresql, Path(folder), servers) as office,
        ):
            strikes = Strikes(office, options.mails, options.replies, options.seed)
            found = strikes.run(options.kills)
            print(f"{strikes.words()} in {time.monotonic() - started:.0f} s: {found}")
    finally:
        servers.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
