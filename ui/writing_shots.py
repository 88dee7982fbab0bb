"""What is done in a window for the pictures of writing mail: see `ui.shots`."""

import json
from dataclasses import replace

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QWidget

from agent_desktop.domain.operations.draft import ShareDraft
from agent_desktop.domain.records import to_plain
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.drafts import Draft
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
    dialog = _new_dialog(window)
    if dialog is not None:
        dialog.people.changed.emit(Recipients((address,), (_BOSS,)))
        dialog.people.subject_changed.emit("Your kettle is back in stock")
        dialog.text.insert("Hi Amelia,\n\nthe model that you asked about is here again.")
        _wait()
    return dialog


def waiting(window: MainWindow) -> QWidget | None:
    """A canned response before anybody has said whom it is for."""
    dialog = _new_dialog(window)
    if dialog is not None:
        (canned, *_) = window.context.desk.knowledge.canned("hello") or window.context.desk.knowledge.canned(
            ""
        )
        dialog.insert(canned)
        _wait()
    return dialog


def many_people(window: MainWindow) -> QWidget | None:
    """To very many, one of whom has no address, with files, and not sent."""
    dialog = _new_dialog(window)
    if dialog is not None:
        names = [f"guest.number{number}@conference.example" for number in range(40)]
        dialog.people.changed.emit(Recipients((*names[:20], "guest.without"), tuple(names[20:]), (_BOSS,)))
        dialog.people.subject_changed.emit("Programme of the conference")
        for name in ("programme.pdf", "map of the place.png", "who is who.xlsx"):
            dialog.model.attach_content(name, lambda: b"x" * 240_000)
        _wait()
        dialog.send_now()
        _wait()
    return dialog


def drafts(window: MainWindow) -> None:
    """Messages that begin conversations above the drafts in conversations: here, and on another device."""
    desk = window.context.desk
    _new_draft(
        window, "jonas@new.example", "Your order", "Dear Jonas,\n\nit is on its way since this morning."
    )
    there = _new_draft(window, _LAB, "A kettle that hums", "Hi, can you say what makes this model hum?")
    desk.drafts.delete(there.conversation_id, there.kind)
    desk.apply(
        ShareDraft(
            conversation_id=there.conversation_id,
            kind=there.kind.value,
            content=json.dumps(to_plain(there)),
            device="Tablet 22bb",
            written_at=there.updated_at,
        )
    )
    window.show_view("drafts")
    _wait()


def _new_draft(window: MainWindow, to: str, subject: str, text: str) -> Draft:
    desk = window.context.desk
    draft = replace(desk.new_messages.blank(), to=(to,), subject=subject, text=text)
    desk.drafts.save(draft)
    return draft


def _new_dialog(window: MainWindow) -> NewMessageDialog | None:
    _wait()
    window.commands.action("mail.new").trigger()
    _wait()
    shown = (dialog for dialog in window.findChildren(NewMessageDialog) if dialog.isVisible())
    return next(shown, None)


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
    ("mail-new-waiting", waiting),
    ("mail-new-many", many_people),
    ("mail-drafts", drafts),
)
"""Names of pictures and what is done for them, in this order."""
