"""What can be done with a message of the timeline: other ways to look at it, its files, its links, its decisions."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Message
from agent_desktop.services.mail.names import clean_file_name
from ui.context import UiContext
from ui.models.mail_text import unreached
from ui.models.timeline import DeliveryAction
from ui.prompts import Question
from ui.viewmodels.composer import ComposerViewModel
from ui.viewmodels.conversation import ConversationViewModel
from ui.viewmodels.merging import Merging
from ui.widgets.attachment_opener import AttachmentOpener
from ui.widgets.event_line import EventLine
from ui.widgets.formatted_mail import FormattedMail, FormattedMailView, load_formatted
from ui.widgets.link_opener import LinkOpener
from ui.widgets.message_bubble import MessageBubble, MessageView
from ui.widgets.picture_loader import PictureLoader
from ui.widgets.text_viewer import TextViewer

_LARGEST_ORIGINAL = 4_000_000
_NOT_HERE = (
    "The original message is not on this computer yet. It comes with the next exchange with the server."
)


class MessageActions(QObject):
    """Connects entries to what they ask for. One for each pane."""

    def __init__(
        self,
        context: UiContext,
        conversation: ConversationViewModel,
        composer: ComposerViewModel,
        merging: Merging,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._context = context
        self._conversation = conversation
        self._composer = composer
        self._merging = merging
        self._window = window
        self.links = LinkOpener(context.prompts)
        self.files = AttachmentOpener(context, window, fetched=conversation.refresh)
        self.destroyed.connect(self.files.close)

    def serve(self, made: MessageBubble | EventLine) -> None:
        """Do what a new entry of the timeline will ask for."""
        made.open_requested.connect(self.files.open)
        made.save_requested.connect(self.files.save)
        if isinstance(made, MessageBubble):
            made.decided.connect(self._decide)
            made.view_requested.connect(partial(self._view, made))

    # Looking

    def _view(self, bubble: MessageBubble, message_id: Id, view: MessageView) -> None:
        message = self._conversation.message(message_id)
        if message is None:
            return
        match view:
            case MessageView.COPY:
                QGuiApplication.clipboard().setText(message.text)
            case MessageView.WHOLE_TEXT:
                self._open_viewer(f"Message of {message.author_name}", message.text, fixed=False)
            case MessageView.FORMATTED:
                self._toggle_formatted(bubble, message)
            case MessageView.ORIGINAL:
                self._show_original(message.raw_blob)
            case MessageView.FORWARD:
                self._composer.forward(message.id)
            case MessageView.SEND_AGAIN_TO:
                self._composer.send_again_to(message.id, ())
            case MessageView.TAKE_OUT | MessageView.TAKE_OUT_REST:
                following = view is MessageView.TAKE_OUT_REST
                self._merging.split(message.conversation_id, message.id, following=following)
            case MessageView.SAVE_ORIGINAL if message.raw_blob is not None:
                name = clean_file_name(f"{message.subject or 'message'}.eml", "message.eml")
                self.files.save_content(message.raw_blob, name)
            case _:
                pass

    def _toggle_formatted(self, bubble: MessageBubble, message: Message) -> None:
        html_blob = message.html_blob
        if bubble.is_formatted or html_blob is None:
            bubble.show_formatted(None)
            return
        load = self._loading(message, html_blob)
        remote = self._context.desk.remote_pictures

        def show(mail: FormattedMail) -> None:
            # The bubble may show another message by now.
            if isValid(bubble) and bubble.entry is not None and bubble.entry.key == message.id:
                may_always = remote.may_always(message) and not remote.always(message)
                view = FormattedMailView(self._context.theme, mail, bubble, may_always=may_always)
                view.link_activated.connect(self.links.open)
                view.resized.connect(bubble.resized)
                view.pictures_wanted.connect(partial(self._load_pictures, view, message, load))
                bubble.show_formatted(view)
                if mail.content.remote_images and remote.always(message):
                    self._load_pictures(view, message, load, False)

        self._context.tasks.read(load, show)

    def _loading(self, message: Message, html_blob: str) -> Callable[[], FormattedMail]:
        """What cleans and decodes a mail, with the pictures that are here by then."""
        desk, pictures = self._context.desk, self._context.pictures
        attachments = self._conversation.attachments(message.id)
        known = partial(desk.remote_pictures.known, message.id)
        return lambda: load_formatted(desk.files.read, html_blob, attachments, pictures, known)

    def _load_pictures(
        self, view: FormattedMailView, message: Message, load: Callable[[], FormattedMail], always: bool
    ) -> None:
        context, remote = self._context, self._context.desk.remote_pictures
        if always:
            context.tasks.write(lambda: remote.load_always(message))
        loader = PictureLoader(context.tasks, remote, message.id, view.remote_urls, view)

        def finished(failed: int, why: str) -> None:
            def show(mail: FormattedMail) -> None:
                view.show_mail(mail)
                if failed:
                    view.show_failure(failed, why)

            loader.deleteLater()
            context.tasks.read(load, show)

        view.show_progress(0, len(view.remote_urls))
        loader.progressed.connect(view.show_progress)
        loader.finished.connect(finished)
        loader.start()

    def _show_original(self, raw_blob: str | None) -> None:
        if raw_blob is None:
            return
        read_blob = self._context.desk.files.read

        def read() -> str:
            content = read_blob(raw_blob)
            if content is None:
                raise InputError(_NOT_HERE)
            return content[:_LARGEST_ORIGINAL].decode("utf-8", "replace")

        self._context.tasks.read(read, lambda text: self._open_viewer("Original message", text, fixed=True))

    def _open_viewer(self, title: str, text: str, *, fixed: bool) -> None:
        viewer = TextViewer(self._context.theme, title, text, fixed=fixed, parent=self._window)
        viewer.open()

    # Deciding

    def _decide(self, message_id: Id, action: DeliveryAction) -> None:
        match action:
            case DeliveryAction.SEND_AS_IS | DeliveryAction.RETRY:
                self._conversation.release(message_id)
            case DeliveryAction.CHECK:
                self._conversation.check(message_id)
            case DeliveryAction.EDIT:
                self._composer.edit_again(message_id)
            case DeliveryAction.OTHER_ADDRESS:
                self._composer.edit_again(message_id, addressing=True)
            case DeliveryAction.SEND_AGAIN_TO:
                message = self._conversation.message(message_id)
                self._composer.send_again_to(message_id, unreached(message) if message else ())
            case DeliveryAction.SEND_AGAIN:
                question = Question(
                    title="Send again?",
                    text="It may have arrived already: then the customer gets it twice.",
                    yes="Send again",
                )
                self._context.prompts.ask(question, partial(self._release_if, message_id))
            case DeliveryAction.DISCARD:
                question = Question(
                    title="Discard this reply?",
                    text="It is not sent. Its text stays in the conversation, marked as called back.",
                    yes="Discard reply",
                    dangerous=True,
                )
                self._context.prompts.ask(question, partial(self._discard_if, message_id))

    def _release_if(self, message_id: Id, yes: bool) -> None:
        if yes:
            self._conversation.release(message_id)

    def _discard_if(self, message_id: Id, yes: bool) -> None:
        if yes:
            self._conversation.discard(message_id)
