"""Articles in Markdown as HTML for our text browser: raw HTML stays text, pictures become their description.

Free of Qt. Only links to the web, mail addresses and telephone numbers survive; nothing is ever fetched.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token

LONGEST = 200_000
"""Characters of an article that are shown; more would keep a reader waiting."""

_MOST_EMPHASIS = 1_000
"""Signs of emphasis in one paragraph: the library compares each with those before it."""
_SCHEMES = ("https:", "http:", "mailto:", "tel:")


def markdown_html(text: str) -> str:
    """The article as HTML without any markup of its own making, safe to show."""
    shown = text[:LONGEST]
    parser = _parser()
    if max(part.count("*") + part.count("_") for part in shown.split("\n\n")) > _MOST_EMPHASIS:
        parser.disable("emphasis")
    return str(parser.render(shown))


def _parser() -> "MarkdownIt":
    # Sixty modules, which no window needs before it shows an article.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "breaks": False, "maxNesting": 20}).enable("table")
    parser.validateLink = _is_safe  # type: ignore[method-assign]  # the library's documented way to restrict links
    parser.add_render_rule("image", _describe)
    return parser


def _is_safe(url: str) -> bool:
    return url.strip().lower().startswith(_SCHEMES)


def _describe(
    renderer: "RendererHTML", tokens: "Sequence[Token]", index: int, options: Any, environment: Any
) -> str:
    """A picture as the words that its author gave it."""
    words = renderer.renderInlineAsText(tokens[index].children, options, environment)
    return f"<i>[{_escaped(words) or 'picture'}]</i>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
