"""From the click on a conversation to its painted messages, against a raw query and the layout of the same text."""

from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter, QTextLayout

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.timing import WALL, in_turns
from agent_desktop.cli.bench.window import shown_window
from agent_desktop.cli.bench.workspace import BenchWorkspace
from ui.fonts import FontRole, role_font
from ui.viewmodels.conversation import PaneState

_ROUNDS = 60
_WIDTH = 480
_LONGEST = "SELECT id FROM conversation ORDER BY message_count DESC, pk DESC LIMIT ?"
_HEAD = "SELECT * FROM conversation JOIN customer ON customer.id = customer_id WHERE conversation.id = ?"
_MESSAGES = "SELECT text, * FROM message WHERE conversation_id = ? ORDER BY created_at DESC, id DESC LIMIT 50"


def _measure(workspace: BenchWorkspace) -> Reading:
    with shown_window(workspace) as window, workspace.raw() as raw:
        ids = [row[0] for row in raw.execute(_LONGEST, (_ROUNDS,))]
        inbox, pane = window.main.workspace.inbox, window.main.workspace.conversation
        image = QImage(_WIDTH, pane.timeline.viewport().height(), QImage.Format.Format_ARGB32_Premultiplied)

        def ours(number: int) -> None:
            wanted = ids[number % len(ids)]
            inbox.open(wanted)
            window.wait_for(
                lambda: (
                    pane.model.conversation_id == wanted
                    and pane.model.state is PaneState.SHOWN
                    and pane.timeline.is_complete
                )
            )
            pane.timeline.viewport().repaint()

        def limit(number: int) -> None:
            raw.execute(_HEAD, (ids[number % len(ids)],)).fetchone()
            found = raw.execute(_MESSAGES, (ids[number % len(ids)],)).fetchall()
            _draw(image, [row[0] for row in found])

        return in_turns(ours, limit, _ROUNDS, WALL, window.settle)


def _draw(image: QImage, texts: list[str]) -> None:
    """Break texts into lines and draw them below each other."""
    font = role_font(FontRole.BODY)
    painter = QPainter(image)
    top = 0.0
    for text in texts:
        layout = QTextLayout(text.replace("\n", "\u2028"), font)
        layout.beginLayout()
        height = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(_WIDTH)
            line.setPosition(QPointF(0, height))
            height += line.height()
        layout.endLayout()
        layout.draw(painter, QPointF(0, top))
        top += height
    painter.end()


FIGURE = Figure(
    name="open_conversation",
    words="a conversation is chosen until all its messages are painted (the longest there are); wall time",
    unit="ms",
    target=2,
    measure=_measure,
)
