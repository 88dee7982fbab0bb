"""Address lists, honest and deceiving."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.mail.addresses import MAX_ADDRESSES, Address, parse_addresses


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@b.c", [("", "a@b.c")]),
        ("Ann <a@b.c>", [("Ann", "a@b.c")]),
        ('"Last, First" <a@b.c>, d@e.f', [("Last, First", "a@b.c"), ("", "d@e.f")]),
        (r'"Say \"hi\"" <a@b.c>', [('Say "hi"', "a@b.c")]),
        ("a@b.c (Ann (the first))", [("Ann the first", "a@b.c")]),
        ("=?utf-8?q?J=C3=B6rg?= <a@b.c>", [("Jörg", "a@b.c")]),
        ("=?utf-8?q?x=2C_evil=40e=2Ef?= <a@b.c>", [("x, evil@e.f", "a@b.c")]),  # no second recipient
        ("undisclosed-recipients:;", []),
        ("Team: a@b.c, d@e.f;", [("", "a@b.c"), ("", "d@e.f")]),
        ("Whomever", [("Whomever", "")]),
        ("<@relay,@other:a@b.c>", [("", "a@b.c")]),
        ('"quoted local"@b.c', [("", '"quotedlocal"@b.c')]),
        ("mailto:a@b.c", [("", "a@b.c")]),
        ("Ann <a@b.c", [("Ann", "a@b.c")]),
        ("Ann\u202e <a@\u200bb.c>", [("Ann", "a@b.c")]),
        (",, ;", []),
        ("bank@good.example <evil@bad.example>", [("bank@good.example", "evil@bad.example")]),
    ],
)
def test_addresses(value: str, expected: list[tuple[str, str]]) -> None:
    found, _ = parse_addresses(value)
    assert [(address.name, address.address) for address in found] == expected


def test_only_so_many_addresses_are_taken() -> None:
    found, all_taken = parse_addresses(", ".join(f"u{number}@x" for number in range(10_000)))
    assert (len(found), all_taken) == (MAX_ADDRESSES, False)
    assert parse_addresses("a@b, c@d") == ((Address("", "a@b"), Address("", "c@d")), True)


@given(st.text(alphabet='ab@.,;:<>()"\\ \n=?é', max_size=120))
def test_nothing_breaks_the_reading_and_nothing_invisible_comes_out(value: str) -> None:
    found, _ = parse_addresses(value)
    for address in found:
        assert address.address == "".join(address.address.split())
        assert "\n" not in address.name
