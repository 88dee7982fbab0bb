"""Whatever a caller may say to a server, said to one on SQLite and one on PostgreSQL: no errors, and equal answers.

    python -m tests.security.fuzzed_server --questions 50000

What is said goes through the types of the wire as a request does; what they refuse never reaches a database. Both
databases are asked by the same text of each statement: one that takes a value for its own words, or means something
else on the other, shows as an error or a difference. Rows that equal something are also held to what Python says.
"""

import argparse
import json
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.entities import ENTITY_BY_TABLE
from agent_desktop.domain.errors import InputError, Rejected
from agent_desktop.domain.ids import TimeOrderedIds, derived_id
from agent_desktop.domain.records import plan_of
from agent_desktop.domain.rows import Entity
from agent_desktop.store.bulk import encode
from agent_desktop.store.rows import select_equal
from sync.protocol.administration import AuditQuery, NewInvitation
from sync.protocol.messages import DeviceFacts, PushRequest
from sync.server import file_rights
from sync.server.answering import Asker
from sync.server.backend import Backend
from sync.server.body import convert, decode
from sync.server.database import ServerDatabase
from sync.server.handlers.exchange import PullQuery, ScanQuery
from sync.server.handlers.paths import checked_id
from sync.server.keys import ServerKey
from sync.server.mail.accounts import HeldPlaces, MailAccounts
from sync.server.oauth.invited import invite, take_invitation
from sync.server.opening import open_database
from sync.server.ports import MailPlace
from sync.server.refusals import Refusal
from sync.server.rows import VersionedRows
from sync.server.seed import Seed
from sync.server.sign_in import invitations, managed_devices
from sync.server.sign_in.accounts import Accounts
from sync.server.sign_in.devices import devices_of
from tests.factories import ADMIN, ANNA, BEN, make_user, small_workspace
from tests.fakes import START
from tests.postgres import PostgresServer
from tests.security.fuzzed_operations import operations
from tests.security.fuzzed_values import EMAILS, STORED, numbers, stored_or_not, texts
from tests.sync.files import TEMPLATES, counting
from tests.sync.server.team import CHEAP, PASSWORD

USERS = (ADMIN.id, ANNA.id, BEN.id)
COPIES = 8
EPOCH = "fuzzed"
REFUSED = "refused:"
Question = Callable[["Side"], object]


class Side:
    """One of two servers with the same workspace, at the same time."""

    def __init__(self, address: str) -> None:
        self.schema = TEMPLATES.server_schema
        self.clock = ManualClock(START)
        self.ids = TimeOrderedIds(self.clock, counting())
        self.database: ServerDatabase = open_database(address, self.schema)
        self.backend = Backend(self.database, self.schema, self.clock, self.ids)
        self.key = ServerKey(bytes(range(32)))
        self.accounts = Accounts(self.database, self.schema, self.clock, self.ids, CHEAP, self.key)
        self.mail = MailAccounts(self.database, self.key, self.clock)
        self.places = HeldPlaces(self.database, self.clock, "holder")

    def fill(self, rows: list[Entity], chance: random.Random) -> None:
        """The workspace, with hostile texts in every column, and what the server keeps beside it."""
        self.backend.store.start()
        seed = Seed(self.database, self.schema)
        seed.add(encode(self.schema.tables, rows))
        seed.seal()
        for email in EMAILS:
            user_id = f"mail-{EMAILS.index(email)}"
            self.accounts.set_password(user_id, PASSWORD)
        with self.database.write() as sql:
            sql.execute("UPDATE head SET epoch = ?", (EPOCH,))
            for _ in range(60):
                action, who = chance.choice(tuple(AuditAction)), chance.choice((*USERS, *STORED))
                at = START + timedelta(seconds=chance.randrange(100))
                about = chance.choice((None, *STORED))
                self.backend.store.audit.record(sql, at, who, None, action, about)
            for text in STORED:
                file_rights.note_sent(sql, text, chance.choice(USERS), START)
                account = ("INSERT INTO mail_account (channel_id, settings, edition, holder, lease_until, problem)"
                           " VALUES (?, '{}', 1, 'holder', 0, '')")  # fmt: skip
                sql.execute(account, (text,))
            for client in ("c-1", "%", "_", "'"):
                sql.execute("INSERT INTO client VALUES (?, ?, 3, 1)", (client, chance.choice(USERS)))

    def answer(self, question: Question) -> str:
        """What it says, or why it does not, as text."""
        try:
            found = question(self)
        except (Refusal, Rejected, InputError, PermissionError) as refused:
            return f"{REFUSED} {type(refused).__name__}: {refused}"
        except ValueError as refused:
            if type(refused) is not ValueError:  # such as a text that no file can hold
                raise
            return f"{REFUSED} ValueError"
        return msgspec.json.encode(found, enc_hook=str).decode()


