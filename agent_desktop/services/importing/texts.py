"""Turns files and records of articles and canned responses into operations."""

from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.knowledge import Article, ArticleState, Audience, CannedResponse
from agent_desktop.domain.operations.knowledge import SaveArticle, SaveCannedResponse
from agent_desktop.services.front_matter import split_front_matter
from agent_desktop.services.importing.customers import is_our_id
from agent_desktop.services.importing.item import Item
from agent_desktop.services.importing.known import Known
from agent_desktop.services.importing.records import Json, text_of
from agent_desktop.services.importing.report import ItemKind
from agent_desktop.services.outside_text import one_line

DIFFERS = "There is one with other content already. It was left as it is."
_STATES = {
    "published": ArticleState.PUBLIC,
    "visible": ArticleState.PUBLIC,
    "private": ArticleState.INTERNAL,
    "unpublished": ArticleState.DRAFT,
    "hidden": ArticleState.ARCHIVED,
}


def article_of_markdown(text: str, file_name: str, folder: str, category: str, known: Known) -> Item:
    """The article in a Markdown file. Without a title of its own, its first heading or its file name is it.

    `folder` is where the file lies and tells it from others of its name; `category` holds without one in its head.

    Raises InputError when there is no text.
    """
    values, body = split_front_matter(text)
    if not body.strip():
        raise InputError("The article has no text.")
    title, body = _title(values.get("title", ""), body, file_name)
    return _article(
        {"category": category, **values, "title": title, "body": body},
        key=f"file {folder}/{file_name}",
        position="",
        known=known,
    )


def _title(given: str, body: str, file_name: str) -> tuple[str, str]:
    if given.strip():
        return given, body
    first, _, rest = body.lstrip().partition("\n")
    if first.startswith("# "):
        return first.lstrip("# "), rest.lstrip("\n")
    stem = PurePosixPath(file_name).name.split(".")[0]
    return stem.replace("-", " ").replace("_", " ").capitalize(), body


def article_of_record(record: Json, position: str, known: Known) -> Item:
    """The article in a JSON record."""
    return _article(record, key=f"record {text_of(record, 'id')}", position=position, known=known)


def _article(values: Json, key: str, position: str, known: Known) -> Item:
    title = one_line(text_of(values, "title"), 300)
    body = text_of(values, "body", "text", "content", "markdown")
    own_id = text_of(values, "id")
    state = text_of(values, "state", "status", "visibility").casefold()
    article_id = own_id if is_our_id(own_id) else derived_id(EPOCH, "import", "article", key, title)
    there = known.get(Article, article_id)
    if there is not None:
        same = there.title == title and there.body.strip() == body.strip()
        return _there(ItemKind.ARTICLE, position, same)
    if known.has(Article, article_id):
        return _there(ItemKind.ARTICLE, position, True)
    known.expect(article_id)
    payload = SaveArticle(
        article_id=article_id,
        base_revision=0,
        title=title or "Article",
        body=body,
        state=_state(state),
        locale=one_line(text_of(values, "locale", "language", "lang"), 20) or "en",
        category=one_line(text_of(values, "category", "section", "folder"), 100),
        url=one_line(text_of(values, "url", "link"), 1_000),
        external_id=None if is_our_id(own_id) else own_id[:200] or None,
    )
    return Item(position, payloads=(payload,), added=Counter({ItemKind.ARTICLE: 1}), size=len(body))


def _state(word: str) -> ArticleState:
    """The state that a word means; without one the article is for us until somebody has looked at it."""
    return ArticleState(word) if word in set(ArticleState) else _STATES.get(word, ArticleState.INTERNAL)


def _there(kind: ItemKind, position: str, is_same: bool) -> Item:
    return Item(position, already_there=Counter({kind: 1}), problems=() if is_same else (DIFFERS,))


def canned_of_record(record: Json, position: str, known: Known, owners: Mapping[Audience, Id | None]) -> Item:
    """The canned response in a JSON record. Those of a team become those of the workspace.

    Raises InputError when it has no shortcut.
    """
    shortcut = "-".join(text_of(record, "shortcut", "short_code").lstrip("/").split())[:60]
    body = text_of(record, "body", "text", "content")
    if not shortcut or not body:
        raise InputError("The canned response has no shortcut or no text.")
    word = text_of(record, "audience")
    audience = Audience(word) if word in set(owners) else Audience.WORKSPACE
    own_id = text_of(record, "id")
    row_id = own_id if is_our_id(own_id) else derived_id(EPOCH, "import", "canned response", shortcut)
    there = known.get(CannedResponse, row_id)
    if there is not None or known.has(CannedResponse, row_id):
        return _there(ItemKind.CANNED_RESPONSE, position, there is None or there.body == body)
    known.expect(row_id)
    payload = SaveCannedResponse(
        canned_response_id=row_id,
        shortcut=shortcut,
        title=one_line(text_of(record, "title", "name"), 200) or shortcut,
        body=body,
        audience=audience,
        owner_id=owners.get(audience),
    )
    return Item(position, payloads=(payload,), added=Counter({ItemKind.CANNED_RESPONSE: 1}), size=len(body))
