"""Operations on articles, canned responses, macros and views."""

from dataclasses import dataclass, replace

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.knowledge import (
    Article,
    ArticleRevision,
    ArticleState,
    Audience,
    CannedResponse,
    Macro,
    MacroAction,
)
from agent_desktop.domain.merge import merged
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations.base import Context, OperationKind
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.rows import WORKSPACE_SCOPE, Rows, user_scope
from agent_desktop.domain.view import ConversationFilter, SortOrder, View


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleText:
    """What two people may change in an article at the same time."""

    title: str
    body: str
    state: ArticleState


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveArticle:
    """Save a version of an article. `base_revision` is the one that was edited, 0 for a new article.

    When somebody has saved another version since, both changes are merged line by line; what was edited is taken from
    that revision, or from `base`, which an undo gives. Where both changed the same, it is refused.
    """

    article_id: Id
    base_revision: int
    title: str
    body: str
    state: ArticleState = ArticleState.DRAFT
    locale: str = "en"
    category: str = ""
    url: str = ""
    external_id: str | None = None
    base: ArticleText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCannedResponse:
    """Add or replace a canned response.

    `base_body` is the text that was edited (None: whatever there is is replaced): when somebody has saved another
    since, both changes are merged line by line; where both changed the same, it is refused.
    """

    canned_response_id: Id
    shortcut: str
    title: str
    body: str
    audience: Audience = Audience.WORKSPACE
    owner_id: Id | None = None
    files: tuple[AttachmentFile, ...] = ()
    base_body: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteCannedResponse:
    """Remove a canned response."""

    canned_response_id: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class CountCannedResponse:
    """A canned response was used in a reply; `times` adds to what others count."""

    canned_response_id: Id
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveMacro:
    """Add or replace a macro."""

    macro_id: Id
    name: str
    actions: tuple[MacroAction, ...]
    audience: Audience = Audience.WORKSPACE
    owner_id: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteMacro:
    """Remove a macro."""

    macro_id: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveView:
    """Add or replace a view."""

    view_id: Id
    name: str
    filter: ConversationFilter
    sort: SortOrder = SortOrder.DUE
    audience: Audience = Audience.WORKSPACE
    owner_id: Id | None = None
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteView:
    """Remove a view."""

    view_id: Id


def _scope(audience: Audience, owner_id: Id | None) -> str:
    return user_scope(owner_id) if audience is Audience.PERSONAL and owner_id else WORKSPACE_SCOPE


_SHARING: dict[type[CannedResponse | Macro | View], Permission] = {
    CannedResponse: Permission.CANNED_EDIT,
    Macro: Permission.MACRO_EDIT,
    View: Permission.VIEW_SHARE,
}
"""What it takes to change what others use, too."""


def _owner(
    entity: type[CannedResponse | Macro | View],
    payload: SaveCannedResponse | SaveMacro | SaveView,
    before: CannedResponse | Macro | View | None,
    context: Context,
) -> Id | None:
    """Who owns what is saved: what is personal belongs to a user, who alone (or a leader) may change it."""
    owner_id = payload.owner_id
    if payload.audience is Audience.PERSONAL:
        owner_id = owner_id or context.actor_id
    _check(entity, payload.audience, owner_id, context)
    _check_row(before, context)
    return owner_id


def _check_row(row: CannedResponse | Macro | View | None, context: Context) -> None:
    if row is not None:
        _check(type(row), row.audience, row.owner_id, context)


def _check(
    entity: type[CannedResponse | Macro | View], audience: Audience, owner_id: Id | None, context: Context
) -> None:
    personal = audience is Audience.PERSONAL
    if personal and owner_id == context.actor_id:
        return
    if not context.actor.may(Permission.USERS_MANAGE if personal else _SHARING[entity]):
        raise Rejected(Reason.FORBIDDEN, "belongs to another user" if personal else "shared")


def _merged_article(rows: Rows, payload: SaveArticle, before: Article | None) -> ArticleText:
    """What to save: the payload's text, or that with what others saved since it was read."""
    ours = ArticleText(title=payload.title.strip(), body=payload.body, state=payload.state)
    if before is None and payload.base_revision == 0:
        return ours
    base = payload.base
    if base is None and before is not None:
        if before.revision == payload.base_revision:
            return ours
        base = _text_of_revision(rows, payload)
    if before is None or base is None:
        raise Rejected(Reason.CHANGED_MEANWHILE, "article")
    body = merged(base.body, ours.body, before.body)
    title = merged(base.title, ours.title, before.title)
    state = merged(base.state.value, ours.state.value, before.state.value)
    if body is None or title is None or state is None:
        raise Rejected(Reason.CHANGED_MEANWHILE, "article")
    return ArticleText(title=title, body=body, state=ArticleState(state))


def _text_of_revision(rows: Rows, payload: SaveArticle) -> ArticleText | None:
    row_id = derived_id(EPOCH, "revision", payload.article_id, str(payload.base_revision))
    revision = rows.get(ArticleRevision, row_id)
    if revision is None:
        return None
    return ArticleText(title=revision.title, body=revision.body, state=revision.state)


