"""Customers from tables and records: whatever the columns are called, each person once."""

import gzip
from pathlib import Path

import pytest

from agent_desktop.domain.customer import Customer, Identity, Organization
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.importing.columns import rows_of
from agent_desktop.services.importing.reading import decoded
from agent_desktop.services.importing.report import ItemKind
from agent_desktop.services.importing.sources import SourceKind, kind_of
from tests.services.targets import Target

TABLE = (
    "Vorname;Nachname;E-Mail;Telefon;Firma;Kundennr;Notiz\n"
    "Jürgen;Groß;j@gross.example;+49 30 23125 1;Groß & Söhne;77;=1+1\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_tables_of_every_encoding_and_separator(encoding: str, separator: str) -> None:
    content = TABLE.replace(";", separator).encode(encoding)
    assert kind_of("kunden.csv", content) is SourceKind.CUSTOMERS
    assert list(rows_of(decoded(content))) == [
        (
            2,
            {
                "first_name": "Jürgen",
                "last_name": "Groß",
                "email": "j@gross.example",
                "phone": "+49 30 23125 1",
                "organization": "Groß & Söhne",
                "Kundennr": "77",
                "note": "=1+1",
            },
        )
    ]


def test_a_line_is_a_customer(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "kunden.csv"
    path.write_text(TABLE, "cp1252")
    report = target.run(path)
    assert report.added == {ItemKind.CUSTOMER: 1}
    (customer,) = target.rows(Customer)
    assert customer.name == "Jürgen Groß"
    assert customer.note == "=1+1"
    assert [(detail.label, detail.value) for detail in customer.details] == [("Kundennr", "77")]
    assert [row.name for row in target.rows(Organization)] == ["Groß & Söhne"]
    assert {(row.kind, row.address) for row in target.rows(Identity)} == {
        (ChannelKind.EMAIL, "j@gross.example"),
        (ChannelKind.PHONE, "+4930231251"),
    }


def test_the_same_person_is_there_once_and_gains_addresses(target: Target, tmp_path: Path) -> None:
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    first.write_text("name,email\nAnn,ann@example.org\nAnn,ANN@example.org\n", "utf-8")
    second.write_text("name,email,phone\nAnn Berg,ann@example.org,+44 1632 960001\n", "utf-8")
    assert target.run(first).added == {ItemKind.CUSTOMER: 1}
    report = target.run(second)
    assert (report.added, report.already_there) == ({}, {ItemKind.CUSTOMER: 1})
    assert len(target.rows(Customer)) == 1
    assert len(target.rows(Identity)) == 2


def test_lines_without_anybody_are_listed(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        'name,email,x\nAnn,a@example.org,1\n,,7\n\n"Bob, the ""Builder""",b@example.org,\n', "utf-8"
    )
    report = target.run(path)
    assert report.added == {ItemKind.CUSTOMER: 2}
    assert [(item.position, item.sentence) for item in report.skipped] == [
        ("line 3", "The line has neither a name nor an address.")
    ]
    assert 'Bob, the "Builder"' in {row.name for row in target.rows(Customer)}


def test_customers_as_records(target: Target, shared_data: Path, tmp_path: Path) -> None:
    source = tmp_path / "customers.jsonl"
    with gzip.open(
        shared_data / "customers" / "tau2_retail_customers.jsonl.gz", "rt", encoding="utf-8"
    ) as file:
        source.write_text("".join(line for line, _ in zip(file, range(30), strict=False)), "utf-8")
    report = target.run(source)
    assert report.added == {ItemKind.CUSTOMER: 30}
    assert "Aarav Brown" in {row.name for row in target.rows(Customer)}
    assert {row.location for row in target.rows(Customer)} > {"San Francisco"}
