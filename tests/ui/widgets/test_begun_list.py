"""Messages that begin conversations stand above the drafts in conversations, wherever they are being written."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations.draft import ShareDraft
from agent_desktop.domain.records import to_plain
from agent_desktop.services.drafts import Draft
from agent_desktop.services.views import STANDARD_VIEWS
from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from tests.ui.screens.test_beside_others import Tablet
from ui.viewmodels.inbox import InboxViewModel
from ui.viewmodels.new_message import NewMessageViewModel
from ui.widgets.begun_list import BegunList
from ui.widgets.inbox_pane import InboxPane
from ui.widgets.new_message import NewMessageDialog

VIEWS = {view.key: view for view in STANDARD_VIEWS}


@pytest.fixture
def amelia(room: Room) -> Amelia:
    amelia = Amelia(room.world)
    Tablet(amelia)
    return amelia


@pytest.fixture
def pane(room: Room, amelia: Amelia, qtbot: QtBot) -> InboxPane:
    context = room.context
    inbox = InboxViewModel(context.desk, context.tasks, context.changes, context.draft_changes)
    pane = InboxPane(context, inbox, QWidget)
    inbox.setParent(pane)
    qtbot.addWidget(pane)
    pane.resize(318, 600)
    pane.show()
    inbox.show(VIEWS["drafts"])
    return pane


def begun(room: Room, text: str, **changes: object) -> Draft:
    blank = room.context.desk.new_messages.blank()
    room.world.clock.advance(timedelta(minutes=1))
    now = room.world.clock.now()
    return replace(blank, text=text, subject="Your order", to=("mia@new.example",), updated_at=now, **changes)  # type: ignore[arg-type]  # fields by name


def on_tablet(room: Room, draft: Draft) -> None:
    room.context.desk.apply(
        ShareDraft(
            conversation_id=draft.conversation_id,
            kind=draft.kind.value,
            content=json.dumps(to_plain(draft)),
            device="Tablet 22bb",
            written_at=draft.updated_at,
        )
    )


def sentences(pane: InboxPane) -> list[str]:
    """What the rows say, the first first."""
    found = pane.findChildren(BegunList)
    return [row.sentence for row in found[0].list.rows.rows] if found else []


def test_they_come_and_go_and_are_counted(room: Room, pane: InboxPane) -> None:
    desk = room.context.desk
    assert pane._stack.currentWidget() is pane.empty
    assert sentences(pane) == []
    draft = begun(room, "Dear Mia, it is on its way.")
    desk.drafts.save(draft)
    (sentence,) = sentences(pane)
    assert sentence.startswith("New message, mia@new.example, Your order, ")
    assert sentence.endswith("Dear Mia, it is on its way.")
    assert pane._stack.currentWidget() is pane.list
    assert "1 being written" in pane._sort.text()
    (view,) = (view for view in desk.views.counted() if view.key == "drafts")
    assert view.count == 1
    desk.new_messages.discard(draft.conversation_id)
    assert sentences(pane) == []
    assert pane._stack.currentWidget() is pane.empty


def test_enter_goes_on_with_one(room: Room, pane: InboxPane) -> None:
    draft = begun(room, "Dear Mia")
    room.context.desk.drafts.save(draft)
    rows = pane.findChildren(BegunList)[0].list
    rows.setFocus()
    rows.choose_first()
    QTest.keyClick(rows, Qt.Key.Key_Return)
    assert room.navigator.written == [draft.conversation_id]


def test_other_views_show_none(room: Room, pane: InboxPane) -> None:
    room.context.desk.drafts.save(begun(room, "Dear Mia"))
    pane._inbox.show(VIEWS["mine"])
    assert sentences(pane) == []
    assert pane._inbox.besides == 0


def test_one_from_another_device_is_gone_on_with_here(
    room: Room, pane: InboxPane, amelia: Amelia, qtbot: QtBot
) -> None:
    file = AttachmentFile(id="f", name="a.pdf", media_type="x/y", size=1, sha256="f" * 64)
    draft = begun(room, "Dear Mia, from the tablet", files=(file,))
    on_tablet(room, draft)
    (sentence,) = sentences(pane)
    assert "On Tablet" in sentence
    dialog = NewMessageDialog(room.context, NewMessageViewModel(room.context))
    qtbot.addWidget(dialog)
    dialog.go_on(draft.conversation_id)
    assert (dialog.text.text, dialog.model.draft.reply_id) == (draft.text, draft.reply_id)
    assert "Not all of its files are here" in dialog._problem.text()
    newer = replace(draft, text="Dear Mia, and more", updated_at=room.world.clock.now() + timedelta(hours=1))
    on_tablet(room, newer)
    assert dialog.text.text == draft.text, "nothing overwrites what is written here"
    assert not dialog.offer.isHidden()
    dialog.offer.accept.click()
    assert dialog.text.text == "Dear Mia, and more"
    dialog.offer.accept.click()
    assert dialog.text.text == draft.text, "and back"


def test_one_that_was_sent_from_another_device_says_so(
    room: Room, pane: InboxPane, amelia: Amelia, qtbot: QtBot
) -> None:
    desk = room.context.desk
    draft = begun(room, "Dear Mia", channel_id=amelia.email)
    desk.drafts.save(draft)
    shown: list[object] = []
    dialog = NewMessageDialog(room.context, NewMessageViewModel(room.context))
    qtbot.addWidget(dialog)
    dialog.sent_wanted.connect(shown.append)
    dialog.go_on(draft.conversation_id)
    assert dialog._sent.isHidden()
    desk.new_messages.send(replace(draft, text="Sent there"), "Sent there")
    desk.drafts.save(draft)  # this device had it, too
    assert "Sent already" in sentences(pane)[0]
    assert not dialog._sent.isHidden()
    dialog.send_now()
    assert "sent already" in dialog._problem.text()
    assert dialog.text.text == "Dear Mia"
    dialog.sent_wanted.emit(dialog.model.draft_id)
    assert shown == [draft.conversation_id]
