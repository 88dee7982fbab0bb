"""Only what our own mail server wrote about a sender counts, whatever a mail claims of itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.mail.authentication import read_authentication
from agent_desktop.services.mail.headers import Headers
from agent_desktop.services.mail.parse import parse_mail

HOST = "mx.ours.example"


def read(*lines: str, host: str = HOST) -> str:
    """What is read from a mail that begins with these fields."""
    return read_authentication(parse_mail("\n".join([*lines, "From: a@b", "", "x"]).encode()).headers, host)


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
        == "spf=fail dkim=none"
    )


def test_the_topmost_result_holds() -> None:
    assert (
        read(f"Authentication-Results: {HOST}; dmarc=fail", f"Authentication-Results: {HOST}; dmarc=pass")
        == "dmarc=fail"
    )


def test_one_good_signature_among_several_is_enough() -> None:
    assert (
        read(f"Authentication-Results: {HOST}; dkim=fail header.d=list; dkim=pass header.d=b") == "dkim=pass"
    )


@given(
    st.lists(
        st.sampled_from([HOST, "evil", ";", "dmarc=pass", "(", ")", '"', "\\", " ", "=", "spf/1=fail"])
    ).map("".join)
)
def test_any_field_is_read(value: str) -> None:
    headers = Headers((("authentication-results", value.encode()),))
    assert set(read_authentication(headers, HOST).split()) <= {"spf=fail", "dmarc=pass"}
    assert read_authentication(headers, "other.example") == ""
