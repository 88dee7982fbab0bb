"""The head of a Markdown file says again what was written into it."""

from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.front_matter import split_front_matter, with_front_matter

LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=30)
NAMES = st.sampled_from(["id", "title", "category", "locale"])


@given(st.dictionaries(NAMES, LINE.map(lambda text: " ".join(text.split())).filter(bool)), LINE)
def test_what_was_written_is_read(values: dict[str, str], body: str) -> None:
    assert split_front_matter(with_front_matter(values, body)) == (values, body)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    values, body = split_front_matter(text)
    assert values or body == text.removeprefix("\ufeff")


def test_without_an_end_there_is_no_head() -> None:
    assert split_front_matter("---\ntitle: T\nno end")[0] == {}
    assert split_front_matter("No head")[1] == "No head"
