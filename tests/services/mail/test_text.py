"""HTML of mails as plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.mail.html_tokens import End, Start, Text, tokens
from agent_desktop.services.mail.text import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello <b>wor</b>ld</p><p>bye", "Hello world\n\nbye"),
        ("a<br>b<br><br><br>c", "a\nb\n\nc"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("  a \n b&nbsp;c &amp; d", "a b c & d"),
        ("<ul><li>a<li>b<ol><li>c<li>d</ol></ul>e", "- a\n- b\n\n  1. c\n  2. d\n\ne"),
        ("<a href='https://x.y/z'>click</a>", "click (https://x.y/z)"),
        ("<a href='https://www.x.y/'>x.y</a> <a href='mailto:a@b'>a@b</a>", "x.y a@b"),
        ("<a href='javascript:alert(1)'>click</a>", "click"),
        ("<blockquote>old<blockquote>older</blockquote></blockquote>new", "> old\n>\n>> older\n\nnew"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc"),
        ("<head><title>t</title><style>p{}</style></head><script>x<b>y</script>z<!-- no -->", "z"),
        ("<img alt='Logo' src=x> <img src=y>", "[Logo]"),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("", ""),
    ],
)
def test_html_says_the_same_as_text(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_the_text_ends_at_its_limit() -> None:
    assert html_to_text("<p>word " * 1_000, limit=100) == html_to_text("<p>word " * 1_000)[:100]


FRAGMENTS = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<ul>", "<li>", "</ul>", "<blockquote>", "</blockquote>", "<pre>", "</pre>", "<a href=x:y>",
         "<a href='http://x'>", "</a>", "<br>", "<", ">", "<!--", "-->", "<script>", "</script", "&amp;", "&#0;",
         "\x00",
         "word", " ", "\n", "<td>", "<img alt='", "'>", "<title>", "</", "<?", "=", '"']
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(FRAGMENTS)
def test_no_html_breaks_the_reading(html: str) -> None:
    html_to_text(html)


@given(st.text(alphabet="abc \n", max_size=100))
def test_words_without_markup_stay(text: str) -> None:
    assert html_to_text(text).split() == text.split()


def test_tags_are_read_as_browsers_read_them() -> None:
    html = "<A HREF=a/b title='x>y' href=c>t</A ><img/src=x onerror=1><b<i>u</b"
    assert list(tokens(html)) == [
        Start("a", {"href": "a/b", "title": "x>y"}),
        Text("t"),
        End("a"),
        Start("img", {"src": "x", "onerror": "1"}),
        Start("b<i", {}),
        Text("u"),
        End("b"),
    ]


@pytest.mark.parametrize(
    "comment", ["<!-- x -->", "<!-->", "<!--->", "<!x>", "<?x>", "</ x>", "<!-- a > b --!>"]
)
def test_comments_end_where_browsers_end_them(comment: str) -> None:
    assert list(tokens(f"{comment}rest")) == [Text("rest")]
