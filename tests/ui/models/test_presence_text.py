"""Who else is there, in words: who replies first, and nothing that is not known."""

from datetime import UTC, timedelta

import pytest

from agent_desktop.domain.presence import Activity
from agent_desktop.services.presence import Present, Sign
from tests.fakes import START
from ui.models.presence_text import UNKNOWN_AFTER, presence_words

NAMES = {
    "anna": "Anna Berg",
    "ben": "Ben Adeyemi",
    "cleo": "Cleo Sand",
    "dan": "Dan Roe",
    "anna2": "Anna Holm",
}


def signs(**activities: str) -> Present:
    return Present(
        tuple(Sign(user, "here", Activity(activity), START) for user, activity in activities.items())
    )


def words(present: Present) -> tuple[str, str]:
    said = presence_words(present, lambda user: NAMES.get(user, ""), START, UTC)
    return said.head, said.warning


@pytest.mark.parametrize(
    ("present", "head"),
    [
        (signs(), ""),
        (signs(ben="viewing"), "Ben is viewing"),
        (signs(anna="viewing", ben="viewing"), "Anna and Ben are viewing"),
        (signs(anna="viewing", ben="viewing", cleo="viewing"), "Anna and 2 others are viewing"),
        (signs(anna="typing"), "Anna is replying"),
        (signs(anna="typing", ben="typing"), "Anna and Ben are replying"),
        (signs(anna="typing", ben="viewing"), "Anna is replying · 1 more is here"),
        (signs(anna="typing", ben="viewing", cleo="viewing"), "Anna is replying · 2 more are here"),
        (signs(anna="viewing", anna2="viewing"), "Anna Berg and Anna Holm are viewing"),
        (signs(anna="typing", anna2="viewing"), "Anna Berg is replying · 1 more is here"),
        (signs(stranger="viewing"), "A colleague is viewing"),
    ],
)
def test_the_head_says_who_is_here(present: Present, head: str) -> None:
    assert words(present)[0] == head


def test_only_who_replies_is_warned_of() -> None:
    assert words(signs(anna="viewing"))[1] == ""
    assert words(signs(anna="typing", ben="viewing"))[1] == "Anna is replying to this customer just now"


def test_who_replies_is_named_first() -> None:
    said = presence_words(signs(ben="typing", anna="viewing"), NAMES.__getitem__, START, UTC)
    assert said.people == ("Ben Adeyemi", "Anna Berg")


def test_what_nobody_tells_is_not_known() -> None:
    assert words(Present(unknown_since=START - UNKNOWN_AFTER)) == (
        f"Who else is here is unknown since {START - UNKNOWN_AFTER:%H:%M}",
        "",
    )


def test_a_line_that_is_just_coming_up_is_not_worth_a_word() -> None:
    assert words(Present(unknown_since=START - UNKNOWN_AFTER + timedelta(seconds=1))) == ("", "")
