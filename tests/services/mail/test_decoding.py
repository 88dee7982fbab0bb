"""Charsets, transfer encodings and encoded words, honest and broken."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.mail.decoding import (
    codec_for,
    decode_base64,
    decode_base64_text,
    decode_text,
    decode_transfer,
    decode_words,
)

LABELS = st.sampled_from(
    ["", "utf-8", "UTF-7", "us-ascii", "iso-8859-1", "ISO-8859-15", "windows-1252", "gb2312", "Shift_JIS",
     "iso-2022-jp", "koi8-r", "utf-16", "big5", "euc-kr", "hz-gb-2312", "idna", "punycode", "x-nonsense"]
)  # fmt: skip


@pytest.mark.parametrize(
    "label", ["idna", "punycode", "unicode_escape", "raw_unicode_escape", "rot13", "zlib", "hex"]
)
def test_codecs_that_are_no_charsets_are_unknown(label: str) -> None:
    assert codec_for(label) is None


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        (b"caf\xe9", "iso-8859-1", "café"),
        (b"\x93quoted\x94", "ISO-8859-1", "“quoted”"),  # windows-1252 under a wrong name
        ("café".encode(), "us-ascii", "café"),
        (b"caf\xe9", "us-ascii", "café"),
        (b"caf\xe9", "utf-8", "café"),
        (b"caf\xe9", "x-nonsense", "café"),
        ("日本".encode("iso2022_jp"), "ISO-2022-JP", "日本"),
        ("中文".encode("gb18030"), "gb2312", "中文"),
        ("привет".encode("koi8-r"), "KOI8-R", "привет"),
    ],
)
def test_text_is_decoded_by_what_it_says_or_by_what_it_is(data: bytes, charset: str, text: str) -> None:
    assert decode_text(data, charset)[0] == text


def test_damaged_utf8_keeps_what_is_not_damaged() -> None:
    assert decode_text("grün ".encode() + b"\xff", "utf-8") == ("grün �", False)


@given(st.binary(), LABELS)
def test_any_bytes_under_any_label_become_storable_text(data: bytes, charset: str) -> None:
    decode_text(data, charset)[0].encode("utf-8")


@given(st.binary())
def test_base64_comes_back_whole(data: bytes) -> None:
    assert decode_base64(base64.encodebytes(data)) == (data, True)


@pytest.mark.parametrize(
    ("data", "content", "whole"),
    [
        (b"YWJj ZA", b"abcd", True),
        (b"YWJjZ", b"abc", False),
        (b"YQ==\r\nYg==", b"ab", True),
        (b"?!", b"", True),
    ],
)
def test_base64_is_read_as_far_as_it_goes(data: bytes, content: bytes, whole: bool) -> None:
    assert decode_base64(data) == (content, whole)


BODY = base64.encodebytes("Grüße, hier ist ein Brief.".encode() * 5)


@pytest.mark.parametrize(
    "words",
    [
        b"-- \nThis mail was scanned by example.com.",
        b"________\nteam mailing list\nhttps://lists.example/team",
        b"?garbage",
    ],
)
def test_words_below_a_text_in_base64_are_kept(words: bytes) -> None:
    text = "Grüße, hier ist ein Brief.".encode() * 5
    assert decode_base64_text(BODY + words) == (text + b"\n\n" + words, True)
    assert decode_base64_text(BODY.replace(b"\n", b"\r\n") + b"\r\n" + words) == (
        text + b"\n\n" + words,
        True,
    )
    assert decode_base64_text(words) == (words, True)


def test_base64_that_is_damaged_in_the_middle_is_no_words() -> None:
    assert decode_base64_text(BODY.replace(b"\n", b"!\n", 1)) == decode_base64(BODY)
    assert decode_base64_text(b"eeC3gtbDpCB2YWFuLgo= ignored") == (
        base64.b64decode("eeC3gtbDpCB2YWFuLgo=").rstrip() + b"\n\nignored",
        True,
    )


@given(st.binary())
def test_the_base64_of_a_text_is_read_like_any_other(data: bytes) -> None:
    assert decode_base64_text(base64.encodebytes(data)) == (data, True)


@given(st.binary(), st.sampled_from(["base64", "quoted-printable", "x-uuencode", "7bit", "nonsense"]))
def test_any_bytes_survive_any_transfer_encoding(data: bytes, encoding: str) -> None:
    decode_transfer(data, encoding)


def test_uuencoded_parts_are_read() -> None:
    assert decode_transfer(b"begin 644 a.txt\n#86)C\n`\nend\n", "x-uuencode") == (b"abc", True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?caf=C3?= =?utf-8?q?=A9_x?= y", "café x y"),  # cut inside a character
        ("=?iso-8859-1?Q?J=F6rg?= =?utf-8?B?w6Q=?=", "Jörgä"),
        ("a =?utf-8?b?w6Q?= b", "a ä b"),
        ("=?utf-8*de?q?gr=C3=BCn?=", "grün"),
        ("=?utf-8?q?two words?=", "two words"),
        ("=?x-nonsense?q?caf=E9?=", "café"),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("5 =? 3", "5 =? 3"),
        ("=?utf-8?q?open", "=?utf-8?q?open"),
    ],
)
def test_encoded_words(value: str, text: str) -> None:
    assert decode_words(value) == text


@given(st.lists(st.sampled_from(["=?", "?=", "utf-8", "?q?", "?b?", "=41", "QQ==", " ", "x", "\xe9"])))
def test_no_mixture_of_pieces_breaks_encoded_words(pieces: list[str]) -> None:
    decode_words("".join(pieces))
