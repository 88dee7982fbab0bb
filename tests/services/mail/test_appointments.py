"""What an appointment is about, for mails that have no other words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.mail.appointments import appointment_text
from agent_desktop.services.mail.parse import read_mail


def event(*lines: str) -> str:
    """A calendar of one event."""
    return "\r\n".join(("BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""))


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (
            (
                "SUMMARY;LANGUAGE=en:Kettle\\, and",
                "  lid",
                "DTSTART:20261201T090000Z",
                "DTEND:20261201T100000Z",
            ),
            "Kettle, and lid\n1 December 2026, 09:00 to 10:00 (UTC)",
        ),
        (
            (
                'DTSTART;TZID="Europe/Ljubljana":20261201T090000',
                "DTEND;TZID=Europe/Ljubljana:20261202T100000",
            ),
            "1 December 2026, 09:00 to 2 December 2026, 10:00 (Europe/Ljubljana)",
        ),
        (("DTSTART;VALUE=DATE:20261201", "LOCATION:Room 4\\nleft"), "1 December 2026\nRoom 4 left"),
        (("SUMMARY:A", "DESCRIPTION:One\\nTwo", "BEGIN:VALARM", "DESCRIPTION:Alarm"), "A\n\nOne\nTwo"),
        (("SUMMARY:A", "DTSTART:20261399T990000Z", "DTEND:tomorrow"), "A"),
        ((), ""),
    ],
)
def test_what_when_and_where(lines: tuple[str, ...], text: str) -> None:
    assert appointment_text(event(*lines)) == text


@given(
    st.lists(
        st.sampled_from(
            [
                "BEGIN:VEVENT\n",
                "SUMMARY",
                "DTSTART",
                ":",
                ";",
                '"',
                "=",
                "\n ",
                "\n",
                "20261201",
                "T0900Z",
                "\\n",
            ]
        )
    ).map("".join)
)
def test_any_calendar_is_read(content: str) -> None:
    appointment_text(content)


def test_a_mail_without_words_says_what_it_invites_to() -> None:
    head = b"From: a@b\nContent-Type: text/calendar; method=REQUEST\n\n"
    mail = read_mail(head + event("SUMMARY:Kettle review", "DTSTART;VALUE=DATE:20261201").encode())
    assert mail.text == "Kettle review\n1 December 2026"
    assert [file.name for file in mail.attachments] == ["appointment.ics"]
    assert mail.problems == ("This mail is an invitation; the appointment is attached.",)
