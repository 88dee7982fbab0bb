"""Words between the processes of one server, by LISTEN and NOTIFY of PostgreSQL."""

import logging
import secrets
import select
import socket
import threading

import psycopg

from agent_desktop.store.database import Statements
from sync.server.database import LONGEST_TEXT, Listener, Topic

RECONNECT_SECONDS = 1.0
_log = logging.getLogger("agent_desktop.server")


class PostgresPeers:
    """Hears the others on a thread, which begins with the first listener and connects again when it must."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._process = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._listeners: list[tuple[Topic, Listener]] = []
        self._speaker: psycopg.Connection | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._wake, self._woken = socket.socketpair()

    def tell(self, topic: Topic, text: str, connection: Statements | None = None) -> None:
        """Tell all others; within a transaction of `connection`, once that is committed."""
        if len(text) > LONGEST_TEXT:
            raise ValueError("the text is too long to be told")
        payload = f"{self._process} {topic.value} {text}"
        if connection is not None:
            connection.execute("SELECT pg_notify('agent_desktop_' || current_schema(), ?)", (payload,))
            return
        with self._lock:
            try:
                self._speak(payload)
            except psycopg.Error as error:
                _log.info("the other processes could not be told: %s", type(error).__name__)
                self._hang_up()

    def _speak(self, payload: str) -> None:
        if self._speaker is None:
            self._speaker = psycopg.connect(self._url, autocommit=True)
        self._speaker.execute("SELECT pg_notify('agent_desktop_' || current_schema(), %s)", (payload,))

    def _hang_up(self) -> None:
        if self._speaker is not None:
            self._speaker.close()
            self._speaker = None

    def hear(self, topic: Topic, listener: Listener) -> None:
        """Call `listener` with what others tell."""
        with self._lock:
            self._listeners.append((topic, listener))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="postgres-peers", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Stop to hear; a second call finds nothing to do."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._wake.send(b"x")
        if self._thread is not None:
            self._thread.join()
        self._wake.close()
        self._woken.close()
        with self._lock:
            self._hang_up()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True) as connection:
                    self._hear(connection)
            except psycopg.Error as error:
                if not self._stopping.is_set():
                    _log.info("other processes are not heard for a while: %s", type(error).__name__)
                    self._stopping.wait(RECONNECT_SECONDS)

    def _hear(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        name = connection.execute("SELECT quote_ident('agent_desktop_' || current_schema())").fetchone()
        assert name is not None
        connection.execute(f"LISTEN {name[0]}".encode())
        # What was committed while nobody listened.
        head = connection.execute("SELECT version FROM head").fetchone()
        if head is not None:
            self._pass_on(Topic.COMMIT, str(head[0]))
        while not self._stopping.is_set():
            select.select([connection.fileno(), self._woken.fileno()], [], [])
            for notice in connection.notifies(timeout=0):
                process, topic, text = notice.payload.split(" ", 2)
                if process != self._process:
                    self._pass_on(topic, text)

    def _pass_on(self, topic: str, text: str) -> None:
        for wanted, listener in tuple(self._listeners):
            if wanted.value == topic:
                try:
                    listener(text)
                except Exception:  # noqa: BLE001 - a thread border: one listener's defect must not end hearing for all
                    _log.exception("a listener failed")