def said_as(body: object) -> bytes:
    """A body as somebody may write it, half pairs of surrogates included."""
    return json.dumps(body).encode()


# ----- questions


def audit(chance: random.Random) -> Question:
    """A page of the audit log."""
    query = {
        "before": numbers(chance),
        "actions": ",".join(chance.choices((*(action.value for action in AuditAction), "x.y", "'"), k=3)),
        "actor": stored_or_not(chance, *USERS),
        "about": stored_or_not(chance),
        "since": numbers(chance),
        "until": numbers(chance),
    }
    asked = {name: str(value) for name, value in query.items() if chance.random() < 0.4}
    asker = Asker(chance.choice((ADMIN.id, ADMIN.id, stored_or_not(chance, ANNA.id))))
    return lambda side: side.backend.administration.audit(asker, convert(asked, AuditQuery))


def lists(chance: random.Random) -> Question:
    """Devices and invitations, of everybody and of one."""
    user_id, named = stored_or_not(chance, *USERS), texts(chance)

    def ask(side: Side) -> object:
        with side.database.read() as sql:
            return [
                managed_devices.all_devices(sql),
                devices_of(side.database, user_id, None, 0),
                invitations.listed(sql),
                invitations.good(sql, named, side.clock.now()),
            ]

    return ask


def managing(chance: random.Random) -> Question:
    """Invite, withdraw, sign out and wipe what is named, or one of those that are there."""
    named, which = chance.choice((*USERS, texts(chance))), chance.randrange(20)
    what, user_id, exists = chance.randrange(5), chance.choice(USERS), chance.random() < 0.6

    def ask(side: Side) -> object:
        administration, asker = side.backend.administration, Asker(ADMIN.id)
        if what == 0:
            body = said_as({"user_id": named, "days": 7})
            return administration.invite(asker, decode(body, NewInvitation))[0].id
        table, key = ("invitation", "invitation_id") if what == 1 else ("device", "device_id")
        with side.database.read() as sql:
            there = [row_id for (row_id,) in sql.execute(f"SELECT {key} FROM {table} ORDER BY {key}")]
        row_id = checked_id(there[which % len(there)] if there and exists else named)
        if what == 4:
            return side.accounts.revoke_device(user_id, row_id, user_id)
        do = (administration.withdraw, administration.sign_out, administration.wipe)[what - 1]
        return do(asker, row_id)

    return ask


def devices(chance: random.Random) -> Question:
    """Signing in on a device that says anything of itself."""
    said = {"name": texts(chance), "os": texts(chance), "version": texts(chance)[:40], "id": texts(chance)}
    user_id = chance.choice(USERS)

    def ask(side: Side) -> object:
        facts = decode(said_as(said), DeviceFacts)
        return side.accounts.begin(user_id, facts, method="password").device_id

    return ask


def pull(chance: random.Random) -> Question:
    """Everything after a version."""
    asked = {
        "client_id": chance.choice(("c-1", texts(chance))),
        "epoch": chance.choice((EPOCH, EPOCH, texts(chance))),
        "since": chance.choice(("0", "1", str(numbers(chance)))),
    }
    user_id = stored_or_not(chance, *USERS)

    def ask(side: Side) -> object:
        query = convert(asked, PullQuery)
        found = side.backend.pull(user_id, query.client_id, query.epoch, query.since)
        rows = {table: sorted(map(list, part.rows), key=str) for table, part in found.tables.items()}
        removed = {table: sorted(ids) for table, ids in found.removed.items()}
        return [found.upto, found.ack, found.acked, found.resync, found.more, rows, removed,
                sorted(found.gained), sorted(found.lost)]  # fmt: skip

    return ask


