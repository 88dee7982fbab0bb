"""Shows an article rendered from Markdown: nothing in it runs or loads, links ask before they open."""

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from agent_desktop.services.html.clean import CleanHtml
from ui.html.view import SafeMessageView
from ui.theme import ThemeManager
from ui.tokens import ColorRole

# Words for sizes, for Qt scales headings by themselves on top of any number of pixels.
_STYLE = """
h1 {{ font-size: large; font-weight: 600; margin: 12px 0 6px 0; }}
h2 {{ font-size: medium; font-weight: 600; margin: 12px 0 4px 0; }}
h3, h4, h5, h6 {{ font-size: medium; font-weight: 600; margin: 10px 0 4px 0; }}
p, li {{ line-height: 130%; }}
p, ul, ol, pre, blockquote {{ margin: 4px 0 8px 0; }}
a {{ color: {link}; text-decoration: none; }}
code, pre {{ background-color: {ground}; }}
blockquote {{ color: {quiet}; }}
th, td {{ padding: 3px 8px 3px 0; }}
th {{ text-align: left; font-weight: 600; }}
"""


class ArticleView(QScrollArea):
    """A scrolling page. `show_html` takes what `markdown_html` made.

    Signals:
        link_activated: a link was clicked; whoever receives it asks and opens.
    """

    link_activated = Signal(QUrl)

    def __init__(self, themes: ThemeManager, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._html = ""
        self._page = SafeMessageView(lambda _: None, self)
        self._page.setAccessibleName(name)
        self._page.link_activated.connect(self.link_activated)
        self.setWidget(self._page)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._restyle()
        themes.changed.connect(self._restyle)

    @property
    def text(self) -> str:
        """What can be read."""
        return self._page.toPlainText()

    def show_html(self, html: str) -> None:
        """Show another article from its beginning, or the same one changed where the reader is."""
        position = self.verticalScrollBar().value() if self._html else 0
        self._html = html
        self._page.show_message(CleanHtml(html))
        self.verticalScrollBar().setValue(position)

    def show_beginning(self) -> None:
        """Go back to the first line."""
        self.verticalScrollBar().setValue(0)

    def _restyle(self) -> None:
        theme = self._themes.theme
        self._page.document().setDefaultStyleSheet(
            _STYLE.format(
                link=theme.value(ColorRole.ACCENT_TEXT),
                ground=theme.value(ColorRole.BORDER_SOFT),
                quiet=theme.value(ColorRole.TEXT_2),
            )
        )
        palette = self._page.palette()
        palette.setColor(QPalette.ColorRole.Text, self._themes.color(ColorRole.TEXT))
        self._page.setPalette(palette)
        self._page.show_message(CleanHtml(self._html))

    # Overrides of Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._page.setMaximumWidth(max(1, self.viewport().width()))
