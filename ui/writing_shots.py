"""What is done in a window for the pictures of writing mail: see `ui.shots`."""

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QWidget

from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.recipients import Recipients
from ui.screens.main_window import MainWindow
from ui.widgets.new_message import NewMessageDialog

_PATIENCE = 700
"""Milliseconds until what was done is on screen."""
_BOSS, _LAB = "anne.boss@novak.example", "repairs@kettle-lab.example"


def doubtful(window: MainWindow) -> None:
    """Somebody who may not be who they say writes with a copy, and wants answers elsewhere."""
    _open(window, "two orders one parcel")
    window.workspace.conversation.reply()


def recipients(window: MainWindow) -> None:
    """A reply to several, with an address that is none."""
    _open(window, "wunderbar danke bruno")
    pane = window.workspace.conversation
    pane.reply()
    composer = pane.composer_model
    composer.address(Recipients(composer.to, (*composer.people.cc, "repairs.kettle-lab"), (_LAB,)))


def forwarding(window: MainWindow) -> None:
    """The customer's message goes to somebody else."""
    _wait()
    window.commands.action("mail.forward").trigger()
    _wait()
    composer = window.workspace.conversation.composer_model
    draft = composer.draft()
    text = f"Hi, can you say when this model is back?{draft.text}"
    composer.edit(draft.kind, text, 40)
    composer.address(Recipients((_LAB,)))
    window.workspace.conversation.composer.editor.set_text(text, 40)


def bounced(window: MainWindow) -> None:
    """A copy of a reply did not arrive."""
    _open(window, "garantía de 3 unidades")
    window.workspace.conversation.timeline.scroll_to_end()


def new_message(window: MainWindow) -> QWidget | None:
    """A mail to somebody with whom something is open already."""
    _wait()
    card = window.workspace.open_card
    profile = window.context.desk.customers.profile(card.customer.id) if card else None
    kinds = (identity for identity in profile.identities) if profile else ()
    address = next((one.display for one in kinds if one.kind is ChannelKind.EMAIL), "amelia@example.com")
    window.commands.action("mail.new").trigger()
    _wait()
    dialog = window.findChild(NewMessageDialog)
    if isinstance(dialog, NewMessageDialog):
        dialog.people.changed.emit(Recipients((address,), (_BOSS,)))
        dialog.people.subject_changed.emit("Your kettle is back in stock")
        dialog.text.insert("Hi Amelia,\n\nthe model that you asked about is here again.")
        _wait()
    return dialog


def _open(window: MainWindow, words: str) -> None:
    hits = window.context.desk.search.search(words).hits
    if hits:
        window.open_conversation(hits[0].conversation_id)
    _wait()


def _wait() -> None:
    loop = QEventLoop()
    QTimer.singleShot(_PATIENCE, loop.quit)
    loop.exec()


PREPARED = (
    ("mail-doubtful", doubtful),
    ("mail-recipients", recipients),
    ("mail-forward", forwarding),
    ("mail-bounced", bounced),
    ("mail-new", new_message),
)
"""Names of pictures and what is done for them, in this order."""
