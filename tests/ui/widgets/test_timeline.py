"""The timeline: hostile text stays text, what is read stays in place, and nothing takes long."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QImage, QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_desktop.domain.message import AttachmentFile, Delivery, Direction, Message, MessageKind
from agent_desktop.services.conversation import TimelineItem
from tests.factories import an_id, make_attachment, make_channel, make_message, make_reply, make_user
from tests.fakes import START
from ui.delegates.entry_pictures import FOLDED
from ui.models.timeline import DeliveryAction, EntryKind, TimelineContext, TimelineEntry, timeline_entries
from ui.theme import ThemeManager, ThemeMode
from ui.widgets.event_line import EventLine
from ui.widgets.message_bubble import MessageBubble, MessageView
from ui.widgets.text_viewer import TextViewer
from ui.widgets.timeline import TimelineView

HOSTILE = "<b>bold</b><img src=file:///etc/passwd><a href='https://evil.example'>x</a>&lt; \u202e\x07"


def entries(*messages: Message, online: bool = True, pending: bool = False) -> tuple[TimelineEntry, ...]:
    """What is shown of messages."""
    context = TimelineContext(
        me=make_user().id,
        now=START + timedelta(hours=2),
        online=online,
        name_of=lambda row_id: "Anna Berg" if row_id == make_user().id else "",
        kind_of=lambda row_id: make_channel().kind,
    )
    return timeline_entries([TimelineItem(message, (), pending) for message in messages], context)


def many(count: int, text: str = "Hello there") -> list[Message]:
    """So many messages, a minute apart, theirs and ours in turn."""
    return [
        make_message(
            id=an_id(f"message {number}"),
            created_at=START + timedelta(minutes=number / 10),
            direction=Direction.IN if number % 2 else Direction.OUT,
            text=f"{number}: {text}",
        )
        for number in range(count)
    ]


@pytest.fixture
def timeline(themes: ThemeManager, qtbot: QtBot) -> TimelineView:
    timeline = TimelineView(themes)
    qtbot.addWidget(timeline)
    timeline.resize(560, 400)
    timeline.show()
    qtbot.waitExposed(timeline)
    return timeline


def shown_keys(timeline: TimelineView) -> list[str]:
    return [entry.key for entry in timeline.entries() if entry.kind is not EntryKind.DAY]


def test_hostile_text_is_shown_as_it_was_typed(timeline: TimelineView) -> None:
    timeline.start(entries(make_message(text=HOSTILE, author_name="<h1>Karl</h1>")), more=False)
    bubble = timeline.bubble(an_id("message"))
    assert bubble is not None
    assert bubble._text.toPlainText() == HOSTILE
    assert bubble._author.textFormat() is Qt.TextFormat.PlainText
    assert bubble._author.text() == "<h1>Karl</h1>"


def test_only_addresses_can_be_followed(timeline: TimelineView) -> None:
    followed: list[tuple[str, str]] = []
    timeline.link_activated.connect(lambda address, shown: followed.append((address, shown)))
    text = "javascript:alert(1) file:///etc/passwd www.shop.example/a, me@shop.example"
    timeline.start(entries(make_message(text=text)), more=False)
    bubble = timeline.bubble(an_id("message"))
    assert bubble is not None
    for number in range(len(bubble._text._marked.links)):
        bubble._text._follow(type(bubble._text.source())(str(number)))
    assert followed == [
        ("https://www.shop.example/a", "www.shop.example/a"),
        ("mailto:me@shop.example", "me@shop.example"),
    ]


@pytest.mark.parametrize(
    "text", ["x" * 500_000, "word " * 200_000, "\n" * 300_000, "😀" * 250_000, "مرحبا" * 100_000]
)
def test_an_endless_message_is_cut(timeline: TimelineView, text: str) -> None:
    asked: list[object] = []
    timeline.start(entries(make_message(text=f"a{text}z")), more=False)
    bubble = timeline.bubble(an_id("message"))
    assert bubble is not None
    assert bubble.entry is not None
    assert bubble.entry.is_cut
    assert len(bubble.shown_text) <= 8_000
    bubble.view_requested.connect(lambda key, view: asked.append(view))
    bubble._whole.click()
    assert asked == [MessageView.WHOLE_TEXT]


def test_the_viewer_takes_a_word_of_half_a_megabyte(themes: ThemeManager, qtbot: QtBot) -> None:
    viewer = TextViewer(themes, "Message", "x" * 500_000)
    qtbot.addWidget(viewer)
    viewer.show()
    qtbot.waitExposed(viewer)
    assert viewer.field.toPlainText().replace("\n", "") == "x" * 500_000


def test_quoted_text_is_folded(timeline: TimelineView) -> None:
    timeline.start(entries(make_message(quoted="> before")), more=False)
    bubble = timeline.bubble(an_id("message"))
    assert bubble is not None
    assert not bubble._quoted.isVisible()
    assert bubble._fold.text() == FOLDED
    bubble._fold.click()
    assert bubble._quoted.isVisible()
    assert bubble._quoted.text == "> before"


def test_notes_look_like_nothing_else(timeline: TimelineView) -> None:
    note = make_message(kind=MessageKind.NOTE, direction=Direction.OUT, author_id=make_user().id)
    (day, entry) = entries(note)
    assert day.kind is EntryKind.DAY
    assert entry.kind is EntryKind.NOTE
    assert entry.meta.startswith("Internal note")


def test_stays_at_the_end_while_it_is_there(timeline: TimelineView, qtbot: QtBot) -> None:
    messages = many(30)
    timeline.start(entries(*messages), more=False)
    qtbot.waitUntil(lambda: timeline.is_complete)
    assert timeline.is_at_end
    newest = make_message(id=an_id("newest"), created_at=START + timedelta(hours=1), text="New")
    timeline.update_entries(entries(*messages, newest), more=False)
    bar = timeline.verticalScrollBar()
    assert bar.value() == bar.maximum()


def test_never_jumps_while_something_older_is_read(timeline: TimelineView, qtbot: QtBot) -> None:
    messages = many(40)
    timeline.start(entries(*messages), more=False)
    qtbot.waitUntil(lambda: timeline.is_complete)
    timeline.verticalScrollBar().setValue(300)
    assert not timeline.is_at_end
    before = timeline.place_of(an_id("message 6")).y()
    assert 0 < before < 400
    newest = make_message(id=an_id("newest"), created_at=START + timedelta(hours=1), text="New")
    earlier = make_message(id=an_id("earlier"), created_at=START - timedelta(minutes=1), text="Earlier\n" * 9)
    timeline.update_entries(entries(earlier, *messages, newest), more=False)
    qtbot.waitUntil(lambda: timeline.is_complete)
    assert timeline.place_of(an_id("message 6")).y() == before
    assert an_id("newest") in shown_keys(timeline)
    assert an_id("earlier") in shown_keys(timeline)


def test_a_change_touches_only_what_changed(timeline: TimelineView, qtbot: QtBot) -> None:
    messages = many(10)
    timeline.start(entries(*messages), more=False)
    bubble = timeline.bubble(an_id("message 8"))
    assert bubble is not None
    bubble._text.selectAll()
    changed = [*messages[:-1], replace(messages[-1], text="Changed")]
    timeline.update_entries(entries(*changed), more=False)
    assert timeline.bubble(an_id("message 8")) is bubble
    assert bubble.has_selection
    assert timeline.entries()[-1].text == "Changed"


def test_a_widget_shows_what_has_changed(timeline: TimelineView) -> None:
    message = make_message(text="Before")
    timeline.start(entries(message), more=False)
    bubble = timeline.bubble(message.id)
    assert bubble is not None
    timeline.update_entries(entries(replace(message, text="After")), more=False)
    assert bubble.shown_text == "After"


def test_widgets_are_few_and_used_again(timeline: TimelineView, qtbot: QtBot) -> None:
    made: list[object] = []
    timeline.made.connect(made.append)
    timeline.start(entries(*many(20)), more=False)
    for number in range(16, 20):
        point_at(timeline, qtbot, an_id(f"message {number}"))
    assert len(made) == 1
    timeline.start(entries(*many(20, "another conversation")), more=False)
    bubble = timeline.bubble(an_id("message 19"))
    assert bubble is not None
    assert bubble.shown_text == "19: another conversation"
    assert len(made) == 1


def point_at(timeline: TimelineView, qtbot: QtBot, key: str) -> None:
    """Move the mouse over an entry."""
    place = timeline.place_of(key)
    qtbot.mouseMove(timeline.viewport(), place.center())


def test_what_is_pointed_at_becomes_a_widget(timeline: TimelineView, qtbot: QtBot) -> None:
    timeline.start(entries(*many(5)), more=False)
    key = an_id("message 3")
    before = timeline.place_of(key)
    point_at(timeline, qtbot, key)
    live = timeline._lives.get(key)
    assert live is not None
    assert live.isVisible()
    assert live.geometry() == before
    point_at(timeline, qtbot, an_id("message 4"))
    assert timeline._lives.get(key) is None


def test_what_is_selected_stays_a_widget(timeline: TimelineView, qtbot: QtBot) -> None:
    timeline.start(entries(*many(5)), more=False)
    bubble = timeline.bubble(an_id("message 3"))
    assert bubble is not None
    bubble._text.selectAll()
    point_at(timeline, qtbot, an_id("message 4"))
    assert timeline.bubble(an_id("message 3")) is bubble
    assert bubble._text.textCursor().selectedText() == "3: Hello there"


def test_a_press_reaches_what_was_not_pointed_at_before(timeline: TimelineView, qtbot: QtBot) -> None:
    message = make_message(quoted="> before")
    timeline.start(entries(message), more=False)
    links_row = timeline.place_of(message.id).bottomLeft() + QPoint(24, -18)
    qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=links_row)
    bubble = timeline.bubble(message.id)
    assert bubble is not None
    assert bubble._quoted.isVisible()


@pytest.mark.parametrize("mode", [ThemeMode.LIGHT, ThemeMode.DARK])
@pytest.mark.parametrize("scale", [100, 150])
def test_a_picture_looks_like_the_widget_that_takes_its_place(
    timeline: TimelineView, themes: ThemeManager, mode: ThemeMode, scale: int
) -> None:
    themes.set_mode(mode)
    themes.set_text_scale(scale)
    timeline.resize(560, 2600)
    shown = every_kind()
    timeline.start(shown, more=False)
    timeline.place()
    pictures = timeline.viewport().grab().toImage()
    for entry in shown:
        timeline.live(entry.key)
    widgets = timeline.viewport().grab().toImage()
    assert timeline.viewport().findChildren(MessageBubble)
    assert differing(pictures, widgets) < 20
    themes.set_mode(ThemeMode.LIGHT)


def every_kind() -> tuple[TimelineEntry, ...]:
    """Messages of all scripts and with everything that a picture can show."""
    texts = [
        "Hi",
        "A long text that has to be broken, see https://shop.example/a?b=c and me@shop.example.\n\nThird 😀",
        "مرحبا، أين طلبي؟ رقم الطلب 10-55821\nEnglish line",
        "日本語のテキスト。注文はどこですか？" * 6,
        "x" * 300,
    ]
    items = []
    for number, text in enumerate(texts * 2):
        message = make_message(
            id=an_id(f"message {number}"),
            created_at=START + timedelta(minutes=number),
            direction=Direction.IN if number % 2 else Direction.OUT,
            text=text,
            quoted="> before" if number == 3 else "",
            html_blob="0" * 64 if number in (3, 6) else None,
            to=("a@shop.example", "b@shop.example") if number in (4, 5, 7) else (),
            authentication="spf=fail dmarc=fail" if number in (1, 5, 9) else "",
            reply_to="other@shop.example" if number == 7 else "",
        )
        files = (
            make_attachment(),
            make_attachment(id=an_id("second"), name="b.pdf", media_type="text/plain"),
        )
        items.append(TimelineItem(message, files if number in (1, 4) else (), False))
    later = START + timedelta(minutes=30)
    note = make_message(
        id=an_id("note"),
        kind=MessageKind.NOTE,
        direction=Direction.OUT,
        created_at=later,
        author_id=make_user().id,
        text="@Anna see this",
        mentioned_ids=(make_user().id,),
    )
    event = make_message(id=an_id("event"), kind=MessageKind.EVENT, created_at=later, text="Assigned to Ben")
    call = make_message(
        id=an_id("call"), kind=MessageKind.CALL, created_at=later, text="Missed call\nHi, this is Tom."
    )
    items += [TimelineItem(message, (), False) for message in (note, event, call)]
    context = TimelineContext(
        me="",
        now=START,
        online=True,
        name_of=lambda row: "Anna Berg",
        kind_of=lambda row: make_channel().kind,
    )
    return timeline_entries(items, context)


def differing(first: QImage, second: QImage) -> int:
    """How many pixels of two pictures differ by more than a shade."""
    ours, theirs = (pixels(image) for image in (first, second))
    return sum(1 for a, b in zip(ours, theirs, strict=True) if abs(a - b) > 8) // 3


def pixels(image: QImage) -> bytes:
    converted = image.convertToFormat(QImage.Format.Format_RGB888)
    return bytes(converted.constBits())


def test_every_message_is_an_item_for_screen_readers(timeline: TimelineView) -> None:
    timeline.start(entries(*many(30)), more=False)
    listed = QAccessible.queryAccessibleInterface(timeline)
    assert listed.role() is QAccessible.Role.List
    assert listed.childCount() == 31
    newest = listed.child(30)
    assert newest.role() is QAccessible.Role.ListItem
    assert newest.text(QAccessible.Text.Name) == timeline.entries()[-1].spoken
    assert newest.text(QAccessible.Text.Name).startswith("Karl Lund, Email")
    assert newest.rect().height() == timeline.place_of(an_id("message 29")).height()


def test_tells_what_is_on_screen(timeline: TimelineView, qtbot: QtBot) -> None:
    displayed: set[str] = set()
    timeline.displayed.connect(displayed.update)
    timeline.start(entries(*many(40)), more=False)
    qtbot.waitUntil(lambda: timeline.is_complete)
    assert an_id("message 39") in displayed
    assert an_id("message 0") not in displayed
    timeline.verticalScrollBar().setValue(0)
    assert an_id("message 0") in displayed


def test_earlier_messages_can_be_asked_for(timeline: TimelineView, qtbot: QtBot) -> None:
    asked: list[bool] = []
    timeline.earlier_requested.connect(lambda: asked.append(True))
    timeline.start(entries(*many(3)), more=True)
    assert timeline._earlier.isVisible()
    timeline._earlier.click()
    assert asked == [True]
    timeline.update_entries(entries(*many(3)), more=False)
    assert not timeline._earlier.isVisible()


def test_arrows_go_from_message_to_message(timeline: TimelineView, qtbot: QtBot) -> None:
    timeline.start(entries(*many(5)), more=False)
    timeline.setFocus()
    qtbot.keyClick(timeline, Qt.Key.Key_Up)
    newest = timeline.bubble(an_id("message 4"))
    assert newest is not None
    assert newest.hasFocus()
    assert newest.accessibleName().startswith("Karl Lund, Email")
    qtbot.keyClick(newest, Qt.Key.Key_Up)
    above = timeline.bubble(an_id("message 3"))
    assert above is not None
    assert above.hasFocus()


def test_the_keyboard_stays_when_another_conversation_comes(timeline: TimelineView, qtbot: QtBot) -> None:
    timeline.start(entries(*many(5)), more=False)
    timeline.setFocus()
    qtbot.keyClick(timeline, Qt.Key.Key_Up)
    newest = timeline.bubble(an_id("message 4"))
    assert newest is not None
    assert newest.hasFocus()
    timeline.start(entries(make_message(text="Another")), more=False)
    assert timeline.hasFocus()


def test_a_failed_reply_offers_what_can_be_done(timeline: TimelineView) -> None:
    decided: list[object] = []
    reply = make_reply(delivery=Delivery.FAILED, delivery_detail="Mailbox full")
    timeline.start(entries(reply), more=False)
    bubble = timeline.bubble(reply.id)
    assert bubble is not None
    assert bubble._banner.isVisible()
    bubble.decided.connect(lambda key, action: decided.append(action))
    bubble._banner._buttons[0].click()
    assert decided == [DeliveryAction.RETRY]
    timeline.update_entries(entries(replace(reply, delivery=Delivery.SENT)), more=False)
    assert not bubble._banner.isVisible()


def test_a_reply_that_is_held_while_it_is_shown_has_room_for_why_and_what_can_be_done(
    timeline: TimelineView,
) -> None:
    reply = make_reply(delivery=Delivery.QUEUED)
    timeline.start(entries(reply, online=False, pending=True), more=False)
    answer = make_reply(id=an_id("theirs"), author_id="ben", author_name="Ben Adeyemi")
    timeline.update_entries(entries(answer, replace(reply, delivery=Delivery.HELD)), more=False)
    bubble = timeline.bubble(reply.id)
    assert bubble is not None
    given = bubble.height()
    QApplication.processEvents()
    assert given >= bubble.heightForWidth(bubble.width())
    why = bubble._banner._why
    assert why.height() >= why.heightForWidth(why.width())


def test_an_event_opens_only_when_there_is_more(timeline: TimelineView) -> None:
    call = make_message(kind=MessageKind.CALL, text="Missed call · 1:42 voicemail\nHi, this is Tom.")
    timeline.start(entries(call), more=False)
    line = timeline.live(call.id)
    assert isinstance(line, EventLine)
    assert not line.is_open
    line.toggle()
    assert line.is_open
    assert line._details.text == "Hi, this is Tom."


def test_a_call_that_is_long_opens_in_whole_and_has_its_recording(timeline: TimelineView) -> None:
    words = (
        "Hi, this is Tom from Okafor Interiors. Two of the six armchairs have arrived in a different colour."
    )
    call = make_message(kind=MessageKind.CALL, text=words, author_name="Tom Okafor", attachment_count=1)
    recording = make_attachment(name="voicemail.mp3", media_type="audio/mpeg")
    context = TimelineContext(
        me="", now=START, online=True, name_of=lambda row: "", kind_of=lambda row: make_channel().kind
    )
    asked: list[object] = []
    timeline.made.connect(lambda line: line.open_requested.connect(asked.append))
    timeline.start(timeline_entries([TimelineItem(call, (recording,), False)], context), more=False)
    line = timeline.live(call.id)
    assert isinstance(line, EventLine)
    assert line._line.text().startswith("Call from Tom Okafor: Hi, this is Tom")
    line.toggle()
    assert line._details.text == words
    line._cards.cards[0].click()
    assert len(asked) == 1


def test_small_pictures_are_asked_for_ahead(timeline: TimelineView) -> None:
    picture = make_attachment()
    wanted: list[AttachmentFile] = []
    timeline.picture_wanted.connect(wanted.append)
    context = TimelineContext(
        me=make_user().id, now=START, online=True, name_of=lambda row: "", kind_of=lambda row: None
    )
    item = TimelineItem(make_message(attachment_count=1), (picture,), False)
    next(timeline.look_ahead(timeline_entries([item], context), more=False))
    assert [file.sha256 for file in wanted] == [picture.sha256]


def test_many_messages_are_there_at_once_and_measured_piece_by_piece(
    timeline: TimelineView, qtbot: QtBot
) -> None:
    timeline.start(entries(*many(400, "lorem ipsum dolor sit amet " * 12)), more=False)
    assert timeline.entries()
    assert not timeline.is_complete
    qtbot.waitUntil(lambda: timeline.is_complete)


def test_keys_of_the_keyboard_scroll_to_the_ends(timeline: TimelineView, qtbot: QtBot) -> None:
    timeline.start(entries(*many(40)), more=False)
    qtbot.waitUntil(lambda: timeline.is_complete)
    bar = timeline.verticalScrollBar()
    event = QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier)
    timeline.keyPressEvent(event)
    assert bar.value() == 0
    qtbot.keyClick(timeline, Qt.Key.Key_End)
    assert bar.value() == bar.maximum()
