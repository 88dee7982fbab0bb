"""What runs in the processes that are killed: an agent who works without a pause, and a server of the team."""

import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from unittest.mock import patch

from agent_desktop.cli.desk import open_desk
from agent_desktop.cli.server import serve_command
from agent_desktop.cli.server.main import main
from agent_desktop.cli.team import DeviceTokens
from agent_desktop.context import Desk
from agent_desktop.domain.conversation import Status
from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations.conversation import AssignConversation, ChangeTags, SetStatus
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.records import Record
from agent_desktop.profile import Profile
from agent_desktop.services.apply import Applied
from agent_desktop.services.composer import Outgoing
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.settings import UNDO_SECONDS
from tests.end_to_end.writer import PostBox
from tests.sync.client.test_tokens import MemoryKeychain

Secrets = dict[tuple[str, str], str]


def tokens_of(secrets: Secrets) -> Callable[[], DeviceTokens]:
    """The sign-ins of a computer whose keychain holds these."""
    keychain = MemoryKeychain()
    keychain.secrets = dict(secrets)
    return lambda: DeviceTokens(lambda: keychain)


def _log_to(path: Path) -> None:
    """Whatever this process says, also what it dies of, goes to a file."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, 2)
    os.close(handle)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)


def serve(database: str, files: Path, port: int, box: Path, log: Path) -> None:
    """The command `agent-desktop-server serve`, with a provider that writes down what it is given."""
    _log_to(log)
    command = ["serve", "--database", database, "--blobs", str(files), "--listen", f"127.0.0.1:{port}"]
    with patch.object(serve_command, "SimulatedChannel", lambda: PostBox(box)):
        sys.exit(main([*command, "--simulate-channels"]))


def work(
    folder: Path,
    secrets: Secrets,
    conversations: list[Id],
    seed: int,
    log: Path,
    longest_pause: float,
    said: Connection,
) -> None:
    """Do one thing after the other, and say so after each that the program acknowledged."""
    _log_to(log)
    desk = open_desk(Profile(folder), tokens=tokens_of(secrets))
    desk.settings.set(UNDO_SECONDS, 0)
    desk.start()
    agent = _Agent(desk, conversations, Random(seed))
    said.send(("ready", (agent.draft_number(),)))
    while not said.poll(agent.random.uniform(0, longest_pause)):
        said.send(agent.act())


class _Agent:
    def __init__(self, desk: Desk, conversations: list[Id], random: Random) -> None:
        self._desk = desk
        self._conversations = conversations
        self.random = random

    def act(self) -> tuple[str, tuple[object, ...]]:
        """Do something; what it was, and the ids of its operations or the number of the draft."""
        conversation = self.random.choice(self._conversations)
        match self.random.randrange(10):
            case 0 | 1:
                return "draft", (self._draft(),)
            case 2 | 3 | 4:
                return self._did("reply", lambda: self._reply(conversation))
            case 5 | 6:
                return self._did("note", lambda: self._note(conversation))
            case 7:
                tag = f"tag-{self.random.randrange(6)}"
                change = {self.random.choice(("add", "remove")): (tag,)}
                return self._did(
                    "tags", lambda: self._apply(ChangeTags(conversation_id=conversation, **change))
                )
            case 8:
                to = self.random.choice((None, self._desk.user_id))
                return self._did(
                    "assign",
                    lambda: self._apply(AssignConversation(conversation_id=conversation, assignee_id=to)),
                )
            case _:
                status = self.random.choice((Status.OPEN, Status.PENDING, Status.SOLVED))
                return self._did(
                    "status", lambda: self._apply(SetStatus(conversation_id=conversation, status=status))
                )

    def draft_number(self) -> int:
        """What is in the draft at the start."""
        draft = self._desk.drafts.get(self._conversations[0], DraftKind.NOTE)
        return 0 if draft is None else int(draft.text)

    def _did(self, what: str, action: Callable[[], Applied]) -> tuple[str, tuple[object, ...]]:
        with suppress(Rejected):
            return what, tuple(operation.id for operation in action().operations)
        return "rejected", ()

    def _apply(self, payload: Record) -> Applied:
        return self._desk.apply(payload)

    def _draft(self) -> int:
        number = self.draft_number() + 1
        self._desk.drafts.save(
            Draft(
                conversation_id=self._conversations[0],
                kind=DraftKind.NOTE,
                text=str(number),
                updated_at=self._desk.clock.now(),
            )
        )
        sharing = self._desk.draft_sharing
        if sharing is not None and number % 5 == 0:
            sharing.share()
        return number

    def _reply(self, conversation: Id) -> Applied:
        desk = self._desk
        card = desk.conversations.card(conversation)
        channel = desk.composer.channels(conversation)[0]
        assert card is not None
        return desk.composer.send(
            Outgoing(
                conversation_id=conversation,
                channel_id=channel.channel.id,
                text="We will look into it.",
                to=channel.to,
                seen_in=card.conversation.last_in_id,
                seen_out=card.conversation.last_out_id,
                then=self.random.choice((None, Status.SOLVED)),
            )
        )

    def _note(self, conversation: Id) -> Applied:
        desk = self._desk
        message_id = desk.ids.new()
        files: tuple[AttachmentFile, ...] = ()
        if self.random.random() < 0.2:
            content = f"a file of {message_id}".encode() * 2_000
            files = (
                AttachmentFile(
                    id=desk.ids.new(),
                    name="a.txt",
                    media_type="text/plain",
                    size=len(content),
                    sha256=desk.blobs.put(content),
                ),
            )
        return self._apply(
            AddNote(conversation_id=conversation, message_id=message_id, text="Looked at it.", files=files)
        )
