"""What agents answer with: articles, canned responses and macros."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from agent_desktop.domain.audience import Audience as Audience
from agent_desktop.domain.audience import may_use as may_use
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.rows import Entity


class ArticleState(StrEnum):
    """Who an article is for: nobody yet, us, everybody, nobody any more."""

    DRAFT = "draft"
    INTERNAL = "internal"
    PUBLIC = "public"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(Entity):
    """A page of the knowledge base in Markdown. `revision` counts its saved versions from 1."""

    table: ClassVar[str] = "article"

    title: str
    body: str
    state: ArticleState = ArticleState.DRAFT
    locale: str = "en"
    category: str = ""
    author_id: Id | None = None
    updated_at: datetime
    revision: int = 1
    url: str = ""
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRevision(Entity):
    """One saved version of an article. Its id derives from the article and the revision."""

    table: ClassVar[str] = "article_revision"

    article_id: Id
    revision: int
    title: str
    body: str
    state: ArticleState
    author_id: Id | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedResponse(Entity):
    """A prepared answer, found by `/shortcut`. `body` may hold placeholders."""

    table: ClassVar[str] = "canned_response"

    shortcut: str
    title: str
    body: str
    audience: Audience = Audience.WORKSPACE
    owner_id: Id | None = None
    """The user (personal) or team (team) that it belongs to."""
    files: tuple[AttachmentFile, ...] = ()
    usage_count: int = 0
    updated_at: datetime


class MacroVerb(StrEnum):
    """What one step of a macro does; `MacroAction.value` says with what."""

    SET_STATUS = "set_status"
    SET_PRIORITY = "set_priority"
    ASSIGN_TO_ME = "assign_to_me"
    ASSIGN = "assign"
    SET_TEAM = "set_team"
    ADD_TAG = "add_tag"
    REMOVE_TAG = "remove_tag"
    SNOOZE_HOURS = "snooze_hours"
    NOTE = "note"
    REPLY = "reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroAction:
    """One step of a macro."""

    verb: MacroVerb
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro(Entity):
    """Several steps that are applied, and undone, as one."""

    table: ClassVar[str] = "macro"

    name: str
    actions: tuple[MacroAction, ...] = ()
    audience: Audience = Audience.WORKSPACE
    owner_id: Id | None = None
