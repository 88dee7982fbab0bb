"""What is edited in the knowledge base, as plain forms: what is wrong with one, and the operation that saves it."""

from dataclasses import dataclass, replace

from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import (
    Article,
    ArticleRevision,
    ArticleState,
    Audience,
    CannedResponse,
    Macro,
    MacroAction,
    MacroVerb,
)
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations.knowledge import SaveArticle, SaveCannedResponse, SaveMacro
from agent_desktop.domain.placeholders import SENTENCES, find_placeholders

_NEEDS_VALUE = frozenset(MacroVerb) - {MacroVerb.ASSIGN_TO_ME}

ARTICLE = "article"
"""What drafts of articles are told by from other forms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleForm:
    """An article as it is edited. `base_revision` is the version that the editing began with."""

    title: str = ""
    body: str = ""
    state: ArticleState = ArticleState.DRAFT
    locale: str = "en"
    category: str = ""
    url: str = ""
    base_revision: int = 0
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedForm:
    """A canned response as it is edited. `owner_id` is a user or a team, as the audience says."""

    shortcut: str = ""
    title: str = ""
    body: str = ""
    audience: Audience = Audience.WORKSPACE
    owner_id: Id | None = None
    files: tuple[AttachmentFile, ...] = ()
    base_body: str | None = None
    """The text that was saved when the edit began, so that what others save meanwhile is merged with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroForm:
    """A macro as it is edited."""

    name: str = ""
    actions: tuple[MacroAction, ...] = ()
    audience: Audience = Audience.WORKSPACE
    owner_id: Id | None = None


def article_form(article: Article) -> ArticleForm:
    """The form of an article as it is saved."""
    return ArticleForm(
        title=article.title,
        body=article.body,
        state=article.state,
        locale=article.locale,
        category=article.category,
        url=article.url,
        base_revision=article.revision,
        external_id=article.external_id,
    )


def form_of_save(payload: SaveArticle) -> ArticleForm:
    """The form that was to be saved."""
    return ArticleForm(
        title=payload.title,
        body=payload.body,
        state=payload.state,
        locale=payload.locale,
        category=payload.category,
        url=payload.url,
        base_revision=payload.base_revision,
        external_id=payload.external_id,
    )


def restored(form: ArticleForm, revision: ArticleRevision) -> ArticleForm:
    """The form with what an earlier version said; everything that versions do not keep stays."""
    return replace(form, title=revision.title, body=revision.body, state=revision.state)


def article_problem(form: ArticleForm) -> str:
    """Why an article cannot be saved, or ""."""
    if not form.title.strip():
        return "Give the article a title."
    if not form.locale.strip():
        return "Say which language the article is in, such as “en”."
    return ""


def save_article(article_id: Id, form: ArticleForm) -> SaveArticle:
    """The operation that saves an article."""
    return SaveArticle(
        article_id=article_id,
        base_revision=form.base_revision,
        title=form.title,
        body=form.body,
        state=form.state,
        locale=form.locale.strip(),
        category=form.category,
        url=form.url.strip(),
        external_id=form.external_id,
    )


def canned_form(canned: CannedResponse) -> CannedForm:
    """The form of a canned response as it is saved."""
    return CannedForm(
        shortcut=canned.shortcut,
        title=canned.title,
        body=canned.body,
        audience=canned.audience,
        owner_id=canned.owner_id,
        files=canned.files,
        base_body=canned.body,
    )


def canned_problem(form: CannedForm) -> str:
    """Why a canned response cannot be saved, or ""."""
    shortcut = plain_shortcut(form.shortcut)
    if not shortcut:
        return "Give it a shortcut, such as “refund”."
    if len(shortcut.split()) > 1:
        return "A shortcut is one word without blanks."
    if not form.title.strip():
        return "Give it a title."
    if form.audience is Audience.TEAM and not form.owner_id:
        return "Choose the team."
    for placeholder in find_placeholders(form.body):
        if placeholder.problem is not None:
            return f"{placeholder.source}: {SENTENCES[placeholder.problem]}"
    return ""


def plain_shortcut(text: str) -> str:
    """A shortcut without the slash and blanks around it."""
    return text.strip().lstrip("/")


def save_canned(canned_id: Id, form: CannedForm) -> SaveCannedResponse:
    """The operation that saves a canned response."""
    return SaveCannedResponse(
        canned_response_id=canned_id,
        shortcut=plain_shortcut(form.shortcut),
        title=form.title,
        body=form.body,
        audience=form.audience,
        owner_id=form.owner_id,
        files=form.files,
        base_body=form.base_body,
    )


def macro_form(macro: Macro) -> MacroForm:
    """The form of a macro as it is saved."""
    return MacroForm(name=macro.name, actions=macro.actions, audience=macro.audience, owner_id=macro.owner_id)


def macro_problem(form: MacroForm) -> str:
    """Why a macro cannot be saved, or ""."""
    if not form.name.strip():
        return "Give the macro a name."
    if not form.actions:
        return "Add at least one step."
    for number, action in enumerate(form.actions, start=1):
        if action.verb in _NEEDS_VALUE and not action.value.strip():
            return f"Step {number} is not complete."
    if form.audience is Audience.TEAM and not form.owner_id:
        return "Choose the team."
    return ""


def save_macro(macro_id: Id, form: MacroForm) -> SaveMacro:
    """The operation that saves a macro."""
    return SaveMacro(
        macro_id=macro_id,
        name=form.name,
        actions=form.actions,
        audience=form.audience,
        owner_id=form.owner_id,
    )
