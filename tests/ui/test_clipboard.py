"""A secret on the clipboard says of itself that it is one."""

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.clipboard import CONCEALED
from ui.theme import ThemeManager
from ui.widgets.link_dialog import LinkDialog

LINK = "https://desk.example.org/invite?token=ad_in_x"


def test_an_invitation_is_kept_out_of_histories(
    qapp: QApplication, qtbot: QtBot, themes: ThemeManager
) -> None:
    dialog = LinkDialog(themes, "Invited", "Send this link.", LINK)
    qtbot.addWidget(dialog)
    dialog.copy.click()
    copied = qapp.clipboard().mimeData()
    assert copied.text() == LINK
    for name, value in CONCEALED.items():
        assert bytes(copied.data(name).data()) == value
    qapp.clipboard().setText("anything else")
    assert not any(qapp.clipboard().mimeData().hasFormat(name) for name in CONCEALED)
    qapp.clipboard().clear()
