"""Random payloads about what a workspace knows: articles, canned responses, macros, views."""

from collections.abc import Callable

from agent_desktop.domain.conversation import Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import (
    Article,
    ArticleState,
    Audience,
    CannedResponse,
    Macro,
    MacroAction,
    MacroVerb,
)
from agent_desktop.domain.operations import knowledge
from agent_desktop.domain.records import Record
from agent_desktop.domain.view import ConversationFilter, SortOrder, View
from agent_desktop.domain.workspace import Team, User
from tests.drawing import TAGS, WORDS, Draw


def _save_article(d: Draw) -> Record:
    row_id = d.new_or(Article)
    row = d.world.rows.get(Article, row_id)
    return knowledge.SaveArticle(
        article_id=row_id,
        base_revision=(row.revision if row else 0) + d.one((0, 0, 0, 1)),
        title=d.one(("Refunds", "Delivery", "")),
        body=d.one(WORDS),
        state=d.one(tuple(ArticleState)),
        category=d.one(("", " Orders ")),
    )


def _owner_of(d: Draw, audience: Audience) -> Id | None:
    if audience is Audience.PERSONAL:
        return d.one((None, d.actor.id, d.need(User)))
    return d.need(Team) if audience is Audience.TEAM else None


def _save_canned(d: Draw) -> Record:
    audience = d.one(tuple(Audience))
    return knowledge.SaveCannedResponse(
        canned_response_id=d.new_or(CannedResponse),
        shortcut=d.one(("refund", "/hello", "two words", "")),
        title=d.one(("Refund", "Hello", " ")),
        body=d.one(WORDS),
        audience=audience,
        owner_id=_owner_of(d, audience),
        files=d.files(),
    )


def _save_macro(d: Draw) -> Record:
    audience = d.one(tuple(Audience))
    return knowledge.SaveMacro(
        macro_id=d.new_or(Macro),
        name=d.one(("Resolve", "Escalate", "")),
        actions=tuple(MacroAction(verb=verb, value="x") for verb in d.some(tuple(MacroVerb))),
        audience=audience,
        owner_id=_owner_of(d, audience),
    )


def _save_view(d: Draw) -> Record:
    audience = d.one(tuple(Audience))
    return knowledge.SaveView(
        view_id=d.new_or(View),
        name=d.one(("VIP", "Late", "")),
        filter=ConversationFilter(tag=d.one(TAGS), statuses=d.some(tuple(Status))),
        sort=d.one(tuple(SortOrder)),
        audience=audience,
        owner_id=_owner_of(d, audience),
        position=d.number(0, 9),
    )


def _delete_canned(d: Draw) -> Record:
    return knowledge.DeleteCannedResponse(canned_response_id=d.new_or(CannedResponse))


def _count_canned(d: Draw) -> Record:
    return knowledge.CountCannedResponse(canned_response_id=d.new_or(CannedResponse), times=d.number(-1, 3))


def _delete_macro(d: Draw) -> Record:
    return knowledge.DeleteMacro(macro_id=d.new_or(Macro))


def _delete_view(d: Draw) -> Record:
    return knowledge.DeleteView(view_id=d.new_or(View))


KNOWLEDGE_MAKERS: dict[type, Callable[[Draw], Record | None]] = {
    knowledge.SaveArticle: _save_article,
    knowledge.SaveCannedResponse: _save_canned,
    knowledge.DeleteCannedResponse: _delete_canned,
    knowledge.CountCannedResponse: _count_canned,
    knowledge.SaveMacro: _save_macro,
    knowledge.DeleteMacro: _delete_macro,
    knowledge.SaveView: _save_view,
    knowledge.DeleteView: _delete_view,
}
"""How a payload of each kind is made."""
