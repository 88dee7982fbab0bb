"""What colleagues and customers see of the person at the screen: name and signature."""

from typing import TYPE_CHECKING

from agent_desktop.domain.operations.workspace import EditProfile
from agent_desktop.services.apply import Applied

if TYPE_CHECKING:
    from ui.context import UiContext


class ProfileViewModel:
    """Changes one's own profile; each change can be undone."""

    def __init__(self, context: "UiContext") -> None:
        self._context = context

    @property
    def name(self) -> str:
        """How one is called."""
        return self._context.desk.directory.me.name

    @property
    def signature(self) -> str:
        """What stands below one's mails."""
        return self._context.desk.directory.me.signature

    def set_name(self, name: str) -> bool:
        """Take another name; False when there is none in it."""
        wanted = " ".join(name.split())
        if wanted and wanted != self.name:
            self._apply(EditProfile(user_id=self._context.desk.user_id, name=wanted), "Your name was changed")
        return bool(wanted)

    def set_signature(self, signature: str) -> None:
        """Sign mails in another way, or not at all."""
        wanted = signature.strip()
        if wanted != self.signature:
            payload = EditProfile(user_id=self._context.desk.user_id, signature=wanted)
            self._apply(payload, "Your signature was changed")

    def _apply(self, payload: EditProfile, words: str) -> None:
        context = self._context

        def done(applied: Applied) -> None:
            context.navigator.notify(words, applied)

        context.tasks.write(lambda: context.desk.apply(payload), done)
