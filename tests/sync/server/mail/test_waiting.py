"""A server in the desktop program reads mail when there is some, and loads what reads it only then."""

import subprocess
import sys
import threading
from pathlib import Path

from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.message import Direction, Message
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.rows import SqlRows
from sync.server.embedded import EmbeddedServer
from tests.sync.files import TEMPLATES
from tests.sync.server.mailroom import CHANNEL, a_mail

IDLE = """
import sys, threading
from pathlib import Path
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.store.blobs import BlobStore
from sync.server.embedded import EmbeddedServer
clock = SystemClock()
server = EmbeddedServer(Path(sys.argv[1]), clock, TimeOrderedIds(clock), shelf=BlobStore(Path(sys.argv[2])))
for job in server._background._jobs:
    job.run()
server.stop()
print([name for name in ("nh3", "agent_desktop.services.mail.parse") if name in sys.modules])
"""


def test_mail_becomes_a_message_at_once(tmp_path: Path) -> None:
    TEMPLATES.server(tmp_path / "server.db").close()
    clock = SystemClock()
    server = EmbeddedServer(
        tmp_path / "server.db", clock, TimeOrderedIds(clock), shelf=BlobStore(tmp_path / "blobs")
    )
    committed = threading.Event()
    server.backend.store.subscribe(lambda version: committed.set())
    server.start()
    try:
        assert server.inbound().store(CHANNEL.id, a_mail("1@a"), clock.now())
        assert committed.wait(30)
        with server.database.read() as connection:
            rows = SqlRows(connection, TEMPLATES.server_schema.tables)
            (message,) = rows.query(Message, direction=Direction.IN.value)
        assert message.text == "It leaks."
    finally:
        server.stop()


def test_what_reads_mail_is_not_loaded_without_any(tmp_path: Path) -> None:
    TEMPLATES.server(tmp_path / "server.db").close()
    done = subprocess.run(
        [sys.executable, "-c", IDLE, tmp_path / "server.db", tmp_path / "blobs"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
