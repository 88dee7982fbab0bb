"""What `doctor` says of one thing that it looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `advice` says what to do when it is not well."""

    title: str
    well: bool
    words: str
    advice: str = ""
