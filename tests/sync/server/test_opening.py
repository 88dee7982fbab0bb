"""Which databases are opened, by their addresses."""

import pytest

from agent_desktop.domain.errors import InputError
from sync.server.opening import check_line

AWAY = (
    "postgresql://anna@db.example.com/desk",
    "postgresql+psycopg://anna:secret@10.0.0.7:5432/desk",
    "postgresql://anna@localhost,db.example.com/desk",
    "postgresql:///desk?host=db.example.com",
    "postgresql://anna@[2001:db8::7]/desk",
    "postgresql://anna@127.evil.example/desk",
)
HERE = (
    "postgresql:///desk",
    "postgresql://anna@localhost/desk",
    "postgresql://anna@127.0.0.1:5433/desk",
    "postgresql://anna@[::1]/desk",
    "postgresql:///desk?host=/var/run/postgresql",
    "postgresql+psycopg://anna@127.0.0.1/desk?options=-csearch_path%3Dother",
)


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGSSLMODE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("address", AWAY)
def test_a_database_elsewhere_needs_a_word_on_its_line(address: str) -> None:
    with pytest.raises(InputError, match="sslmode=verify-full") as refused:
        check_line(address)
    assert "secret" not in refused.value.sentence
    mark = "&" if "?" in address else "?"
    for word in ("verify-full", "disable"):
        check_line(f"{address}{mark}sslmode={word}")


@pytest.mark.parametrize("address", HERE)
def test_one_on_this_machine_needs_none(address: str) -> None:
    check_line(address)


def test_variables_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db.example.com")
    with pytest.raises(InputError, match=r"db\.example\.com"):
        check_line("postgresql:///desk")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    check_line("postgresql:///desk")


def test_what_is_no_address_is_said() -> None:
    with pytest.raises(InputError, match="must be given as"):
        check_line("postgresql://anna@host:port:port/desk?nonsense=1")
