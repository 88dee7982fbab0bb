"""Files in the middle of a text, signed and encrypted mails, invitations, enriched text."""

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.mail.content import ENCRYPTED
from agent_desktop.services.mail.embedded import take_files
from agent_desktop.services.mail.parse import ParsedMail, parse_mail
from agent_desktop.services.mail.signed import signed_content


def read(headers: str, body: bytes) -> ParsedMail:
    """The mail of these headers and this body."""
    return parse_mail(f"From: a@b\n{headers}\n\n".encode() + body)


def uuencoded(name: bytes, content: bytes) -> bytes:
    """A file as uuencode writes it."""
    lines = b"".join(binascii.b2a_uu(content[place : place + 45]) for place in range(0, len(content), 45))
    return b"begin 644 " + name + b"\n" + lines + b"`\nend\n"


def yencoded(name: bytes, content: bytes) -> bytes:
    """A file as yEnc writes it."""
    data = b"".join(
        bytes((61, (byte + 106) % 256))
        if (byte + 42) % 256 in {0, 10, 13, 61}
        else bytes(((byte + 42) % 256,))
        for byte in content
    )
    return b"=ybegin line=128 size=%d name=%s\n%s\n=yend size=%d\n" % (len(content), name, data, len(content))


@pytest.mark.parametrize("encode", [uuencoded, yencoded])
def test_a_file_in_the_text_is_attached(encode: object) -> None:
    assert callable(encode)
    content = bytes(range(256)) * 3
    mail = read("", b"Here it is:\n\n" + encode(b"a.pdf", content) + b"\nRegards\n")
    assert [(one.name, one.media_type, one.content) for one in mail.attachments] == [
        ("a.pdf", "application/pdf", content)
    ]
    assert mail.text.split() == ["Here", "it", "is:", "Regards"]


@pytest.mark.parametrize(
    "text",
    [b"begin 644 days ago\nwith me", b"begin 644 x\nlower case\nend", b"=ybegin name=x\nabc", b"begin 644 x"],
)
def test_a_beginning_without_its_file_is_text(text: bytes) -> None:
    assert take_files(text) == (text, [])


@given(
    st.lists(
        st.sampled_from(
            [b"begin 644 x\n", b"end\n", b"M", b"`\n", b"=ybegin name=x\n", b"\n=yend\n", b"a", b"="]
        )
    ).map(b"".join)
)
def test_no_text_breaks_the_search(text: bytes) -> None:
    rest, files = take_files(text)
    assert len(rest) <= len(text)
    assert bool(files) or rest == text


def der(tag: int, *content: bytes) -> bytes:
    """A DER value of definite length."""
    joined = b"".join(content)
    length = len(joined)
    size = bytes((length,)) if length < 128 else b"\x82" + length.to_bytes(2, "big")
    return bytes((tag,)) + size + joined


DATA = bytes.fromhex("06092a864886f70d010701")
SIGNED = bytes.fromhex("06092a864886f70d010702")
INNER = b"Content-Type: text/plain\n\nSigned words\n"


def signed(octets: bytes) -> bytes:
    """An opaquely signed mail around a string."""
    return der(
        0x30,
        SIGNED,
        der(0xA0, der(0x30, b"\x02\x01\x01", der(0x31), der(0x30, DATA, der(0xA0, octets)), der(0x31))),
    )


SIGNATURES = {
    "whole": signed(der(0x04, INNER)),
    "in pieces": signed(der(0x24, der(0x04, INNER[:9]), der(0x04, INNER[9:]))),
    "indefinite": b"\x30\x80" + SIGNED + b"\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80" + DATA + b"\xa0\x80\x24\x80"
    + der(0x04, INNER) + b"\0\0" * 7,
}  # fmt: skip


@pytest.mark.parametrize("form", SIGNATURES)
def test_the_mail_inside_a_signed_one_is_shown(form: str) -> None:
    assert signed_content(SIGNATURES[form]) == INNER
    mail = read(
        "Content-Type: application/pkcs7-mime; name=smime.p7m\nContent-Transfer-Encoding: base64",
        binascii.b2a_base64(SIGNATURES[form]),
    )
    assert (mail.text, mail.attachments, mail.problems) == ("Signed words", (), ())


def test_a_signed_mail_is_known_by_its_name_too() -> None:
    mail = read("Content-Type: application/octet-stream; name=smime.p7m", SIGNATURES["whole"])
    assert mail.text == "Signed words"


@given(st.integers(0, 80), st.binary(min_size=1, max_size=3), st.sampled_from(sorted(SIGNATURES)))
def test_any_wrapping_is_read(place: int, change: bytes, form: str) -> None:
    signed_content(SIGNATURES[form][:place] + change + SIGNATURES[form][place:])


def test_encrypted_mails_say_so() -> None:
    enveloped = read(
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", b"0123"
    )
    assert [one.name for one in enveloped.attachments] == ["smime.p7m"]
    pgp = read(
        "Content-Type: multipart/encrypted; protocol=application/pgp-encrypted; boundary=b",
        b"--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\n"
        b"Content-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\n--b--\n",
    )
    assert "encrypted.asc" in [one.name for one in pgp.attachments]
    inline = read("", b"-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----")
    assert [ENCRYPTED in mail.problems for mail in (enveloped, pgp, inline)] == [True, True, True]


def test_an_invitation_says_so_and_is_attached() -> None:
    mail = read("Content-Type: text/calendar; method=REQUEST", b"BEGIN:VCALENDAR")
    assert [one.name for one in mail.attachments] == ["appointment.ics"]
    assert any("invitation" in problem for problem in mail.problems)


def test_enriched_text_is_shown_without_its_marks() -> None:
    body = b"<bold>Now</bold> is\nthe <color><param>red</param>time</color>.\n\n<<here>"
    assert read("Content-Type: text/enriched", body).text == "Now is the time.\n<here>"
