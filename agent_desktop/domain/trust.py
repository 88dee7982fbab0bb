"""Whether a sender is who they say, as far as our own mail server could find out."""

from enum import StrEnum


class SenderTrust(StrEnum):
    """What is known about the sender of a message."""

    UNKNOWN = "unknown"
    """Nobody checked, or their domain says nothing about who may write for it."""
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
    return SenderTrust.FAILED if verdict == "fail" else SenderTrust.UNKNOWN
