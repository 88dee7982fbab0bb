"""Our words as HTML for the mail that carries them: as the window shows them, line by line, with the same links."""

from html import escape

from agent_desktop.services.html.text_links import find_links

QUOTE_STYLE = "margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex"


def html_of(text: str) -> str:
    """A plain text as HTML: everything in it stays text, blanks and lines stay where they are."""
    parts, read = [], 0
    for link in find_links(text):
        parts.append(_text(text[read : link.start]))
        parts.append(f'<a href="{escape(link.target)}">{_text(text[link.start : link.end])}</a>')
        read = link.end
    return "".join(parts) + _text(text[read:])


def unlinked_html_of(text: str) -> str:
    """As `html_of`, for what others have written: nothing in it becomes a link by our doing."""
    return _text(text)


def document_of(
    reply: str, introduction: str = "", quoted: str = "", pictures: tuple[tuple[str, str], ...] = ()
) -> str:
    """The HTML of a mail: the reply, its pictures (content id and description), and below it what it answers."""
    parts = [f"<div>{html_of(reply)}</div>"]
    parts += [
        f'<div><img src="cid:{escape(content_id)}" alt="{escape(words)}"></div>'
        for content_id, words in pictures
    ]
    if quoted:
        parts.append(
            f'<br><div class="gmail_quote"><div>{unlinked_html_of(introduction)}</div>'
            f'<blockquote type="cite" style="{QUOTE_STYLE}">{unlinked_html_of(quoted)}</blockquote></div>'
        )
    body = "\n".join(parts)
    return f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n{body}\n</body></html>\n'


def _text(text: str) -> str:
    lines = escape(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    # Blanks in a row would be shown as one.
    return "<br>\n".join(line.replace("  ", "&nbsp; ").replace("\t", "&nbsp; &nbsp; ") for line in lines)
