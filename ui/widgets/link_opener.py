"""Opens addresses of messages in the system's programs: only what is harmless to open, and never in disguise."""

from collections.abc import Callable

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from agent_desktop.services.html.links import link_warning, safe_link
from ui.prompts import Notice, Prompts, Question

OpenUrl = Callable[[QUrl], bool]
_LONGEST_SHOWN = 200


class LinkOpener:
    """The one way from a message to a browser, a mail program or a telephone."""

    def __init__(self, prompts: Prompts, open_url: OpenUrl = QDesktopServices.openUrl) -> None:
        self._prompts = prompts
        self._open_url = open_url

    def open(self, address: str, shown: str = "") -> None:
        """Open an address; if the text that stood for it names another place, ask first and say where it leads."""
        target = safe_link(address)
        if target is None:
            text = "Only web addresses, e-mail addresses and telephone numbers are opened from messages."
            self._prompts.tell(Notice(title="Not opened", text=text, details=address[:_LONGEST_SHOWN]))
            return
        place = link_warning(shown, target)
        if not place:
            self._go(target)
            return
        words = (
            f"The message shows “{shown[:_LONGEST_SHOWN]}”, but this link leads to {place[:_LONGEST_SHOWN]}."
        )
        question = Question(
            title="Open this link?", text=words, yes=f"Open {place[:60]}", no="Do not open", dangerous=True
        )
        self._prompts.ask(question, lambda yes: self._go(target) if yes else None)

    def _go(self, target: str) -> None:
        if not self._open_url(QUrl(target)):
            text = "No program on this computer opens this. The address is below."
            self._prompts.tell(Notice(title="Not opened", text=text, details=target))
