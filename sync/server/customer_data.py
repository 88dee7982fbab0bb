"""Everything that is kept of one customer, as a file to give them: an index to read, JSON, and their files."""

import html
import json
import zipfile
from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from io import BytesIO
from typing import Any

from agent_desktop.domain.draft import DraftCopy
from agent_desktop.domain.erasing import Belongings
from agent_desktop.domain.message import Attachment, Direction, Message, MessageKind
from agent_desktop.domain.rows import Entity
from sync.server.ports import FileShelf

_OF_DRAFT = ("subject", "to", "cc", "bcc", "text")
_NOTE = "note"
_LEFT_OUT = frozenset({"ver", "scope"})
_PLAIN_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_. ")
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 15px/1.5 sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em; color: #1b2130 }}
h2 {{ margin-top: 2em; border-bottom: 1px solid #e3e6eb }} article {{ margin: 1em 0 }}
.meta {{ color: #566070; font-size: 13px }} pre {{ white-space: pre-wrap; font: inherit; margin: .2em 0 }}
</style></head><body>{body}</body></html>
"""


def customer_archive(found: Belongings, shelf: FileShelf | None, at: datetime, *, notes: bool) -> bytes:
    """A ZIP file. Without `notes` what colleagues wrote for each other is left out, as are the names of the files."""
    messages = [message for message in found.messages if notes or message.kind is not MessageKind.NOTE]
    kept = {message.id for message in messages}
    files = [file for file in found.files if file.message_id in kept]
    drafts = [draft for draft in found.drafts if notes or draft.kind != _NOTE]
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        places: dict[str, str] = {}
        for file in files:
            content = None if shelf is None else shelf.read(file.sha256)
            if content is not None:
                places[file.id] = f"files/{file.id[-8:]}-{_safe(file.name)}"
                archive.writestr(places[file.id], content)
        for message in messages:
            raw = None if shelf is None or message.raw_blob is None else shelf.read(message.raw_blob)
            if raw is not None:
                archive.writestr(f"mails/{message.id}.eml", raw)
        data = {
            "made_at": at.isoformat(),
            "customers": _plain(found.customers),
            "identities": _plain(found.identities),
            "conversations": _plain(found.conversations),
            "messages": _plain(messages),
            "files": [{**_row(file), "path": places.get(file.id)} for file in files],
            "drafts": [_draft(draft) for draft in drafts],
        }
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1))
        archive.writestr("index.html", _index(found, messages, files, places, drafts, at))
    return target.getvalue()


def _index(
    found: Belongings,
    messages: list[Message],
    files: list[Attachment],
    places: dict[str, str],
    drafts: list[DraftCopy],
    at: datetime,
) -> str:
    name = html.escape(found.customers[0].name)
    parts = [f"<h1>{name}</h1><p class=meta>Everything that is kept, as of {at:%Y-%m-%d %H:%M} UTC.</p>"]
    known = [
        f"<li>{html.escape(identity.kind.value)}: {html.escape(identity.display or identity.address)}</li>"
        for identity in found.identities
    ]
    customer = found.customers[0]
    known += [
        f"<li>{html.escape(label)}: {html.escape(value)}</li>"
        for label, value in (
            ("Location", customer.location),
            ("Language", customer.language),
            ("Note", customer.note),
            *((detail.label, detail.value) for detail in customer.details),
        )
        if value
    ]
    parts.append(f"<h2>Known</h2><ul>{''.join(known)}</ul>")
    of: dict[str, list[Attachment]] = {}
    for file in files:
        of.setdefault(file.message_id, []).append(file)
    for conversation in sorted(found.conversations, key=lambda row: row.created_at):
        parts.append(f"<h2>{html.escape(conversation.subject)} (no. {conversation.number})</h2>")
        mine = [message for message in messages if message.conversation_id == conversation.id]
        mine.sort(key=lambda row: row.created_at)
        parts += [_article(message, of.get(message.id, []), places) for message in mine]
    theirs = {conversation.id for conversation in found.conversations}
    beside = [message for message in messages if message.conversation_id not in theirs]
    if beside:
        parts.append("<h2>Written in conversations of others</h2>")
        beside.sort(key=lambda row: row.created_at)
        parts += [_article(message, of.get(message.id, []), places) for message in beside]
    if drafts:
        parts.append("<h2>Being written, not sent</h2>")
        parts += [_unsent(_draft(draft), draft.written_at) for draft in drafts]
    return _PAGE.format(title=name, body="".join(parts))


def _draft(copy: DraftCopy) -> dict[str, Any]:
    """What is being written, without what the program keeps beside it."""
    try:
        content = json.loads(copy.content)
    except ValueError:
        content = {}
    kept = {name: content[name] for name in _OF_DRAFT if name in content} if isinstance(content, dict) else {}
    return {"kind": copy.kind, "written_at": _value(copy.written_at), **kept}


def _unsent(draft: dict[str, Any], at: datetime) -> str:
    kind, words = html.escape(draft["kind"]), html.escape(str(draft.get("text", "")))
    subject = html.escape(str(draft.get("subject", "")))
    return f"<article><div class=meta>{kind}, {at:%Y-%m-%d %H:%M} UTC {subject}</div><pre>{words}</pre></article>"


def _article(message: Message, files: Iterable[Attachment], places: dict[str, str]) -> str:
    who = "Customer" if message.direction is Direction.IN else "We"
    sender = f", {html.escape(message.sender)}" if message.sender else ""
    kind = "" if message.kind is MessageKind.REPLY else f" ({message.kind.value})"
    links = "".join(
        f'<div><a href="{html.escape(places[file.id])}">{html.escape(file.name)}</a></div>'
        if file.id in places
        else f"<div>{html.escape(file.name)} (not on the server)</div>"
        for file in files
    )
    return (
        f"<article><div class=meta>{who}{kind}{sender}, {message.created_at:%Y-%m-%d %H:%M} UTC</div>"
        f"<pre>{html.escape(message.text)}</pre>{links}</article>"
    )


def _plain(rows: Iterable[Entity]) -> list[dict[str, Any]]:
    return [_row(row) for row in rows]


def _row(row: Entity) -> dict[str, Any]:
    names = [name for name in row.__dataclass_fields__ if name not in _LEFT_OUT]
    return {name: _value(getattr(row, name)) for name in names}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_value(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _value(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def _safe(name: str) -> str:
    """A name that no system takes for a path or a device."""
    kept = "".join(letter if letter in _PLAIN_NAME else "_" for letter in name).strip(". ")
    return (kept or "file")[-100:]