def scan(chance: random.Random) -> Question:
    """A page of a first sync."""
    place = f"{chance.choice((*ENTITY_BY_TABLE, 'active', 'x'))}:{texts(chance)}"
    asked = {
        "client_id": chance.choice(("c-1", texts(chance))),
        "upto": chance.choice(("0", "1", str(numbers(chance)))),
        "after": chance.choice((place, place, texts(chance))),
        "scopes": ",".join(chance.choice(("w", "i", "p", texts(chance))) for _ in range(3)),
    }
    user_id = stored_or_not(chance, *USERS)
    if chance.random() < 0.5:
        del asked["after"]

    def ask(side: Side) -> object:
        query = convert(asked, ScanQuery)
        scopes = tuple(scope for scope in query.scopes.split(",") if scope)
        return side.backend.scan(user_id, query.client_id, query.upto, query.after, scopes)

    return ask


def digest(chance: random.Random) -> Question:
    """What somebody should hold."""
    user_id = chance.choice((*USERS, stored_or_not(chance)))
    return lambda side: side.backend.digest(user_id)


def files(chance: random.Random) -> Question:
    """Who may read and name files."""
    names, scopes = [stored_or_not(chance) for _ in range(3)], ["w", "i", stored_or_not(chance)]
    user_id = chance.choice((*USERS, stored_or_not(chance)))

    def ask(side: Side) -> object:
        access = file_rights.FileAccess(side.database)
        with side.database.read() as sql:
            found = (
                file_rights.shown(sql, names, scopes),
                file_rights.named(sql, names),
                file_rights.sent(sql, names, user_id),
            )
        return [*map(sorted, found), access.may_read(names[0], user_id), access.may_name(names[0], user_id)]

    return ask


def mail(chance: random.Random) -> Question:
    """Accounts and places of channels; what a mail server says of itself is anything."""
    channel_id, folder, said = stored_or_not(chance), stored_or_not(chance), texts(chance)
    place = MailPlace(chance.randrange(2**32), chance.randrange(2**32), START)

    def ask(side: Side) -> object:
        side.places.tell(channel_id, said)
        if channel_id in STORED:
            side.places.move_place(channel_id, folder, place)
        with side.database.read() as sql:
            kept = sql.execute("SELECT problem FROM mail_account WHERE channel_id = ?", (channel_id,))
            problems = [problem for (problem,) in kept]
        found = side.places.place(channel_id, folder)
        return [problems, found]

    return ask


def addresses(chance: random.Random) -> Question:
    """Who signs in by an address, was invited by it, or has a device."""
    email = chance.choice(
        (*EMAILS, *(name.swapcase() for name in EMAILS), f" {texts(chance)}@x.org", texts(chance))
    )
    invited = chance.random() < 0.3

    def ask(side: Side) -> object:
        if invited:
            invite(side.database, "mail-0", side.clock.now())
        with side.database.write() as sql:
            taken = take_invitation(sql, email, 0)
        side.accounts.tell_of_guessing(email)
        return [taken, side.accounts.verified(email, PASSWORD), side.accounts.has_device(email, "c-1")]

    return ask


def rows_of(chance: random.Random) -> Question:
    """Rows of any entity whose fields equal anything."""
    entity = chance.choice(tuple(ENTITY_BY_TABLE.values()))
    kinds = {plan.name: plan for plan in plan_of(entity)}
    equal: dict[str, str | int | None] = {}
    for name in chance.sample(sorted(kinds), chance.randrange(1, 3)):
        plan = kinds[name]
        if plan.optional and chance.random() < 0.3:
            equal[name] = None
        elif plan.plain_type in (int, bool):
            equal[name] = max(-(2**63), min(numbers(chance), 2**63 - 1))
        else:
            equal[name] = stored_or_not(chance)
    ids = [stored_or_not(chance, *USERS) for _ in range(3)]

    def ask(side: Side) -> object:
        with side.database.snapshot() as sql:
            mapping = side.schema.tables[entity]
            rows = VersionedRows(sql, side.schema.tables, 1)
            rows.expect(entity, ids)
            there = [
                mapping.parameters(mapping.row(values)) for values in sql.execute(mapping.select_all_sql)
            ]
            found = [mapping.parameters(row) for row in select_equal(sql, mapping, equal)]
            expected = [row for row in there if all(row[name] == value for name, value in equal.items())]
            assert found == sorted(expected, key=lambda row: str(row["id"])), (entity.table, equal)
            named = [rows.get(entity, row_id) for row_id in ids]
            assert [row and row.id for row in named] == [
                row_id if any(row["id"] == row_id for row in there) else None for row_id in ids
            ]
            return found

    return ask