def _save_article(rows: Rows, payload: SaveArticle, context: Context) -> None:
    if not payload.title.strip():
        raise Rejected(Reason.INVALID, "empty title")
    before = rows.get(Article, payload.article_id)
    text = _merged_article(rows, payload, before)
    revision = before.revision + 1 if before else 1
    rows.put(
        Article(
            id=payload.article_id,
            title=text.title,
            body=text.body,
            state=text.state,
            locale=payload.locale,
            category=payload.category.strip(),
            author_id=context.actor_id,
            updated_at=context.at,
            revision=revision,
            url=payload.url,
            external_id=payload.external_id,
        )
    )
    rows.put(
        ArticleRevision(
            id=derived_id(EPOCH, "revision", payload.article_id, str(revision)),
            article_id=payload.article_id,
            revision=revision,
            title=text.title,
            body=text.body,
            state=text.state,
            author_id=context.actor_id,
            created_at=context.at,
        )
    )


def _inverse_article(rows: Rows, payload: SaveArticle, context: Context) -> tuple[SaveArticle, ...]:
    before = rows.get(Article, payload.article_id)
    saved = ArticleText(title=payload.title.strip(), body=payload.body, state=payload.state)
    if before is None:
        return (
            SaveArticle(
                article_id=payload.article_id,
                base_revision=payload.base_revision + 1,
                title=payload.title,
                body=payload.body,
                state=ArticleState.ARCHIVED,
                locale=payload.locale,
                category=payload.category,
                url=payload.url,
                external_id=payload.external_id,
                base=saved,
            ),
        )
    return (
        SaveArticle(
            article_id=before.id,
            base_revision=before.revision + 1,
            title=before.title,
            body=before.body,
            state=before.state,
            locale=before.locale,
            category=before.category,
            url=before.url,
            external_id=before.external_id,
            base=saved,
        ),
    )


def _save_canned(rows: Rows, payload: SaveCannedResponse, context: Context) -> None:
    shortcut = payload.shortcut.strip().lstrip("/")
    if shortcut.split() != [shortcut] or not payload.title.strip():
        raise Rejected(Reason.INVALID, "shortcut or title")
    before = rows.get(CannedResponse, payload.canned_response_id)
    owner_id = _owner(CannedResponse, payload, before, context)
    body: str | None = payload.body
    if before is not None and payload.base_body is not None:
        body = merged(payload.base_body, payload.body, before.body)
    if body is None:
        raise Rejected(Reason.CHANGED_MEANWHILE, "canned response")
    rows.put(
        CannedResponse(
            id=payload.canned_response_id,
            scope=_scope(payload.audience, owner_id),
            shortcut=shortcut,
            title=payload.title.strip(),
            body=body,
            audience=payload.audience,
            owner_id=owner_id,
            files=payload.files,
            usage_count=before.usage_count if before else 0,
            updated_at=context.at,
        )
    )


def _inverse_canned(
    rows: Rows, payload: SaveCannedResponse, context: Context
) -> tuple[SaveCannedResponse | DeleteCannedResponse, ...]:
    before = rows.get(CannedResponse, payload.canned_response_id)
    if before is None:
        return (DeleteCannedResponse(canned_response_id=payload.canned_response_id),)
    return (replace(_as_saved(before), base_body=payload.body),)


def _as_saved(row: CannedResponse) -> SaveCannedResponse:
    return SaveCannedResponse(
        canned_response_id=row.id,
        shortcut=row.shortcut,
        title=row.title,
        body=row.body,
        audience=row.audience,
        owner_id=row.owner_id,
        files=row.files,
    )


def _delete_canned(rows: Rows, payload: DeleteCannedResponse, context: Context) -> None:
    _check_row(rows.get(CannedResponse, payload.canned_response_id), context)
    rows.delete(CannedResponse, payload.canned_response_id)


def _inverse_delete_canned(
    rows: Rows, payload: DeleteCannedResponse, context: Context
) -> tuple[SaveCannedResponse, ...] | None:
    before = rows.get(CannedResponse, payload.canned_response_id)
    return (_as_saved(before),) if before else None


def _count_canned(rows: Rows, payload: CountCannedResponse, context: Context) -> None:
    before = rows.get(CannedResponse, payload.canned_response_id)
    if before is not None and payload.times > 0:  # nobody needs to hear that what they used is gone
        rows.put(replace(before, usage_count=before.usage_count + payload.times))


def _save_macro(rows: Rows, payload: SaveMacro, context: Context) -> None:
    if not payload.name.strip() or not payload.actions:
        raise Rejected(Reason.INVALID, "name or actions")
    owner_id = _owner(Macro, payload, rows.get(Macro, payload.macro_id), context)
    rows.put(
        Macro(
            id=payload.macro_id,
            scope=_scope(payload.audience, owner_id),
            name=payload.name.strip(),
            actions=payload.actions,
            audience=payload.audience,
            owner_id=owner_id,
        )
    )


