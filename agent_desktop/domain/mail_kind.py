"""What kind of mail a message is: who or what wrote it, and so whether anybody waits for an answer."""

from enum import StrEnum


class MailKind(StrEnum):
    """What kind of writer a mail has. Messages of other channels, and ours, are personal."""

    PERSONAL = "personal"
    LIST = "list"
    """Sent to many, or by a program for somebody: never answered by a program, yet somebody's words."""
    AUTOMATIC = "automatic"
    """A program's own answer or notice, such as a vacation note; nobody wrote it for us."""
    BOUNCE = "bounce"
    """A mail server says what became of a mail of ours."""
    ABUSE_REPORT = "abuse_report"
    """A provider says that somebody called a mail of ours spam."""

    @property
    def by_program(self) -> bool:
        """Whether nobody said it to anybody: it opens nothing, and nobody waits for an answer."""
        return self in (MailKind.AUTOMATIC, MailKind.BOUNCE, MailKind.ABUSE_REPORT)
