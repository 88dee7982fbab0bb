"""Shows hostile messages in our viewer, or in Qt's own for comparison, between two marks for who traces this program.

Standard input has the messages as a JSON list, uncleaned; each is shown uncleaned and cleaned. `--careless` shows them
in Qt's viewer.
"""

import json
import os
import sys

from PySide6.QtWidgets import QApplication, QTextBrowser

from agent_desktop.services.html.clean import clean_for_storage, clean_html
from ui.html.view import SafeMessageView

BEGIN, END = "/begin-of-hostile-messages", "/end-of-hostile-messages"


def main(careless: bool) -> None:
    """Show them all."""
    messages = json.load(sys.stdin)
    application = QApplication([])
    view = QTextBrowser() if careless else SafeMessageView(lambda sha256: None)
    view.resize(500, 400)
    view.show()
    view.setHtml(
        "<h1>a</h1><b>b</b><i>c</i><tt>d</tt><ul><li>e</ul><p>\u00e4\u03b1\u0436\u05d0\u0627\u4e2d\U0001f600</p>"
    )
    view.grab()
    application.processEvents()
    os.access(BEGIN, os.F_OK)
    for html in messages:
        shown = (
            [html]
            if careless
            else [html, clean_html(html, {}).html, clean_html(clean_for_storage(html), {}).html]
        )
        for document in shown:
            view.setHtml(document)
            view.grab()
    application.processEvents()
    os.access(END, os.F_OK)


if __name__ == "__main__":
    main("--careless" in sys.argv)
