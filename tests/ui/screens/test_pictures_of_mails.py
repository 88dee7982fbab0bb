"""Pictures on the internet are loaded when the reader of a mail asks, stay, and come unasked only from whom is sure."""

import pytest
from pytestqt.qtbot import QtBot

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from tests.ui.test_pictures import encoded
from ui.screens.conversation import ConversationPane
from ui.widgets.formatted_mail import FormattedMailView

HTML = b'<p>Hi <b>there</b> <img src="http://tracker.example/x.png" width="80"></p>'
REMOTE = "http://tracker.example/x.png"


class Internet:
    """Hands out pictures as the server does, and remembers what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Id, str]] = []
        self.away = False

    def fetch(self, message_id: Id, url: str) -> bytes:
        self.asked.append((message_id, url))
        if self.away:
            raise InputError("The picture could not be loaded: it took too long.")
        return encoded("PNG", 20, 10)


@pytest.fixture
def amelia(room: Room) -> Amelia:
    return Amelia(room.world)


@pytest.fixture
def pane(room: Room, amelia: Amelia, qtbot: QtBot) -> ConversationPane:
    pane = ConversationPane(room.context)
    qtbot.addWidget(pane)
    pane.resize(588, 800)
    pane.show()
    qtbot.waitExposed(pane)
    pane.show_conversation(amelia.conversation)
    qtbot.waitUntil(lambda: pane.is_settled)
    return pane


@pytest.fixture
def internet(room: Room) -> Internet:
    internet = Internet()
    room.world.desk.remote_pictures._source = lambda: internet
    return internet


def formatted(pane: ConversationPane, message_id: Id) -> FormattedMailView:
    bubble = pane.timeline.bubble(message_id)
    assert bubble is not None
    bubble._format.click()
    view = bubble._formatted
    assert isinstance(view, FormattedMailView)
    return view


def test_pictures_on_the_internet_come_when_the_reader_asks(
    pane: ConversationPane, amelia: Amelia, room: Room, internet: Internet
) -> None:
    message_id = amelia.writes("Hi there", html_blob=room.world.desk.blobs.put(HTML))
    view = formatted(pane, message_id)
    assert internet.asked == []
    assert (view._show.isHidden(), view._always.isHidden()) == (False, True)
    view._show.click()
    assert internet.asked == [(message_id, REMOTE)]
    assert view._bar.isHidden()
    assert "tracker.example" not in view.view.toHtml()
    assert "blob:" in view.view.toHtml()
    # They are kept: seen again, also without a network, nobody learns of it.
    shown = pane.timeline.bubble(message_id)
    assert shown is not None
    shown._format.click()
    internet.away = True
    assert "blob:" in formatted(pane, message_id).view.toHtml()
    assert len(internet.asked) == 1


def test_what_cannot_be_loaded_is_said_and_may_be_tried_again(
    pane: ConversationPane, amelia: Amelia, room: Room, internet: Internet
) -> None:
    message_id = amelia.writes("Hi there", html_blob=room.world.desk.blobs.put(HTML))
    internet.away = True
    view = formatted(pane, message_id)
    view._show.click()
    assert view._words.text() == "The picture could not be loaded: it took too long."
    internet.away = False
    view._show.click()
    assert view._bar.isHidden()


def test_pictures_of_a_sender_come_always_only_where_it_is_sure_who_that_is(
    pane: ConversationPane, amelia: Amelia, room: Room, internet: Internet
) -> None:
    blobs = room.world.desk.blobs
    for proven in ("", "spf=pass dkim=pass dmarc=fail", "spf=pass dkim=pass"):
        doubtful = amelia.writes("Hi", html_blob=blobs.put(HTML), authentication=proven)
        assert formatted(pane, doubtful)._always.isHidden()
    sure = amelia.writes("Hi", html_blob=blobs.put(HTML), authentication="spf=pass dkim=pass dmarc=pass")
    formatted(pane, sure)._always.click()
    assert internet.asked == [(sure, REMOTE)]
    later = amelia.writes("Me again", html_blob=blobs.put(HTML), authentication="dmarc=pass")
    assert formatted(pane, later)._bar.isHidden()
    assert internet.asked == [(sure, REMOTE), (later, REMOTE)]
    pretended = amelia.writes("Hi", html_blob=blobs.put(HTML), authentication="dmarc=fail")
    assert not formatted(pane, pretended)._bar.isHidden()
    assert len(internet.asked) == 2
