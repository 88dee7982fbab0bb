"""Asks a service of advisories (OSV) about every version in the locks: `advisories.py [--service URL] [LOCK...]`.

Ends with 0 only where the service has answered for every package and knows nothing against any. One version against
which there is something is asked about, too: a service that does not know of it is not believed.
"""

import argparse
import http.client
import json
import sys
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from locks import ROOT, locked

SERVICE = "https://api.osv.dev"
LOCKS = ("app.lock", "dev.lock", "server.lock", "installer.lock", "package.lock")
KNOWN = ("jinja2", "2.4.1")
"""The example of the service's own documentation. It is in no lock."""
_SECONDS = 30
_MOST_PAGES = 20
_LARGEST = 32_000_000
_ECOSYSTEM = "PyPI"

Package = tuple[str, str]
"""Name and version."""


class NotCompared(Exception):
    """Nothing is known of at least one package: why, in words."""


def against(packages: Iterable[Package], service: str) -> dict[Package, list[str]]:
    """The ids of what is known against each of the packages. Raises NotCompared."""
    found: dict[Package, list[str]] = {}
    asked: list[tuple[Package, str]] = [(package, "") for package in dict.fromkeys([*packages, KNOWN])]
    for _ in range(_MOST_PAGES):
        if not asked:
            break
        asked = _page(asked, service, found)
    if asked:
        raise NotCompared("its answer does not end")
    if not found.pop(KNOWN, []):
        raise NotCompared(f"it knows nothing against {KNOWN[0]} {KNOWN[1]}, against which there is something")
    return found


def _page(
    asked: list[tuple[Package, str]], service: str, found: dict[Package, list[str]]
) -> list[tuple[Package, str]]:
    """One question and its answer; what has to be asked for its next page."""
    queries = [
        {"package": {"name": name, "ecosystem": _ECOSYSTEM}, "version": version}
        | ({"page_token": token} if token else {})
        for (name, version), token in asked
    ]
    answer = _post(f"{service.rstrip('/')}/v1/querybatch", {"queries": queries})
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or len(results) != len(asked):
        raise NotCompared("it did not answer for every package")
    more = []
    for (package, _), result in zip(asked, results, strict=True):
        try:
            found.setdefault(package, []).extend(str(entry["id"]) for entry in result.get("vulns", ()))
            token = result.get("next_page_token")
        except (AttributeError, KeyError, TypeError) as error:
            raise NotCompared("its answer cannot be read") from error
        if token:
            more.append((package, str(token)))
    return more


def _post(url: str, body: object) -> Any:
    try:
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            content = answer.read(_LARGEST)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NotCompared(f"it could not be reached ({getattr(error, 'reason', error)})") from error
    try:
        return json.loads(content)
    except ValueError as error:
        raise NotCompared("its answer cannot be read") from error


def main(arguments: list[str]) -> int:
    """Compare, and say what was found."""
    parser = argparse.ArgumentParser(
        prog="tasks.py audit", description="Compare the locks with known advisories."
    )
    parser.add_argument("--service", default=SERVICE, metavar="URL", help=f"what is asked ({SERVICE})")
    parser.add_argument(
        "locks",
        nargs="*",
        type=Path,
        default=[ROOT / "requirements" / name for name in LOCKS],
        metavar="LOCK",
    )
    options = parser.parse_args(arguments)
    named: dict[Package, list[str]] = {}
    for lock in options.locks:
        for entry in locked(lock):
            names = named.setdefault((entry.name, entry.version), [])
            if lock.name not in names:
                names.append(lock.name)
    try:
        known = against(named, options.service)
    except NotCompared as error:
        print(
            f"{options.service} was asked what is known against the locked packages, but {error}. Nothing was compared:"
            " check the network and its proxy, or name another service with --service URL, then run this again. A"
            " release waits for it.",
            file=sys.stderr,
        )
        return 1
    bad = {package: ids for package, ids in known.items() if ids}
    for (name, version), ids in sorted(bad.items()):
        print(f"{name} {version} ({', '.join(named[name, version])}): {', '.join(sorted(set(ids)))}")
    if bad:
        print(
            f"Something is known against {len(bad)} of {len(named)} locked packages; what it is stands at"
            " https://osv.dev/vulnerability/ID. Take a version that is mended with `python tasks.py lock"
            " --upgrade-package NAME`, run the tests, then this again.",
            file=sys.stderr,
        )
        return 1
    print(f"{len(named)} locked packages: nothing is known against them at {options.service}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
