"""A real browser for tests: Chromium without a window, driven over a pipe, and cut off from every other computer."""

import contextlib
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
ANSWER_SECONDS: Final = 120.0
"""A browser on a busy machine; whoever waits so long has lost it."""


class NotInstalled(Exception):
    """There is no browser on this computer."""


class Browser:
    """One browser with a profile of its own, for use as a context manager. Nothing but 127.0.0.1 can be reached."""

    def __init__(self) -> None:
        program = next(filter(None, map(shutil.which, _NAMES)), None)
        if program is None:
            raise NotInstalled("Chromium is not installed")
        self._folder = Path(tempfile.mkdtemp(prefix="agent-desktop-browser-"))
        to_browser, self._to_browser = os.pipe()
        self._from_browser, from_browser = os.pipe()
        options = [
            "--headless",
            "--remote-debugging-pipe",
            f"--user-data-dir={self._folder}",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--no-proxy-server",
            "--mute-audio",
        ]
        if os.geteuid() == 0:
            options.append("--no-sandbox")  # which does not work for this user
        # The browser reads commands from descriptor 3 and answers on 4.
        shell = f'exec 3<&{to_browser} 4>&{from_browser} && exec "$@"'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", shell, "browser", program, *options, "about:blank"],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._number = 0
        self._lock = threading.Lock()
        self._waiting: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}
        self._pages: dict[str, Page] = {}
        self._reader = threading.Thread(target=self._read, name="browser")
        self._reader.start()

    def page(self) -> "Page":
        """A new page with nothing in it."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._pages[session] = page = Page(self, target, session)
        for domain in ("Page", "Runtime", "Network"):
            page.call(f"{domain}.enable")
        return page

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Ask the browser for something. Raises RuntimeError when it says no, or nothing."""
        answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        with self._lock:
            self._number += 1
            number = self._number
            self._waiting[number] = answers
            command = {"id": number, "method": method, "params": parameters}
            if session is not None:
                command["sessionId"] = session
            data = json.dumps(command).encode() + b"\0"
            while data:
                data = data[os.write(self._to_browser, data) :]
        try:
            answer = answers.get(timeout=ANSWER_SECONDS)
        except queue.Empty:
            raise RuntimeError(f"{method}: the browser does not answer") from None
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error'].get('message')}")
        result: dict[str, Any] = answer["result"]
        return result

    def close(self) -> None:
        """End the browser and remove what it wrote."""
        with contextlib.suppress(RuntimeError, OSError):
            self.call("Browser.close")
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        os.close(self._to_browser)
        os.close(self._from_browser)
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        """Return itself; it runs already."""
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the browser."""
        self.close()

    def _read(self) -> None:
        rest = b""
        while piece := os.read(self._from_browser, 1 << 16):
            *whole, rest = (rest + piece).split(b"\0")
            for data in whole:
                self._take(json.loads(data))
        for answers in self._waiting.values():
            answers.put({"error": {"message": "the browser ended"}})

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._waiting.pop(message["id"]).put(message)
        elif page := self._pages.get(message.get("sessionId", "")):
            page.happened(message["method"], message["params"])


class Page:
    """One page of the browser. `events` are what it told of, as (method, parameters), in order."""

    def __init__(self, browser: Browser, target: str, session: str) -> None:
        self._browser = browser
        self._target = target
        self._session = session
        self._loaded = threading.Event()
        self.events: list[tuple[str, dict[str, Any]]] = []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask the page for something."""
        return self._browser.call(method, self._session, **parameters)

    def open(self, url: str) -> None:
        """Go somewhere and wait until its document is there; what it names may still come."""
        self._loaded.clear()
        self.call("Page.navigate", url=url)
        if not self._loaded.wait(ANSWER_SECONDS):
            raise RuntimeError(f"{url}: the page does not come")

    def follow(self, script: str) -> None:
        """Run a script that leads to another page, and wait until its document is there."""
        self._loaded.clear()
        self.evaluate(script)
        if not self._loaded.wait(ANSWER_SECONDS):
            raise RuntimeError(f"{script}: no other page comes")

    def type(self, selector: str, text: str) -> None:
        """Type into a field, in place of what is there, as a person does."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).select()")
        self.call("Input.insertText", text=text)

    def evaluate(self, script: str) -> Any:
        """The value of a script, awaited if it is a promise. Raises RuntimeError when it throws."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def close(self) -> None:
        """Close the page."""
        self._browser.call("Target.closeTarget", targetId=self._target)

    def happened(self, method: str, parameters: dict[str, Any]) -> None:
        """Take an event from the browser; called on its thread."""
        self.events.append((method, parameters))
        if method == "Page.domContentEventFired":
            self._loaded.set()
        elif method == "Page.javascriptDialogOpening":
            # Not waited for: this is the thread that takes the answer.
            threading.Thread(
                target=self.call, args=("Page.handleJavaScriptDialog",), kwargs={"accept": True}
            ).start()
