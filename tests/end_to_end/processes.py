"""Where the processes that tests kill come from.

A program has one fork server, which keeps what its first user had it load: all of these tests share that list.
"""

import multiprocessing
from typing import Any

_LOADED = (
    "tests.end_to_end.mail_scene",
    "tests.end_to_end.team_scene",
    "tests.end_to_end.writer",
    "agent_desktop.cli.server.receive_command",
    "agent_desktop.cli.server.serve_command",
    "agent_desktop.services.conversation",
    "agent_desktop.services.draft_sharing",
    "agent_desktop.services.outside_files",
    "agent_desktop.services.presence",
    "encodings.ascii",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sync.channels.email",
    "sync.server.postgres_schema",
    "uvicorn.lifespan.on",
    "uvicorn.loops.asyncio",
    "uvicorn.protocols.http.httptools_impl",
)


def forks() -> Any:
    """Starts processes soon: they inherit what was loaded once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_LOADED))
    return context
