"""Serves hostile fragments, each in a page of its own with traps, and tells what became of them in a real browser."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Final, Self
from urllib.parse import urlsplit

from tests.browser import Page

BATCH: Final = 60
"""Pages that are shown side by side."""

# What an attack calls to show that it runs; nothing of it is called by a page without an attack.
_TRAPS: Final = """
(() => {
  const tell = what => navigator.sendBeacon("/executed/" + window.name, what);
  for (const name of ["alert", "confirm", "prompt", "print", "open"]) window[name] = () => tell(name);
  window.addEventListener("error", event => { if (event.error) tell("error") });
  addEventListener("message", event => { if (event.data === "provoke") {
    const all = document.body.querySelectorAll("*");
    for (const element of all) {
      for (const { name, value } of element.attributes) {
        if (/^on/i.test(name)) element.dispatchEvent(new Event(name.slice(2)));
        if (/^[\\0-\\x20]*(java|vb)script:/i.test(value) && /href|action|src|data/i.test(name)) tell("address");
      }
      if (element.tagName === "FORM") try { element.requestSubmit() } catch { }
      if (element.tagName === "A" && element.protocol === "javascript:") element.click();
    }
    parent.postMessage("provoked", "*");
  } });
})();
"""

_ALLOWED: Final = "A B I U S SUB SUP CODE P DIV UL OL LI BLOCKQUOTE H1 H2 H3 H4 H5 H6 BR HR IMG".split()

_FRAME: Final = (
    '<!doctype html><html><head><meta charset="utf-8"><script>{traps}</script></head>'
    '<body><div id="inside">{fragment}</div><div id="behind"></div></body></html>'
)

# What runs may do everything but leave its frame, so that one attack does not end the others.
_SANDBOX: Final = "allow-scripts allow-same-origin allow-forms"

# Escaping means more than running: what comes after the fragment must still stand after it.
_INSPECT: Final = """
(async () => {
  const frames = [...document.querySelectorAll("iframe")];
  const found = [];
  const pause = milliseconds => new Promise(done => setTimeout(done, milliseconds));
  const complete = frame => {
    try { return frame.contentDocument.readyState === "complete" } catch (error) { return true }
  };
  const late = performance.now() + PATIENCE;
  while (!frames.every(complete) && performance.now() < late) await pause(20);
  let left = frames.length;
  const provoked = new Promise(done => addEventListener("message", event => {
    if (event.data === "provoked" && !--left) done();
  }));
  for (const frame of frames) frame.contentWindow.postMessage("provoke", "*");
  await Promise.race([provoked, pause(PATIENCE)]);
  await pause(SETTLE);
  for (const frame of frames) {
    let wrong = [];
    try {
      const document = frame.contentDocument, inside = document.getElementById("inside");
      const behind = document.getElementById("behind");
      if (!inside || !behind || inside.nextElementSibling !== behind || document.body.children.length !== 2
          || behind.childNodes.length) wrong.push("escaped");
      else for (const { tagName } of inside.querySelectorAll("*")) if (!ALLOWED.includes(tagName)) wrong.push(tagName);
      if (!new URL(document.URL).pathname.startsWith("/shown/")) wrong.push("went away");
    } catch (error) { wrong.push("unreadable") }
    if (wrong.length) found.push([frame.name, wrong]);
  }
  return found;
})()
"""


@dataclass(slots=True)
class Seen:
    """What the browser did with the fragments, by their number."""

    executed: set[int] = field(default_factory=set)
    loaded: dict[int, set[str]] = field(default_factory=dict)
    escaped: dict[int, list[str]] = field(default_factory=dict)


class HostilePages:
    """A server on 127.0.0.1 with a page for each fragment; records every request, for use as a context manager."""

    def __init__(self, fragments: Sequence[str]) -> None:
        self._fragments = fragments
        self._lock = Lock()
        self.requests: list[tuple[str, str]] = []
        """Path and where it was asked from, of each request but those for our own pages."""
        pages = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pages.answer(self)

            def do_POST(self) -> None:
                pages.answer(self)

            def log_message(self, format: str, *arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="pages")
        self._thread.start()

    def __enter__(self) -> Self:
        """Return itself; it serves already."""
        return self

    def __exit__(self, *error: object) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        length = int(request.headers.get("Content-Length") or 0)
        request.rfile.read(length)
        path = urlsplit(request.path).path
        kind, _, number = path.strip("/").partition("/")
        if kind == "batch":
            first = int(number)
            many = range(first, min(first + BATCH, len(self._fragments)))
            body = "".join(
                f'<iframe name="{one}" src="/shown/{one}" sandbox="{_SANDBOX}"></iframe>' for one in many
            )
        elif kind == "shown" and number.isdecimal() and int(number) < len(self._fragments):
            body = _FRAME.format(traps=_TRAPS, fragment=self._fragments[int(number)])
        else:
            with self._lock:
                self.requests.append((path, request.headers.get("Referer", "")))
            body = ""
        content = body.encode("utf-8", "surrogatepass")
        request.send_response(200 if body else 404)
        request.send_header("Content-Type", "text/html; charset=utf-8")
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def show(self, page: Page, *, patience: int, settle: int) -> Seen:
        """Show all fragments, provoke what would run, and tell what happened. Both are milliseconds for one batch."""
        seen = Seen()
        inspect = (
            _INSPECT.replace("ALLOWED", json.dumps(_ALLOWED))
            .replace("PATIENCE", str(patience))
            .replace("SETTLE", str(settle))
        )
        for first in range(0, len(self._fragments), BATCH):
            page.open(f"{self.address}/batch/{first}")
            for name, wrong in page.evaluate(inspect):
                seen.escaped[int(name)] = wrong
        page.open("about:blank")
        for method, facts in page.events:
            if method == "Network.requestWillBeSent":
                self._judge(facts["request"]["url"], facts["documentURL"], facts["request"], seen)
        for path, _ in self.requests:
            if path.startswith("/executed/"):
                seen.executed.add(int(path.rpartition("/")[2]))
        return seen

    def _judge(self, url: str, document: str, request: object, seen: Seen) -> None:
        split = urlsplit(url)
        if url.startswith(self.address):
            ours = split.path.startswith(("/batch/", "/executed/")) or split.path == "/favicon.ico"
            if ours or (split.path.startswith("/shown/") and not split.query):
                return
        if url in {"about:blank", "about:srcdoc"}:
            return
        number = urlsplit(document).path.removeprefix("/shown/")
        seen.loaded.setdefault(int(number) if number.isdecimal() else -1, set()).add(url)
