"""What a caller may say to a server means the same on both databases, and is never an error. The command asks more."""

import random
import sqlite3
from collections.abc import Callable, Collection

import psycopg
import pytest

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import compared
from agent_desktop.store.database import Statements
from sync.server import file_rights
from sync.server.feed import SET_BACK
from sync.server.sign_in import accounts
from tests.postgres import PostgresServer
from tests.security import fuzzed_server
from tests.security.fuzzed_server import Question, ask_both, both, run

pytestmark = pytest.mark.peer
ExpectLog = Callable[[str], None]


def asked(
    server: PostgresServer,
    kind: Callable[[random.Random], Question],
    monkeypatch: pytest.MonkeyPatch,
    count: int = 150,
) -> None:
    """Many questions of one kind."""
    monkeypatch.setattr(fuzzed_server, "QUESTIONS", (kind,))
    with both(server, 0) as sides:
        assert ask_both(sides, random.Random(0), count) > count // 10


def test_whatever_is_said_is_answered_alike(postgres_server: PostgresServer, expect_log: ExpectLog) -> None:
    expect_log(SET_BACK)  # some say that they have seen what is not there yet
    assert run(postgres_server, 500, 0) > 250, "questions that are refused ask no database"


@pytest.mark.parametrize("kind", fuzzed_server.KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_question_is_answered(
    postgres_server: PostgresServer,
    kind: Callable[[random.Random], Question],
    monkeypatch: pytest.MonkeyPatch,
    expect_log: ExpectLog,
) -> None:
    if kind is fuzzed_server.pull:
        expect_log(SET_BACK)
    asked(postgres_server, kind, monkeypatch, 50)


def test_a_statement_that_takes_a_text_for_its_own_words_is_noticed(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sent(sql: Statements, names: Collection[str], user_id: Id) -> set[str]:
        found = sql.execute(f"SELECT sha256 FROM upload WHERE user_id = '{user_id}'")
        return {str(name) for (name,) in found}.intersection(names)

    monkeypatch.setattr(file_rights, "sent", sent)
    with pytest.raises((StoreError, sqlite3.Error, psycopg.Error, AssertionError)):
        asked(postgres_server, fuzzed_server.files, monkeypatch)


def test_a_statement_that_means_something_else_on_postgresql_is_noticed(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def users_called(sql: Statements, email: str, *, disabled: bool = False) -> list[Id]:
        if "\0" in email or not email.isprintable():
            return []
        found = sql.execute('SELECT id FROM "user" WHERE email LIKE ? ORDER BY id', (compared(email),))
        return [user_id for (user_id,) in found]

    monkeypatch.setattr(accounts, "users_called", users_called)
    with pytest.raises((psycopg.Error, AssertionError)):
        asked(postgres_server, fuzzed_server.addresses, monkeypatch)
