"""The knowledge screen writes articles, canned responses and macros, and never loses what was typed."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agent_desktop.domain.knowledge import Audience, MacroAction, MacroVerb
from agent_desktop.domain.operations.knowledge import SaveArticle, SaveCannedResponse, SaveMacro
from tests.ui.conftest import Room
from tests.ui.walk import HOSTILE, not_plain, texts, unnamed
from ui.screens.knowledge import KnowledgeScreen
from ui.widgets.article_side import Side
from ui.widgets.buttons import IconButton


@pytest.fixture
def screen(room: Room, qtbot: QtBot) -> KnowledgeScreen:
    new = room.world.ids.new
    room.context.desk.apply(
        SaveArticle(article_id=new(), base_revision=0, title="Refunds", body="Up to **120**."),
        SaveCannedResponse(canned_response_id=new(), shortcut="refund", title="Refund made", body="Done."),
        SaveMacro(
            macro_id=new(), name="Resolve", actions=(MacroAction(verb=MacroVerb.SET_STATUS, value="solved"),)
        ),
    )
    screen = KnowledgeScreen(room.context)
    screen.finish()
    screen.canned.finish()
    screen.macros.finish()
    qtbot.addWidget(screen)
    screen.resize(1100, 700)
    screen.show()
    qtbot.waitActive(screen)
    screen.activate()
    return screen


def test_an_article_is_found_edited_and_saved_by_keyboard(room: Room, screen: KnowledgeScreen) -> None:
    page = screen.articles
    QTest.keyClicks(page.column.field, "refu")
    QTest.keyClick(page.column.field, Qt.Key.Key_Down)
    assert page.editor.title.text() == "Refunds"
    QTest.keyClicks(page.editor.body, "Now: ")
    assert page.foot.save.isEnabled()
    assert "Unsaved" in [chip.text for chip in page.column.list.rows.rows[0].chips]
    QTest.keyClick(page.editor.body, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert not page.foot.save.isEnabled()
    article = room.context.desk.knowledge.articles()[0]
    assert (article.body, article.revision) == ("Now: Up to **120**.", 2)


def test_typing_keeps_the_caret_where_it_is(screen: KnowledgeScreen) -> None:
    page = screen.articles
    page.column.list.choose_first()
    page.editor.body.moveCursor(page.editor.body.textCursor().MoveOperation.End)
    QTest.keyClicks(page.editor.body, " More")
    assert page.editor.body.toPlainText() == "Up to **120**. More"
    assert page.editor.body.textCursor().atEnd()


def test_preview_follows_typing(screen: KnowledgeScreen) -> None:
    page = screen.articles
    page.column.list.choose_first()
    page.turn_to(Side.PREVIEW)
    QTest.keyClicks(page.editor.body, "Now: ")
    assert page.side.preview.text.strip() == "Now: Up to 120."


def test_a_version_is_read_and_restored(screen: KnowledgeScreen) -> None:
    page = screen.articles
    page.column.list.choose_first()
    page.editor.body.setPlainText("Second")
    page.save()
    page.turn_to(Side.VERSIONS)
    assert not page.side.restore.isEnabled()
    page.side.versions.choose(1)
    assert "Up to 120." in page.side.version.text
    page.side.restore.click()
    assert page.editor.body.toPlainText() == "Up to **120**."


@pytest.mark.parametrize("yes", [True, False])
def test_discarding_asks_first(room: Room, screen: KnowledgeScreen, yes: bool) -> None:
    page = screen.articles
    page.column.list.choose_first()
    page.editor.body.setPlainText("Second")
    room.prompts.yes = yes
    page.foot.discard.click()
    assert room.prompts.questions[-1].dangerous
    assert page.editor.body.toPlainText() == ("Up to **120**." if yes else "Second")


def test_a_new_article_begins_with_its_title(screen: KnowledgeScreen) -> None:
    page = screen.articles
    page.begin()
    assert page.editor.title.hasFocus()
    QTest.keyClicks(page.editor.title, "Warranty")
    page.save()
    assert [row.title[0].text for row in page.column.list.rows.rows] == ["Refunds", "Warranty"]


def test_an_article_of_another_place_is_shown(room: Room, screen: KnowledgeScreen) -> None:
    screen.tabs.setCurrentIndex(2)
    screen.show_article(room.context.desk.knowledge.articles()[0].id)
    assert screen.articles.isVisibleTo(screen)
    assert screen.articles.editor.title.text() == "Refunds"


def test_a_conflict_offers_both_versions(room: Room, screen: KnowledgeScreen) -> None:
    page = screen.articles
    page.column.list.choose_first()
    room.world.desk.sync.exchange()
    page.editor.body.setPlainText("Mine")
    article = room.context.desk.knowledge.articles()[0]
    room.world.server.backend.store.commit(
        [SaveArticle(article_id=article.id, base_revision=1, title="Refunds", body="Theirs")]
    )
    room.world.desk.sync.exchange()
    assert any("Somebody else saved" in text for text in texts(page))
    assert page.editor.body.toPlainText() == "Mine"
    assert not page.foot.save.isEnabled()


def test_a_canned_response_is_edited_with_preview_and_warning(room: Room, screen: KnowledgeScreen) -> None:
    screen.tabs.setCurrentIndex(1)
    page = screen.canned
    page.begin()
    QTest.keyClicks(page.editor.title, "Hello")
    QTest.keyClicks(page.editor.shortcut, "refund")
    page.editor.body.setPlainText("Hi {{ customer.first_name }}")
    assert page.editor.preview.text() == "Hi Amelia"
    assert "Refund made" in page.editor.duplicate.text()
    page.editor.shortcut.clear()
    QTest.keyClicks(page.editor.shortcut, "hello")
    assert not page.editor.duplicate.isVisibleTo(page)
    page.save()
    saved = next(row for row in room.context.desk.knowledge.canned() if row.shortcut == "hello")
    assert saved.audience is Audience.PERSONAL


def test_a_canned_response_is_deleted_with_a_way_back(room: Room, screen: KnowledgeScreen) -> None:
    screen.tabs.setCurrentIndex(1)
    screen.canned.column.list.choose_first()
    screen.canned.foot.remove.click()
    message, applied = room.navigator.messages[-1]
    assert message == "Canned response deleted."
    assert applied is not None
    assert screen.canned.column.list.rows.rows == ()


def test_a_macro_gets_a_step_that_moves_up(room: Room, screen: KnowledgeScreen) -> None:
    screen.tabs.setCurrentIndex(2)
    page = screen.macros
    page.column.list.choose_first()
    fields = page.editor.steps.add_line()
    fields.show_action(MacroAction(verb=MacroVerb.NOTE, value="Done by macro"))
    fields.edited.emit()
    ups = [button for button in page.findChildren(IconButton) if button.accessibleName() == "Move step up"]
    ups[-1].click()
    page.save()
    verbs = [action.verb for action in room.context.desk.macros.all()[0].actions]
    assert verbs == [MacroVerb.NOTE, MacroVerb.SET_STATUS]


@pytest.mark.parametrize(
    "action",
    [
        MacroAction(verb=MacroVerb.SET_PRIORITY, value="high"),
        MacroAction(verb=MacroVerb.ASSIGN_TO_ME),
        MacroAction(verb=MacroVerb.ADD_TAG, value="a new tag"),
        MacroAction(verb=MacroVerb.SNOOZE_HOURS, value="1.5"),
        MacroAction(verb=MacroVerb.REPLY, value="Hi {{ customer.name }}"),
    ],
)
def test_every_kind_of_step_comes_back_as_it_was(screen: KnowledgeScreen, action: MacroAction) -> None:
    fields = screen.macros.editor.steps.add_line()
    fields.show_action(action)
    assert fields.action == action


def test_hostile_texts_stay_plain(room: Room, screen: KnowledgeScreen) -> None:
    new = room.world.ids.new
    room.context.desk.apply(
        SaveArticle(article_id=new(), base_revision=0, title=HOSTILE, body=HOSTILE, category=HOSTILE),
        SaveCannedResponse(canned_response_id=new(), shortcut="eve", title=HOSTILE, body=HOSTILE),
    )
    screen.articles.column.field.setText("eve")
    screen.articles.column.list.choose_first()
    screen.articles.turn_to(Side.PREVIEW)
    assert "<script>" in screen.articles.side.preview.text
    screen.canned.column.field.setText("eve")
    screen.canned.column.list.choose_first()
    assert not_plain(screen) == []
    screen.grab()


@pytest.mark.parametrize("tab", [0, 1, 2])
def test_everything_has_a_name(screen: KnowledgeScreen, tab: int) -> None:
    screen.tabs.setCurrentIndex(tab)
    page = (screen.articles, screen.canned, screen.macros)[tab]
    assert unnamed(screen) == []
    page.column.list.choose_first()
    assert unnamed(screen) == []
