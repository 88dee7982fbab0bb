"""What tool tips say, literally."""


def plain_tool_tip(text: str) -> str:
    """A tool tip that shows `text` literally: Qt would take anything that looks like markup for markup."""
    # As `html.escape` does, which loads the names of all characters for it.
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    escaped = escaped.replace("\n", "<br>")
    return f"<qt>{escaped}</qt>" if text else ""
