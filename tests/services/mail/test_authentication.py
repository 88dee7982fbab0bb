"""Only what our own mail server wrote about a sender counts, whatever a mail claims of itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.mail.authentication import NAMELESS, read_authentication
from agent_desktop.services.mail.headers import Headers
from agent_desktop.services.mail.parse import parse_mail

HOST = "mx.ours.example"


def read(*lines: str, host: str = HOST, sender: str = "a@b.example") -> str:
    """What is read from a mail that begins with these fields, and says that it is from `sender`."""
    mail = parse_mail("\n".join([*lines, f"From: {sender}", "", "x"]).encode())
    return read_authentication(mail.headers, host, mail.from_.address)


def test_the_results_of_our_server_are_read() -> None:
    field = (
        f"Authentication-Results: {HOST}; dkim=pass (2048-bit key; unprotected) header.d=b header.i=@b;\n"
        "\tspf=softfail smtp.mailfrom=a@b; dmarc=fail (p=none dis=none) header.from=b"
    )
    assert read(field) == "spf=softfail dkim=pass dmarc=fail"
    assert read(field, host="MX.Ours.Example.") == "spf=softfail dkim=pass dmarc=fail"


@pytest.mark.parametrize(
    "field",
    [
        "Authentication-Results: mx.other.example; spf=pass; dmarc=pass",
        "Authentication-Results: mx.ours.example.evil.example; dmarc=pass",
        "Authentication-Results: (mx.ours.example) evil.example; dmarc=pass",
        "Authentication-Results: evil.example; x=mx.ours.example; dmarc=pass",
        "ARC-Authentication-Results: i=1; mx.ours.example; dmarc=pass",
        "X-Authentication-Results: mx.ours.example; dmarc=pass",
        f"Authentication-Results: {HOST}; none",
        f"Authentication-Results: {HOST}; xdmarc=pass; dmarc=good; dmarc; =pass",
        f"Authentication-Results: {HOST} (comment; dmarc=pass)",
        f'Authentication-Results: {HOST}; iprev=fail policy.x="; dmarc=pass; "',
        "Received-SPF: pass",
    ],
)
def test_nothing_else_is_believed(field: str) -> None:
    assert read(field) == ""


def test_without_a_trusted_host_nothing_is_believed() -> None:
    assert read("Authentication-Results: ; dmarc=pass", host="") == ""
    assert read("Authentication-Results: x; dmarc=pass", host=" ") == ""


def test_what_lies_below_the_mark_of_the_next_server_came_with_the_mail() -> None:
    assert (
        read(
            f"Authentication-Results: {HOST}; spf=fail",
            f"Authentication-Results: {HOST} 1; dkim=none",
            "Received: from evil.example by mx.ours.example",
            f"Authentication-Results: {HOST}; spf=pass; dmarc=pass",
        )
        == "spf=fail dkim=none sender=none"
    )


def test_the_topmost_result_holds() -> None:
    assert (
        read(f"Authentication-Results: {HOST}; dmarc=fail", f"Authentication-Results: {HOST}; dmarc=pass")
        == "dmarc=fail"
    )


def test_one_good_signature_among_several_is_enough() -> None:
    assert (
        read(f"Authentication-Results: {HOST}; dkim=fail header.d=list; dkim=pass header.d=b.example")
        == "dkim=pass"
    )


@pytest.mark.parametrize(
    ("results", "vouched"),
    [
        ("dmarc=pass header.from=b.example", True),
        ("dmarc=bestguesspass action=none header.from=b.example", True),
        ("dmarc=none; dkim=pass (good) header.d=b.example header.i=@b.example", True),
        ("dkim=pass header.i=@mail.b.example", True),
        ("dmarc=none; dkim=fail header.d=b.example; spf=pass smtp.mailfrom=x+y@bounces.b.example", True),
        ("spf=pass smtp.mailfrom=B.Example", True),
        ("dmarc=none header.from=b.example; spf=pass smtp.mailfrom=x.example; dkim=pass header.d=x.example", False),
        ("spf=pass smtp.mailfrom=eve@evilb.example; dkim=none header.d=b.example", False),
        ("spf=softfail smtp.mailfrom=a@b.example", False),
        ("spf=pass smtp.mailfrom=example; dkim=pass", False),
        ("spf=pass smtp.mailfrom=eve@evil.example header.d=b.example smtp.mailfrom=b.example", False),
        ('spf=pass smtp.mailfrom="x smtp.mailfrom=b.example "@evil.example', False),
        ("dkim=pass header.d=evil.example header.i=@b.example", False),
        ("dmarc=pass header.from=evil.example", False),
    ],
)  # fmt: skip
def test_what_passed_speaks_for_its_own_domain_alone(results: str, vouched: bool) -> None:
    assert read(f"Authentication-Results: {HOST}; {results}").endswith("sender=none") is not vouched


MICROSOFT = (
    "Authentication-Results: spf=pass (sender IP is 192.0.2.1)\n smtp.mailfrom=b.example; dkim=none (not signed)\n"
    " header.d=none;dmarc={} action=none\n header.from=b.example;compauth=pass reason=100"
)


def test_microsoft_leaves_its_name_out() -> None:
    fields = (MICROSOFT.format("fail"), "Received: from mx by b", MICROSOFT.format("pass"))
    assert read(*fields, host=NAMELESS) == "spf=pass dkim=none dmarc=fail"
    assert read(fields[0], fields[2], host=NAMELESS).endswith("dmarc=fail"), "the topmost holds"
    assert read(*fields) == "", "nobody else may"
    named = f"Authentication-Results: {HOST}; dmarc=pass header.from=b.example"
    assert read(named, host=NAMELESS) == ""


def test_a_verdict_on_another_sender_of_a_mail_is_none() -> None:
    field = f"Authentication-Results: {HOST}; spf=pass; dmarc=pass header.from=evil.example"
    assert read(field, sender="a@b.example, eve@evil.example") == "spf=pass sender=none"
    field = f"Authentication-Results: {HOST}; dmarc=pass header.from=xn--bcher-kva.example"
    assert read(field, sender="a@bücher.example") == "dmarc=pass"


@given(
    st.lists(
        st.sampled_from([HOST, "evil", ";", "dmarc=pass", "(", ")", '"', "\\", " ", "=", "spf/1=fail"])
    ).map("".join)
)
def test_any_field_is_read(value: str) -> None:
    headers = Headers((("authentication-results", value.encode()),))
    assert set(read_authentication(headers, HOST, "a@b").split()) <= {"spf=fail", "dmarc=pass", "sender=none"}
    assert read_authentication(headers, "other.example", "a@b") == ""
