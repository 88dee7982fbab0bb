"""What is personal is its owner's alone, and nobody gives a role that is above their own."""

from dataclasses import replace

import pytest

from agent_desktop.domain.errors import Reason, Rejected
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
from agent_desktop.domain.operations import inverse_of
from agent_desktop.domain.operations.knowledge import (
    CountCannedResponse,
    DeleteCannedResponse,
    DeleteMacro,
    DeleteView,
    SaveArticle,
    SaveCannedResponse,
    SaveMacro,
    SaveView,
)
from agent_desktop.domain.operations.workspace import (
    CreateWorkspace,
    DiscardResult,
    EditProfile,
    SaveUser,
)
from agent_desktop.domain.records import Record
from agent_desktop.domain.result import OperationResult
from agent_desktop.domain.rows import WORKSPACE_SCOPE, user_scope
from agent_desktop.domain.view import ConversationFilter, View
from agent_desktop.domain.workspace import Role, User
from tests.factories import ADMIN, ANNA, BEN, SUPERVISOR, SYSTEM, make_operation_result
from tests.world import World


@pytest.mark.parametrize("typed", ["ada@example.org", " ADA@Example.org "])
def test_nobody_takes_the_address_by_which_another_signs_in(typed: str) -> None:
    """Who has the first of two equal addresses would keep the other out, and an administrator, too."""
    world = World()
    new = SaveUser(user_id="0", name="Not Ada", email=typed)
    other = SaveUser(user_id=BEN.id, name=BEN.name, email=typed)
    for payload in (new, other):
        with pytest.raises(Rejected) as rejected:
            world.do(payload, SUPERVISOR)
        assert rejected.value.reason is Reason.EXISTS
    world.do(replace(other, active=False), SUPERVISOR)  # who is not let in keeps nobody out
    with pytest.raises(Rejected):
        world.do(other, SUPERVISOR)
    world.do(replace(other, email=""), SUPERVISOR)
    world.do(replace(new, email=""), SUPERVISOR)
    mine = SaveUser(user_id=ADMIN.id, name="Ada Lovelace", email=typed, role=Role.ADMIN)
    world.do(mine, ADMIN)  # it is hers


def canned(audience: Audience, owner: User | None = None, **changes: str) -> SaveCannedResponse:
    values = {"canned_response_id": "1", "shortcut": "hi", "title": "Hi", "body": "Hello"} | changes
    return SaveCannedResponse(**values, audience=audience, owner_id=owner.id if owner else None)


def macro(audience: Audience, owner: User | None = None) -> SaveMacro:
    actions = (MacroAction(verb=MacroVerb.NOTE, value="Hi"),)
    return SaveMacro(
        macro_id="1", name="Hi", actions=actions, audience=audience, owner_id=owner.id if owner else None
    )


def view(audience: Audience, owner: User | None = None) -> SaveView:
    return SaveView(
        view_id="1",
        name="Hi",
        filter=ConversationFilter(),
        audience=audience,
        owner_id=owner.id if owner else None,
    )


CASES = (
    (canned, CannedResponse, DeleteCannedResponse(canned_response_id="1")),
    (macro, Macro, DeleteMacro(macro_id="1")),
    (view, View, DeleteView(view_id="1")),
)
owned = pytest.mark.parametrize(("save", "entity", "delete"), CASES, ids=("canned response", "macro", "view"))


def refused(world: World, payload: Record, actor: User) -> Reason:
    rows = world.rows
    with pytest.raises(Rejected) as caught:
        world.do(payload, actor)
    assert world.rows == rows
    return caught.value.reason


@owned
def test_what_is_personal_is_seen_and_changed_by_its_owner_alone(save, entity, delete) -> None:  # type: ignore[no-untyped-def]  # three shapes
    world = World()
    assert refused(world, save(Audience.PERSONAL, BEN), ANNA) is Reason.FORBIDDEN
    world.do(save(Audience.PERSONAL), ANNA)
    row = world.get(entity, "1")
    assert (row.owner_id, row.scope) == (ANNA.id, user_scope(ANNA.id))
    for payload in (save(Audience.WORKSPACE), save(Audience.PERSONAL), delete):
        assert refused(world, payload, BEN) is Reason.FORBIDDEN
    world.do(save(Audience.WORKSPACE), ANNA)
    assert world.get(entity, "1").scope == WORKSPACE_SCOPE
    world.do(delete, BEN)
    assert world.rows.get(entity, "1") is None


@owned
def test_leaders_may_tidy_up(save, entity, delete) -> None:  # type: ignore[no-untyped-def]  # three shapes
    world = World()
    world.do(save(Audience.PERSONAL), ANNA)
    world.do(delete, SUPERVISOR)
    assert world.rows.get(entity, "1") is None


@pytest.mark.parametrize("shortcut", ["", "/", " ", "two words", "two\twords", "two\nlines"])
def test_a_shortcut_is_one_word(shortcut: str) -> None:
    assert refused(World(), canned(Audience.WORKSPACE, shortcut=shortcut), ANNA) is Reason.INVALID


def test_a_shortcut_is_kept_without_its_slash_and_the_count_of_uses_stays() -> None:
    world = World()
    world.do(canned(Audience.WORKSPACE, shortcut=" /hi "), ANNA)
    world.do(CountCannedResponse(canned_response_id="1", times=3), BEN)
    world.do(CountCannedResponse(canned_response_id="1", times=-3), BEN)
    world.do(canned(Audience.WORKSPACE, title="Hello"), ANNA)
    row = world.get(CannedResponse, "1")
    assert (row.shortcut, row.usage_count) == ("hi", 3)