def _inverse_macro(rows: Rows, payload: SaveMacro, context: Context) -> tuple[SaveMacro | DeleteMacro, ...]:
    before = rows.get(Macro, payload.macro_id)
    if before is None:
        return (DeleteMacro(macro_id=payload.macro_id),)
    return (_macro_as_saved(before),)


def _macro_as_saved(row: Macro) -> SaveMacro:
    return SaveMacro(
        macro_id=row.id, name=row.name, actions=row.actions, audience=row.audience, owner_id=row.owner_id
    )


def _delete_macro(rows: Rows, payload: DeleteMacro, context: Context) -> None:
    _check_row(rows.get(Macro, payload.macro_id), context)
    rows.delete(Macro, payload.macro_id)


def _inverse_delete_macro(rows: Rows, payload: DeleteMacro, context: Context) -> tuple[SaveMacro, ...] | None:
    before = rows.get(Macro, payload.macro_id)
    return (_macro_as_saved(before),) if before else None


def _save_view(rows: Rows, payload: SaveView, context: Context) -> None:
    if not payload.name.strip():
        raise Rejected(Reason.INVALID, "empty name")
    owner_id = _owner(View, payload, rows.get(View, payload.view_id), context)
    rows.put(
        View(
            id=payload.view_id,
            scope=_scope(payload.audience, owner_id),
            name=payload.name.strip(),
            filter=payload.filter,
            sort=payload.sort,
            audience=payload.audience,
            owner_id=owner_id,
            position=payload.position,
        )
    )


def _inverse_view(rows: Rows, payload: SaveView, context: Context) -> tuple[SaveView | DeleteView, ...]:
    before = rows.get(View, payload.view_id)
    if before is None:
        return (DeleteView(view_id=payload.view_id),)
    return (_view_as_saved(before),)


def _view_as_saved(row: View) -> SaveView:
    return SaveView(
        view_id=row.id,
        name=row.name,
        filter=row.filter,
        sort=row.sort,
        audience=row.audience,
        owner_id=row.owner_id,
        position=row.position,
    )


def _delete_view(rows: Rows, payload: DeleteView, context: Context) -> None:
    _check_row(rows.get(View, payload.view_id), context)
    rows.delete(View, payload.view_id)


def _inverse_delete_view(rows: Rows, payload: DeleteView, context: Context) -> tuple[SaveView, ...] | None:
    before = rows.get(View, payload.view_id)
    return (_view_as_saved(before),) if before else None


SAVE_ARTICLE = OperationKind(
    name="article.save",
    permission=Permission.KNOWLEDGE_EDIT,
    title="Save article",
    payload=SaveArticle,
    apply=_save_article,
    inverse=_inverse_article,
    about=lambda payload: payload.article_id,
)
SAVE_CANNED_RESPONSE = OperationKind(
    name="canned_response.save",
    permission=None,
    title="Save canned response",
    payload=SaveCannedResponse,
    apply=_save_canned,
    inverse=_inverse_canned,
    about=lambda payload: payload.canned_response_id,
)
DELETE_CANNED_RESPONSE = OperationKind(
    name="canned_response.delete",
    permission=None,
    title="Delete canned response",
    payload=DeleteCannedResponse,
    apply=_delete_canned,
    inverse=_inverse_delete_canned,
    about=lambda payload: payload.canned_response_id,
)
COUNT_CANNED_RESPONSE = OperationKind(
    name="canned_response.count",
    permission=None,
    title="Count use of canned response",
    payload=CountCannedResponse,
    apply=_count_canned,
    # What was used stays used: taking back a reply leaves the count, and does not stand in the way of its undo.
    inverse=lambda rows, payload, context: (),
    about=lambda payload: payload.canned_response_id,
)
SAVE_MACRO = OperationKind(
    name="macro.save",
    permission=None,
    title="Save macro",
    payload=SaveMacro,
    apply=_save_macro,
    inverse=_inverse_macro,
    about=lambda payload: payload.macro_id,
)
DELETE_MACRO = OperationKind(
    name="macro.delete",
    permission=None,
    title="Delete macro",
    payload=DeleteMacro,
    apply=_delete_macro,
    inverse=_inverse_delete_macro,
    about=lambda payload: payload.macro_id,
)
SAVE_VIEW = OperationKind(
    name="view.save",
    permission=None,
    title="Save view",
    payload=SaveView,
    apply=_save_view,
    inverse=_inverse_view,
    about=lambda payload: payload.view_id,
)
DELETE_VIEW = OperationKind(
    name="view.delete",
    permission=None,
    title="Delete view",
    payload=DeleteView,
    apply=_delete_view,
    inverse=_inverse_delete_view,
    about=lambda payload: payload.view_id,
)
KINDS = (
    SAVE_ARTICLE,
    SAVE_CANNED_RESPONSE,
    DELETE_CANNED_RESPONSE,
    COUNT_CANNED_RESPONSE,
    SAVE_MACRO,
    DELETE_MACRO,
    SAVE_VIEW,
    DELETE_VIEW,
)