def push(chance: random.Random) -> Question:
    """An operation of any kind with anything in it: its verdict. One that fails was an error of the database."""
    name, version, payload = operations(chance)
    user_id, operation_id = chance.choice(USERS), derived_id(START, "pushed", str(chance.random()))
    client_id = f"pushing-{operation_id}"
    wire = {"id": operation_id, "number": 1, "kind": name, "version": version, "at": 1_700_000_000_000_000,
            "seen": 0, "payload": payload}  # fmt: skip
    body = said_as({"client_id": client_id, "epoch": EPOCH, "operations": [wire]})

    def ask(side: Side) -> object:
        said = side.backend.push(user_id, decode(body, PushRequest))
        with side.database.read() as sql:
            judged = "SELECT verdict, reason FROM operation WHERE operation_id = ?"
            verdicts = [tuple(row) for row in sql.execute(judged, (operation_id,))]
        assert not any(verdict == "failed" for verdict, _ in verdicts), (name, payload)
        return [said.expected, verdicts]

    return ask


KINDS = (audit, lists, managing, devices, pull, scan, digest, files, mail, addresses, rows_of, push)
QUESTIONS = (*KINDS, *(rows_of,) * 5)
"""Rows of entities are looked up by most of what a server does."""


# ----- running


def hostile_rows(chance: random.Random) -> list[Entity]:
    """Rows of every entity, some with texts in them that somebody might try."""
    rows = list(small_workspace())
    named = [
        make_user(id=f"mail-{number}", name="Somebody", email=email) for number, email in enumerate(EMAILS)
    ]
    copies = [
        copy
        for row in rows
        if row.table not in ("workspace", "policy", "user")
        for copy in _copies(row, chance)
    ]
    return [replace(row, ver=1) for row in (*rows, *named, *copies)]


def _copies(row: Entity, chance: random.Random) -> Iterator[Entity]:
    for number in range(COPIES):
        changes: dict[str, Any] = {
            plan.name: chance.choice(STORED)
            for plan in plan_of(type(row))
            if plan.plain_type is str and plan.decode is None and chance.random() < 0.5
        }
        changes["id"] = derived_id(START, row.id, str(number))
        changes["scope"] = chance.choice(("w", "i", "p", f"u:{ANNA.id}", *STORED))
        yield replace(row, **changes)


def ask_both(sides: tuple[Side, Side], chance: random.Random, count: int) -> int:
    """So many questions to both; how many were answered and not refused. AssertionError for the first that differs."""
    answered = 0
    for _ in range(count):
        kind = chance.choice(QUESTIONS)
        question = kind(chance)
        here, there = (side.answer(question) for side in sides)
        assert here == there, (kind.__name__, here[:2_000], there[:2_000])
        answered += not here.startswith(REFUSED)
    return answered


@contextmanager
def both(server: PostgresServer, seed: int) -> Iterator[tuple[Side, Side]]:
    """Two servers with the same workspace."""
    address = server.new_schema()
    with TemporaryDirectory(prefix="fuzz-") as folder:
        sides = (Side(f"sqlite:///{Path(folder) / 'server.db'}"), Side(address))
        try:
            for side in sides:
                side.fill(hostile_rows(random.Random(seed)), random.Random(seed))
            yield sides
        finally:
            for side in sides:
                side.database.close()
            server.drop(address)


def run(server: PostgresServer, questions: int, seed: int) -> int:
    """Ask, then compare every table; how many questions were answered and not refused."""
    with both(server, seed) as sides:
        answered = ask_both(sides, random.Random(seed), questions)
        for mapping in TEMPLATES.server_schema.tables.all():
            here, there = (sorted(map(tuple, _all(side, mapping.select_all_sql)), key=str) for side in sides)
            assert here == there, mapping.entity.table
    return answered


def _all(side: Side, statement: str) -> list[Any]:
    with side.database.read() as sql:
        return list(sql.execute(statement).fetchall())


def main() -> int:
    """Ask as many as wanted, with a new workspace every thousand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=50_000)
    parser.add_argument("--start", type=int, default=0)
    options = parser.parse_args()
    server = PostgresServer()
    try:
        done, answered, seed = 0, 0, options.start
        while done < options.questions:
            count = min(1_000, options.questions - done)
            answered += run(server, count, seed)
            done, seed = done + count, seed + 1
    finally:
        server.remove()
    print(json.dumps({"questions": done, "answered": answered, "differences": 0, "errors": 0}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
