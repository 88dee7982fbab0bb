"""Articles keep their words and shape, and nothing in them runs, loads or leaves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.html.markdown import LONGEST, markdown_html


def test_headings_lists_and_tables_keep_their_shape() -> None:
    html = markdown_html("# Refunds\n\n- one\n- **two**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert "<h1>Refunds</h1>" in html
    assert "<li><strong>two</strong></li>" in html.replace("\n", "")
    assert "<td>1</td>" in html


def test_raw_html_stays_text() -> None:
    html = markdown_html("<script>alert(1)</script>\n\nA <b onclick=x>word</b>")
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "<b" not in html


def test_pictures_become_their_description() -> None:
    html = markdown_html("![A <kettle>](https://tracker.example/pixel.png)")
    assert "tracker.example" not in html
    assert "[A &lt;kettle&gt;]" in html


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "//host/x", "x"]
)
def test_only_web_mail_and_telephone_links_survive(target: str) -> None:
    assert "<a" not in markdown_html(f"[press]({target})")


def test_web_links_survive() -> None:
    assert '<a href="https://help.example/returns">here</a>' in markdown_html(
        "[here](https://help.example/returns)"
    )


def test_very_long_articles_are_cut() -> None:
    assert len(markdown_html("x" * (LONGEST * 2))) < LONGEST + 100


@given(st.text(alphabet="<>![]()`*_#-|\n \"'&abc:/", max_size=120))
def test_nothing_but_our_own_tags_comes_out(text: str) -> None:
    html = markdown_html(text)
    for tag in ("<img", "<script", "<iframe", "<object", "<style"):
        assert tag not in html
