"""Errors by blame: what a rule forbids, what the environment did, and nothing else is caught."""

from enum import StrEnum


class AppError(Exception):
    """An error that a person can be told in one sentence: what happened, what was kept, what to do.

    `detail` is technical text for the "Details" button; it holds no customer text.
    """

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.detail = detail


class StoreError(AppError):
    """The local files cannot be used: disk full, read-only, damaged, or made by a newer version."""


class InUse(StoreError):
    """Another program has the files open."""


class InputError(AppError):
    """Something handed in by a person (file, query, address) cannot be used as it is."""


class Reason(StrEnum):
    """Why an operation was not carried out. The words for people are in `SENTENCES`."""

    GONE = "gone"
    EXISTS = "exists"
    TAKEN = "taken"
    CUSTOMER_WROTE_AGAIN = "customer_wrote_again"
    ALREADY_SENT = "already_sent"
    CHANGED_MEANWHILE = "changed_meanwhile"
    MERGED = "merged"
    SEEN_BY_OTHERS = "seen_by_others"
    FORBIDDEN = "forbidden"
    INVALID = "invalid"
    UNKNOWN_OPERATION = "unknown_operation"
    DEFECT = "defect"


SENTENCES: dict[Reason, str] = {
    Reason.GONE: "It no longer exists. Your text is kept here.",
    Reason.EXISTS: "It exists already, so nothing was changed.",
    Reason.TAKEN: "A colleague has taken this conversation already.",
    Reason.CUSTOMER_WROTE_AGAIN: "The customer wrote again after you last looked, so the conversation stays open.",
    Reason.ALREADY_SENT: "It was sent already and cannot be called back.",
    Reason.CHANGED_MEANWHILE: "Somebody else saved another version meanwhile. Your version is kept here.",
    Reason.MERGED: "It was merged with another conversation meanwhile, so nothing was changed.",
    Reason.SEEN_BY_OTHERS: "Not the same people may see both conversations, so they stay apart."
    " Give both to the same team and the same person first.",
    Reason.FORBIDDEN: "Your role does not allow this.",
    Reason.INVALID: "The content is not valid, so it was not applied. It is kept here.",
    Reason.UNKNOWN_OPERATION: "This version does not know the change. Update Agent Desktop; it is kept here.",
    Reason.DEFECT: "A defect in Agent Desktop stopped this change. It is kept here; please report it.",
}


class Rejected(Exception):
    """A handler's verdict that an operation must not be applied. `note` names what, without customer text."""

    def __init__(self, reason: Reason, note: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.note = note
