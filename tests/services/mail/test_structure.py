"""The tree of a mail's parts, whole and broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.mail.structure import MAX_DEPTH, MAX_PARTS, Part, read_structure


def outline(part: Part) -> object:
    """The media types of a tree."""
    return (part.media_type, *map(outline, part.children)) if part.children else part.media_type


def bodies(raw: bytes) -> list[bytes]:
    """What the leaves hold, in order."""

    def leaves(part: Part) -> list[Part]:
        return [leaf for child in part.children for leaf in leaves(child)] if part.children else [part]

    return [raw[leaf.start : leaf.end] for leaf in leaves(read_structure(raw).root)]


NESTED = b"""From: a@b
Content-Type: multipart/mixed; boundary=out

preamble
--out
Content-Type: multipart/alternative; boundary="out2"

--out2

plain
--out2
Content-Type: text/html

<p>html
--out2--
epilogue
--out
Content-Type: application/pdf

PDF

--out--
epilogue
"""


def test_parts_lie_where_their_boundaries_say() -> None:
    tree = outline(read_structure(NESTED).root)
    assert tree == (
        "multipart/mixed",
        ("multipart/alternative", "text/plain", "text/html"),
        "application/pdf",
    )
    assert bodies(NESTED) == [b"plain", b"<p>html", b"PDF\n"]
    assert read_structure(NESTED).problems == []


def test_windows_line_ends_change_nothing() -> None:
    assert bodies(NESTED.replace(b"\n", b"\r\n")) == [b"plain", b"<p>html", b"PDF\r\n"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a\n\ntwo", [b"one", b"two"]),  # no end
        (b"Content-Type: multipart/mixed; boundary=a\n\nno part at all", [b"no part at all"]),
        (b"Content-Type: multipart/mixed\n\nno boundary", [b"no boundary"]),
        (
            b"Content-Type: multipart/mixed\n\nold\n--x\nContent-Type: a/b\n\none\n--x\n\ntwo\n--x--",
            [b"one", b"two"],
        ),
        (b"Content-Type: multipart/mixed; boundary=a\n\n--ab\nContent-Type: a/b\n\none\n--ab--", [b"one"]),
        (
            b"Content-Type: multipart/mixed; boundary=a\n\n--ab\nContent-Type: a/b\n\n--a\n\none\n--a--",
            [b"one"],
        ),
        (b"\n\nSubject: x\n\nbody", [b"body"]),
        (b"  \t \r\nSubject: x\n\nbody", [b"body"]),
        (b"From me Mon Jan 1\n>From you Tue\nSubject: x\n\nbody", [b"body"]),
        (b"Subject: x\nno header line\n\nbody", [b"no header line\n\nbody"]),
        (b"Subject: x\nno header line\nTo: y\n\nbody", [b"body"]),
        (b"only text", [b"only text"]),
        (b"", [b""]),
    ],
)
def test_broken_mails_keep_their_words(raw: bytes, expected: list[bytes]) -> None:
    assert bodies(raw) == expected


def test_an_outer_boundary_ends_what_is_open_inside() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n"
    raw = b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" + inner + b"--a\n\ntwo\n--a--"
    assert bodies(raw) == [b"one", b"two"]


def test_digests_hold_mails() -> None:
    raw = b"Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: inner\n\nx\n--a--"
    assert outline(read_structure(raw).root) == ("multipart/digest", "message/rfc822")


def test_depth_and_number_of_parts_are_limited() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2_000))
    wide = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 5_000
    part, depth = read_structure(deep).root, 0
    while part.children:
        part, depth = part.children[0], depth + 1
    assert depth == MAX_DEPTH
    assert len(read_structure(wide).root.children) == MAX_PARTS - 1
    assert read_structure(deep).problems
    assert read_structure(wide).problems


PIECES = st.lists(
    st.sampled_from(
        [b"Content-Type: multipart/mixed; boundary=a\n", b"Content-Type: multipart/mixed; boundary=ab\n", b"--a\n",
         b"--ab\n", b"--a--\n", b"--ab--\r\n", b"\n", b"\r\n", b"text\n", b" folded\n", b"--", b"\x00", b"a:"]
    ),
    max_size=30,
).map(b"".join)  # fmt: skip


@given(PIECES)
def test_parts_never_overlap_or_leave_the_mail(raw: bytes) -> None:
    def check(part: Part) -> None:
        assert 0 <= part.start <= len(raw)
        assert part.end <= len(raw)
        for child in part.children:
            assert child.start >= part.start
            check(child)
        for first, second in zip(part.children, part.children[1:], strict=False):
            assert first.start <= second.start

    check(read_structure(raw).root)
