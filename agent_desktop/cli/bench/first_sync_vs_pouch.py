"""A first sync over HTTP against PouchDB replicating the same rows from a server that speaks CouchDB's protocol."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import platformdirs

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.first_sync import fetched
from agent_desktop.cli.bench.workspace import BenchWorkspace
from agent_desktop.domain.errors import InputError
from agent_desktop.profile import APPLICATION
from sync.protocol.messages import ScanAnswer

_PACKAGES = ("pouchdb@9", "express-pouchdb@4", "express@4")
_DOCUMENTS = 10_000
"""Enough to tell: the peer takes some seconds for them."""
_BATCH = 1_000
_PATIENCE_SECONDS = 900


def _peer() -> Path:
    """The peer with what it needs, installed once into the cache folder. Raises InputError when that fails."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise InputError(
            "This figure needs Node.js and npm, which are not here. Install them, or leave it out."
        )
    folder = platformdirs.user_cache_path(APPLICATION, appauthor=False) / "bench" / "pouch"
    script = folder / "pouch_peer.js"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "pouchdb").exists():
        done = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), *_PACKAGES],
            capture_output=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
        )
        if done.returncode:
            raise InputError("PouchDB could not be installed by npm, so it was not compared with.")
    shutil.copyfile(Path(__file__).with_name("pouch_peer.js"), script)
    return script


def _documents(pages: Iterable[bytes]) -> Iterator[dict[str, object]]:
    """The rows of the pages as documents of their own."""
    for body in pages:
        for name, table in msgspec.json.decode(body, type=ScanAnswer).tables.items():
            for row in table.rows:
                values = dict(zip(table.columns, row, strict=True))
                # CouchDB keeps names with an underscore for itself; ours have none.
                yield {"_id": f"{name}:{values.pop('id')}", "table": name, **values}


def _measure(workspace: BenchWorkspace) -> Reading:
    peer = _peer()
    with fetched(workspace) as (synced, folder):
        # Messages are most of what there is, and come last: a mixture like that of the whole is taken.
        documents = list({str(document["_id"]): document for document in _documents(synced.pages)}.values())
        chosen = documents[:: max(1, len(documents) // _DOCUMENTS)][:_DOCUMENTS]
        source = folder / "documents.ndjson"
        source.write_text("".join(json.dumps(document) + "\n" for document in chosen))
        done = subprocess.run(
            ["node", str(peer), str(source), str(_BATCH)],
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
            env={**os.environ, "NODE_ENV": "production"},
        )
    if done.returncode:
        raise InputError("PouchDB did not finish, so it was not compared with.")
    theirs = json.loads(done.stdout.strip().splitlines()[-1])
    return Reading(
        ours=synced.wall / synced.rows * 1e6,
        limit=theirs["seconds"] / theirs["documents"] * 1e6,
        details={
            "rows_per_second": synced.rows / synced.wall,
            "pouch_documents_per_second": theirs["documents"] / theirs["seconds"],
        },
    )


FIGURE = Figure(
    name="first_sync_vs_pouch",
    words="a row of a first sync against a document of PouchDB; wall time",
    unit="us",
    target=0.1,
    measure=_measure,
)