def test_an_article_that_was_saved_meanwhile_is_not_overwritten() -> None:
    world = World()
    for revision in (0, 1):
        save = SaveArticle(article_id="1", base_revision=revision, title=f"Title {revision}", body="Text")
        world.do(save, ANNA)
        assert refused(world, replace(save, title="Another"), BEN) is Reason.CHANGED_MEANWHILE
    assert world.get(Article, "1").title == "Title 1"
    revisions = world.rows.query(ArticleRevision, article_id="1")
    assert sorted(row.title for row in revisions) == ["Title 0", "Title 1"]


LINES = "One\nTwo\nThree"


def test_changes_of_different_lines_of_an_article_are_both_kept() -> None:
    world = World()
    save = SaveArticle(article_id="1", base_revision=0, title="Title", body=LINES)
    world.do(save, ANNA)
    save = replace(save, base_revision=1)
    world.do(replace(save, body="1\nTwo\nThree", title="New title"), ANNA)
    world.do(replace(save, body="One\nTwo\n3", state=ArticleState.PUBLIC), BEN)
    article = world.get(Article, "1")
    assert (article.title, article.body, article.state) == ("New title", "1\nTwo\n3", ArticleState.PUBLIC)
    assert article.revision == 3


def test_undoing_a_save_takes_back_ones_own_change_alone() -> None:
    world = World()
    save = SaveArticle(article_id="1", base_revision=0, title="Title", body=LINES)
    world.do(save, ANNA)
    save = replace(save, base_revision=1)
    mine = replace(save, body="1\nTwo\nThree")
    step = world.step(mine, ANNA)
    undo = inverse_of(world.rows, step.operation, step.context())
    assert undo is not None
    world.do(mine, ANNA)
    world.do(replace(save, body="One\nTwo\n3"), BEN)
    for payload in undo:
        world.do(payload, ANNA)
    assert world.get(Article, "1").body == "One\nTwo\n3"


def test_a_canned_response_that_was_saved_meanwhile_is_merged_or_left() -> None:
    world = World()
    world.do(canned(Audience.WORKSPACE, body=LINES), ANNA)
    world.do(canned(Audience.WORKSPACE, body="1\nTwo\nThree", base_body=LINES), ANNA)
    world.do(canned(Audience.WORKSPACE, body="One\nTwo\n3", base_body=LINES), BEN)
    assert world.get(CannedResponse, "1").body == "1\nTwo\n3"
    late = canned(Audience.WORKSPACE, body="Eins\nTwo\nThree", base_body=LINES)
    assert refused(world, late, BEN) is Reason.CHANGED_MEANWHILE
    assert world.get(CannedResponse, "1").body == "1\nTwo\n3"


@pytest.mark.parametrize(
    ("actor", "role", "is_allowed"),
    [
        (SUPERVISOR, Role.AGENT, True),
        (SUPERVISOR, Role.SUPERVISOR, True),
        (SUPERVISOR, Role.ADMIN, False),
        (SUPERVISOR, Role.SYSTEM, False),
        (ADMIN, Role.ADMIN, True),
        (ADMIN, Role.SYSTEM, False),
        (SYSTEM, Role.SYSTEM, True),
    ],
)
def test_nobody_gives_more_than_they_have(actor: User, role: Role, is_allowed: bool) -> None:
    save = SaveUser(user_id="new", name="Cleo", role=role)
    if is_allowed:
        World().do(save, actor)
    else:
        assert refused(World(), save, actor) is Reason.FORBIDDEN


def test_everybody_changes_their_own_name_and_signature_and_nobody_elses() -> None:
    world = World()
    profile = EditProfile(user_id=ANNA.id, name=" Anna Berg-Lund ", signature="Best\nAnna\n")
    world.do(profile, ANNA)
    anna = world.get(User, ANNA.id)
    assert (anna.name, anna.signature) == ("Anna Berg-Lund", "Best\nAnna")
    assert replace(anna, name=ANNA.name, signature=ANNA.signature) == ANNA, "nothing else has changed"
    world.do(EditProfile(user_id=ANNA.id, signature=""), ANNA)
    assert world.get(User, ANNA.id).name == "Anna Berg-Lund"
    for actor in (BEN, SUPERVISOR, ADMIN):
        assert refused(world, profile, actor) is Reason.FORBIDDEN
    assert refused(world, EditProfile(user_id=ANNA.id, name=" "), ANNA) is Reason.INVALID


def test_a_supervisor_cannot_take_the_role_of_an_admin_away() -> None:
    assert refused(World(), SaveUser(user_id=ADMIN.id, name="Ada"), SUPERVISOR) is Reason.FORBIDDEN


def test_a_workspace_is_made_once() -> None:
    assert refused(World(), CreateWorkspace(workspace_id="2", name="Another"), ADMIN) is Reason.EXISTS


def test_a_result_is_discarded_by_its_author_alone() -> None:
    world = World()
    world.rows.put(make_operation_result())
    discard = DiscardResult(operation_id=make_operation_result().id)
    assert refused(world, discard, ADMIN) is Reason.FORBIDDEN
    world.do(discard, ANNA)
    world.do(discard, ANNA)
    assert world.rows.query(OperationResult) == []
