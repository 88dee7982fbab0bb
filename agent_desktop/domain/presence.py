"""What people do at this moment, which is told and forgotten, never stored."""

from enum import StrEnum


class Activity(StrEnum):
    """What somebody does in a conversation."""

    VIEWING = "viewing"
    TYPING = "typing"
    AWAY = "away"
