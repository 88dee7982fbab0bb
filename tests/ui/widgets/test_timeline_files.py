"""The files of messages in the timeline: cards, and small pictures that come when they are decoded."""

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from agent_desktop.domain.message import AttachmentFile
from agent_desktop.services.conversation import TimelineItem
from tests.factories import an_id, make_attachment, make_message, make_user
from tests.fakes import START
from ui.models.timeline import TimelineContext, timeline_entries
from ui.theme import ThemeManager
from ui.widgets.timeline import TimelineView


@pytest.fixture
def timeline(themes: ThemeManager, qtbot: QtBot) -> TimelineView:
    timeline = TimelineView(themes)
    qtbot.addWidget(timeline)
    timeline.resize(560, 400)
    timeline.show()
    qtbot.waitExposed(timeline)
    return timeline


def test_attachments_are_cards(timeline: TimelineView) -> None:
    picture = make_attachment()
    context_items = [TimelineItem(make_message(attachment_count=1), (picture,), False)]
    wanted: list[AttachmentFile] = []
    timeline.picture_wanted.connect(wanted.append)
    context = TimelineContext(
        me=make_user().id, now=START, online=True, name_of=lambda row: "", kind_of=lambda row: None
    )
    timeline.start(timeline_entries(context_items, context), more=False)
    assert [file.sha256 for file in wanted] == [picture.sha256]
    before = timeline.place_of(an_id("message")).height()
    image = QImage(100, 60, QImage.Format.Format_RGB32)
    timeline.show_picture(picture.sha256, image)
    assert timeline.place_of(an_id("message")).height() == before + 70
    bubble = timeline.bubble(an_id("message"))
    assert bubble is not None
    (card,) = bubble.cards
    assert card.accessibleName() == "Attachment parcel.jpg, 48 KB. Open"
    assert card.has_picture
    assert bubble.heightForWidth(bubble.width()) == before + 70


def test_a_small_picture_is_there_when_its_conversation_comes_again(timeline: TimelineView) -> None:
    picture = make_attachment()
    item = TimelineItem(make_message(attachment_count=1), (picture,), False)
    context = TimelineContext(
        me=make_user().id, now=START, online=True, name_of=lambda row: "", kind_of=lambda row: None
    )
    shown = timeline_entries([item], context)
    timeline.start(shown, more=False)
    timeline.show_picture(picture.sha256, QImage(100, 60, QImage.Format.Format_RGB32))
    height = timeline.place_of(an_id("message")).height()
    timeline.start((), more=False)
    timeline.start(shown, more=False)
    assert timeline.place_of(an_id("message")).height() == height


def test_a_small_picture_that_comes_late_makes_room_in_an_unfolded_message(timeline: TimelineView) -> None:
    message = make_message(quoted="> before")
    file = make_attachment(message_id=message.id, name="photo.png", media_type="image/png", sha256="aa" * 32)
    context = TimelineContext(
        me=make_user().id, now=START, online=True, name_of=lambda row: "", kind_of=lambda row: None
    )
    timeline.start(timeline_entries([TimelineItem(message, (file,), False)], context), more=False)
    bubble = timeline.bubble(message.id)
    assert bubble is not None
    bubble._fold.click()
    timeline.place()
    before = bubble.height()
    timeline.show_picture(file.sha256, QImage(100, 60, QImage.Format.Format_RGB32))
    assert bubble.height() >= before + 60
