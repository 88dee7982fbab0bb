"""Whether a sender is who they say, as far as our own mail server could find out."""

from enum import StrEnum
from typing import Final

UNPROVEN: Final = "sender=none"
"""A word among results: nothing that passed is about the sender who is shown."""


class SenderTrust(StrEnum):
    """What is known about the sender of a message."""

    UNKNOWN = "unknown"
    """Nobody checked; or their domain says nothing about what others write, but speaks for this one."""
    UNPROVEN = "unproven"
    """Somebody checked, and nothing speaks for them, nor against them."""
    VERIFIED = "verified"
    FAILED = "failed"
    """Their domain says that this does not come from it."""


def trust_of(authentication: str) -> SenderTrust:
    """The verdict on results such as "spf=pass dkim=none dmarc=fail", of which only DMARC is about the sender shown.

    SPF and DKIM alone prove the domain of somebody, who need not be the one that readers see.
    """
    verdict = ""
    for word in authentication.casefold().split():
        method, _, result = word.partition("=")
        if method == "dmarc":
            verdict = result
    if verdict == "pass":
        return SenderTrust.VERIFIED
    if verdict == "fail":
        return SenderTrust.FAILED
    return SenderTrust.UNPROVEN if UNPROVEN in authentication.casefold().split() else SenderTrust.UNKNOWN
