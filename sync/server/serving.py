"""Runs the application under uvicorn, and ends it well: requests finish, streams are told."""

import contextlib
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator

import uvicorn

from agent_desktop.domain.errors import InputError
from sync.server.app import make_app
from sync.server.logs import log
from sync.server.services import Services

STOP_SECONDS = 10
_KEEP_ALIVE_SECONDS = 75
"""Longer than proxies keep a connection (60 s with nginx), so that it is they who close."""
_BACKLOG = 2_048
_OPEN_FILES = 65_536
_log = logging.getLogger("agent_desktop.server")


def bind(listen: str) -> socket.socket:
    """A socket that listens on HOST:PORT; port 0 takes a free one. Raises InputError when it cannot be had."""
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise InputError("Give the address to listen on as HOST:PORT, such as 127.0.0.1:8080.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, int(port)), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise InputError(
            f"{listen} cannot be listened on: {error.strerror or 'no such address'}. Choose another address or port.",
            str(error),
        ) from error


def allow_many_files() -> None:
    """Each stream is an open file; most systems allow more than they give at first."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # forbidden to this process: then it has fewer
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class TeamServer(uvicorn.Server):
    """One process that serves a workspace. `run` returns after `stop`, SIGTERM or SIGINT.

    It raises StoreError when the database is away at the start. As a lifespan of the application the services would
    end in a log line of uvicorn's, with all that the database said.
    """

    def __init__(
        self, services: Services, proxies: str = "127.0.0.1", ready: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(
            uvicorn.Config(
                make_app(services),
                loop="asyncio",
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=True,
                forwarded_allow_ips=proxies,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        # What it warns of is what strangers send: answered, and no news.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        self._services = services
        self._ready = ready
        self._address = ""

    def serve_on(self, listening: socket.socket) -> None:
        """Serve until told to stop."""
        host, port = listening.getsockname()[:2]
        self._address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        self.run(sockets=[listening])
        log(_log, "stopped")

    def stop(self) -> None:
        """Begin to end; may be called on any thread."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open, and say so."""
        await self._services.start()
        await super().startup(sockets)
        if self._address:
            log(_log, "serving", address=self._address)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Streams would keep their connections open for ever: they are told first."""
        self._services.hub.say_bye()
        await super().shutdown(sockets)
        await self._services.stop()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at SIGTERM and SIGINT, and leave it at that: to be asked to end is no failure."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
