"""Macros: previewed, then applied to conversations as one action with one undo."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.conversation import Conversation, Priority, Status
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.knowledge import Macro, MacroAction, MacroVerb, may_use
from agent_desktop.domain.operations.conversation import (
    AssignConversation,
    ChangeTags,
    SetPriority,
    SetStatus,
    SetTeam,
    SnoozeConversation,
)
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.placeholders import Rendered, render
from agent_desktop.domain.records import Record
from agent_desktop.services.apply import Applied, Apply
from agent_desktop.services.composer import ComposerService
from agent_desktop.services.directory import Directory
from agent_desktop.services.drafts import Draft, DraftKind, DraftService, PutIn
from agent_desktop.store.database import Database
from agent_desktop.store.rows import SqlRows
from agent_desktop.store.schema import ReplicaSchema


@dataclass(frozen=True, slots=True)
class MacroPreview:
    """What a macro would do: its steps in words, and the reply that it puts into the draft."""

    steps: tuple[str, ...]
    reply: Rendered | None


class MacroService:
    """Reads and runs macros. A macro never sends: its reply goes to the draft, where a person reads it."""

    def __init__(
        self,
        database: Database,
        schema: ReplicaSchema,
        directory: Directory,
        drafts: DraftService,
        composer: ComposerService,
        apply: Apply,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._database = database
        self._schema = schema
        self._directory = directory
        self._drafts = drafts
        self._composer = composer
        self._apply = apply
        self._clock = clock
        self._ids = ids

    def all(self) -> list[Macro]:
        """The macros this user may run, by name."""
        me = self._directory.me
        with self._database.read() as connection:
            macros = SqlRows(connection, self._schema.tables).query(Macro)
        usable = [macro for macro in macros if may_use(macro.audience, macro.owner_id, me)]
        return sorted(usable, key=lambda macro: macro.name.casefold())

    def preview(self, macro: Macro, conversation_id: Id) -> MacroPreview:
        """What the macro would do in this conversation."""
        reply = next((action.value for action in macro.actions if action.verb is MacroVerb.REPLY), None)
        return MacroPreview(
            steps=tuple(self._words(action) for action in macro.actions),
            reply=None if reply is None else render(reply, self._composer.values(conversation_id)),
        )

    def _words(self, action: MacroAction) -> str:
        value = action.value
        user, team = self._directory.user(value), self._directory.team(value)
        return {
            MacroVerb.SET_STATUS: f"Set status to {value.replace('_', ' ')}",
            MacroVerb.SET_PRIORITY: f"Set priority to {value}",
            MacroVerb.ASSIGN_TO_ME: "Assign to me",
            MacroVerb.ASSIGN: f"Assign to {user.name if user else 'somebody who left'}",
            MacroVerb.SET_TEAM: f"Move to {team.name if team else 'a team that is gone'}",
            MacroVerb.ADD_TAG: f"Add tag {value}",
            MacroVerb.REMOVE_TAG: f"Remove tag {value}",
            MacroVerb.SNOOZE_HOURS: f"Snooze for {value} hours",
            MacroVerb.NOTE: "Add an internal note",
            MacroVerb.REPLY: "Put a reply into the draft",
        }[action.verb]

    def run(self, macro_id: Id, conversation_ids: Sequence[Id]) -> Applied | None:
        """Apply the macro to conversations, to each as a whole; None when there was nothing to do.

        Raises Rejected when a step is not possible, InputError when a step makes no sense or there are too many; then
        nothing was done.
        """
        with self._database.read() as connection:
            rows = SqlRows(connection, self._schema.tables)
            macro = rows.get(Macro, macro_id)
            known = [row_id for row_id in conversation_ids if rows.get(Conversation, row_id)]
        if macro is None:
            raise InputError("This macro no longer exists. Choose another one.")
        sets = [
            [
                payload
                for action in macro.actions
                if (payload := self._payload(action, conversation_id)) is not None
            ]
            for conversation_id in known
        ]
        applied = self._apply.together(sets) if any(sets) else Applied((), (), "")
        put = tuple(filter(None, (self._put_reply(macro, conversation_id) for conversation_id in known)))
        return replace(applied, title=macro.name, put_in=put) if applied.operations or put else None

    def undo(self, applied: Applied) -> None:
        """Take back what a macro has done, and take its reply out of drafts in which nobody has written on since.

        Raises Rejected where the steps cannot be taken back any more; then the drafts stay as they are, too.
        """
        if applied.undo:
            self._apply.undo(applied)
        for put in applied.put_in:
            self._drafts.take_out(put, self._clock.now())

    def _payload(self, action: MacroAction, conversation_id: Id) -> Record | None:
        value = action.value
        try:
            match action.verb:
                case MacroVerb.SET_STATUS:
                    return SetStatus(conversation_id=conversation_id, status=Status(value))
                case MacroVerb.SET_PRIORITY:
                    return SetPriority(conversation_id=conversation_id, priority=Priority(value))
                case MacroVerb.ASSIGN_TO_ME:
                    return AssignConversation(
                        conversation_id=conversation_id, assignee_id=self._directory.me.id
                    )
                case MacroVerb.ASSIGN:
                    return AssignConversation(conversation_id=conversation_id, assignee_id=value)
                case MacroVerb.SET_TEAM:
                    return SetTeam(conversation_id=conversation_id, team_id=value)
                case MacroVerb.ADD_TAG:
                    return ChangeTags(conversation_id=conversation_id, add=(value,))
                case MacroVerb.REMOVE_TAG:
                    return ChangeTags(conversation_id=conversation_id, remove=(value,))
                case MacroVerb.SNOOZE_HOURS:
                    until = self._clock.now() + timedelta(hours=float(value))
                    return SnoozeConversation(conversation_id=conversation_id, until=until)
                case MacroVerb.NOTE:
                    rendered = render(value, self._composer.values(conversation_id))
                    return AddNote(
                        conversation_id=conversation_id, message_id=self._ids.new(), text=rendered.text
                    )
                case _:
                    return None
        except (ValueError, OverflowError) as error:
            raise InputError(
                f"The step “{self._words(action)}” of this macro is not valid. Nothing was changed; edit the macro."
            ) from error

    def _put_reply(self, macro: Macro, conversation_id: Id) -> PutIn | None:
        reply = self.preview(macro, conversation_id).reply
        if reply is None:
            return None
        present = self._drafts.get(conversation_id, DraftKind.REPLY)
        text = f"{present.text.rstrip()}\n\n{reply.text}" if present and present.text.strip() else reply.text
        draft = present or Draft(
            conversation_id=conversation_id,
            kind=DraftKind.REPLY,
            text="",
            updated_at=self._clock.now(),
            reply_id=self._ids.new(),
        )
        self._drafts.save(replace(draft, text=text, updated_at=self._clock.now(), caret=len(text)))
        return PutIn(conversation_id, DraftKind.REPLY, draft.text, text)
