"""Drafts on the other devices of the same user: this device's are shown there, and theirs here.

The draft of a device is its own: no copy ever overwrites it. A copy from elsewhere is offered until it is taken or
dismissed here, however much is written meanwhile; until then nothing from here takes its place.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.draft import DraftCopy, draft_copy_id
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment
from agent_desktop.domain.operations.draft import SHARE_DRAFT, ShareDraft
from agent_desktop.domain.records import from_plain, to_plain
from agent_desktop.services.apply import Apply
from agent_desktop.services.drafts import Draft, DraftKind, DraftService
from agent_desktop.store.database import Database
from agent_desktop.store.outbox import Outbox
from agent_desktop.store.rows import SqlRows
from agent_desktop.store.schema import ReplicaSchema

_SHARED = (DraftKind.REPLY, DraftKind.NOTE, DraftKind.FORWARD, DraftKind.NEW)


class DraftSharing:
    """Shares what changed when `share` is called, which is done now and then: not at each letter.

    `device` names this one, differently from all others of the user.
    """

    def __init__(
        self,
        database: Database,
        schema: ReplicaSchema,
        drafts: DraftService,
        outbox: Outbox,
        apply: Apply,
        clock: Clock,
        user_id: Id,
        device: str,
    ) -> None:
        self._database = database
        self._schema = schema
        self._drafts = drafts
        self._outbox = outbox
        self._apply = apply
        self._clock = clock
        self._user_id = user_id
        self._device = device
        self._lock = threading.Lock()
        # Up to when what stands elsewhere was taken or dismissed here. The copy that is then shared from here takes its
        # place, so that after a restart nothing is asked twice; what was not shared is offered once more.
        self._answered: dict[tuple[Id, DraftKind], datetime] = {}
        # What was written, sent or thrown away before the start may not have been shared.
        written = (*drafts.conversation_ids(), *(draft.conversation_id for draft in drafts.new_messages()))
        self._changed = {*written, *(copy.conversation_id for copy in self._copies(device=self._device))}
        drafts.subscribe(self._note)

    def _note(self, conversation_id: Id) -> None:
        with self._lock:
            self._changed.add(conversation_id)

    def share(self) -> int:
        """Share the drafts that changed since the last call; how many. For the writing thread.

        Raises StoreError when they cannot be stored; the next call tries again.
        """
        with self._lock:
            changed, self._changed = self._changed, set()
        shared = 0
        try:
            for conversation_id in sorted(changed):
                for kind in _SHARED:
                    shared += self._share_one(conversation_id, kind)
        except BaseException:
            with self._lock:
                self._changed |= changed
            raise
        return shared

    def _share_one(self, conversation_id: Id, kind: DraftKind) -> bool:
        draft, copy = self._drafts.get(conversation_id, kind), self._copy(conversation_id, kind)
        if draft is None and copy is not None and copy.device != self._device:
            return False  # what stands on another device is not this one's to take away
        content = "" if draft is None else json.dumps(to_plain(draft), ensure_ascii=False)
        if content == ("" if copy is None else copy.content):
            return False
        if draft is not None and copy is not None and self._is_open(copy, draft):
            self._note(conversation_id)
            return False  # it would be out of reach but for its own device; the next call looks again
        if draft is not None and copy is not None and copy.written_at > draft.updated_at:
            return False  # another device wrote on meanwhile
        payload = ShareDraft(
            conversation_id=conversation_id,
            kind=kind.value,
            content=content,
            device=self._device,
            written_at=self._clock.now() if draft is None else draft.updated_at,
        )
        about = {"conversation_id": conversation_id, "kind": kind.value}
        self._apply(payload, beside=lambda: self._outbox.supersede(SHARE_DRAFT.name, about))
        return True

    def _is_open(self, copy: DraftCopy, own: Draft | None) -> bool:
        """Whether it is of another device and says something that nobody has answered here."""
        if copy.device == self._device:
            return False
        answered = self._answered.get((copy.conversation_id, DraftKind(copy.kind)))
        if answered is not None and copy.written_at <= answered:
            return False
        there = _draft_in(copy)
        return own is None or there is None or own.text != there.text

    def elsewhere(self, conversation_id: Id, kind: DraftKind) -> tuple[Draft, str] | None:
        """What the user was writing last on another device, and its name; None for nothing."""
        copy = self._copy(conversation_id, kind)
        return None if copy is None else self._there(copy)

    def offered(self, conversation_id: Id, kind: DraftKind) -> tuple[Draft, str] | None:
        """The same, unless it was taken or dismissed as it is, or says what is written here."""
        copy = self._copy(conversation_id, kind)
        if copy is None or not self._is_open(copy, self._drafts.get(conversation_id, kind)):
            return None
        return self._there(copy)

    def dismiss(self, there: Draft) -> None:
        """Offer this no more, as it is: what is written here may take the place of its copy."""
        self._answered[there.conversation_id, there.kind] = there.updated_at

    def new_messages(self) -> tuple[tuple[Draft, str], ...]:
        """Messages that begin conversations and are written on other devices alone, and the names of these."""
        found = []
        for copy in self._copies(kind=DraftKind.NEW.value):
            offered = self._there(copy)
            if offered is not None and self._drafts.get(copy.conversation_id, DraftKind.NEW) is None:
                found.append(offered)
        return tuple(found)

    def _there(self, copy: DraftCopy) -> tuple[Draft, str] | None:
        """The copy as a draft, with the name of its device; None for this one."""
        draft = None if copy.device == self._device else _draft_in(copy)
        return None if draft is None else (draft, copy.device)

    def take(self, conversation_id: Id, kind: DraftKind, is_here: Callable[[str], bool]) -> bool:
        """Make what is written elsewhere this device's draft; what was written here is kept beside it.

        Files stay where they are unless `is_here` knows their SHA-256, or a message names them, as those of a forward.
        Whether there was anything to take.
        """
        found, own = self.elsewhere(conversation_id, kind), self._drafts.get(conversation_id, kind)
        if found is None or (own is not None and own.text == found[0].text):
            return False
        draft, _ = found
        files = tuple(file for file in draft.files if is_here(file.sha256) or self._is_named(file.sha256))
        # By this device's clock it may have been written in the future: it is not offered again for that.
        at = max(self._clock.now(), draft.updated_at)
        self._drafts.put_in_place(replace(draft, files=files, updated_at=at))
        self.dismiss(draft)
        return True

    def _is_named(self, sha256: str) -> bool:
        with self._database.read() as connection:
            return any(
                row.ver for row in SqlRows(connection, self._schema.tables).query(Attachment, sha256=sha256)
            )

    def _copies(self, **equal: str) -> list[DraftCopy]:
        with self._database.read() as connection:
            return SqlRows(connection, self._schema.tables).query(DraftCopy, user_id=self._user_id, **equal)

    def _copy(self, conversation_id: Id, kind: DraftKind) -> DraftCopy | None:
        row_id = draft_copy_id(self._user_id, conversation_id, kind.value)
        with self._database.read() as connection:
            return SqlRows(connection, self._schema.tables).get(DraftCopy, row_id)


def _draft_in(copy: DraftCopy) -> Draft | None:
    """What the copy holds; None for what a newer program wrote, which stays where it was written."""
    try:
        return from_plain(Draft, json.loads(copy.content))
    except ValueError:
        return None
