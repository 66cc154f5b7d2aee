"""A headless Chromium, spoken to through its pipe: what a page shows, and what it complains of."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
COMPLAINTS = ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
START = 20
"""Seconds until the browser answers first."""


@dataclass
class Browser:
    """One page of a running browser."""

    to: IO[bytes]
    by: IO[bytes]
    session: str = ""
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def open(
        self, path: Path, width: int, scheme: Literal["light", "dark"] = "light", height: int = 900
    ) -> None:
        """Show the page at ``path`` to a reader with such a screen."""
        self.complaints.clear()
        self.requests.clear()
        self.do(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 700,
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.do("Emulation.setEmulatedMedia", media="", features=features)
        self.do("Page.navigate", url=path.resolve().as_uri())
        self._until("Page.loadEventFired")

    def value(self, expression: str) -> Any:
        """The value of a JavaScript expression on the page."""
        found = self.do(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """Press and release a key."""
        text = "\r" if key == "Enter" else None
        for kind in ("keyDown", "keyUp"):
            given = {"text": text} if text and kind == "keyDown" else {}
            code = {"Tab": 9, "Enter": 13}[key]
            self.do(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **given
            )

    def screenshot(self, path: Path, whole: bool = True) -> None:
        """Write a picture of the page, all of it or what the screen shows."""
        taken = self.do("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        if whole:
            size = self.do("Page.getLayoutMetrics")["cssContentSize"]
            clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
            taken = self.do(
                "Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip
            )
        path.write_bytes(base64.b64decode(taken["data"]))

    def do(self, method: str, **parameters: object) -> Any:
        """What the browser answers to a command."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.to.write(json.dumps(message).encode() + b"\0")
        self.to.flush()
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def _until(self, event: str) -> None:
        while self._next().get("method") != event:
            pass

    def _next(self) -> Any:
        told = bytearray()
        while (byte := self.by.read(1)) not in (b"\0", b""):
            told += byte
        if not told:
            raise EOFError("the browser has ended")
        message = json.loads(told)
        if message.get("method") in COMPLAINTS:
            self.complaints.append(json.dumps(message["params"]))
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        return message


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser whose profile is in ``folder``."""
    assert PROGRAM is not None
    to_browser, from_browser = os.pipe(), os.pipe()

    def at_three_and_four() -> None:
        # Away from three and four first, where one of them may stand already.
        to, by = os.dup(to_browser[0]), os.dup(from_browser[1])
        os.dup2(to, 3)
        os.dup2(by, 4)

    with subprocess.Popen(
        [
            PROGRAM,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--remote-debugging-pipe",
            f"--user-data-dir={folder}",
        ],
        preexec_fn=at_three_and_four,  # noqa: PLW1509
        pass_fds=(3, 4, *to_browser, *from_browser),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(to_browser[0])
        os.close(from_browser[1])
        try:
            with os.fdopen(to_browser[1], "wb") as to, os.fdopen(from_browser[0], "rb") as by:
                page = Browser(to=to, by=by)
                target = page.do("Target.createTarget", url="about:blank")["targetId"]
                attached = page.do("Target.attachToTarget", targetId=target, flatten=True)
                page.session = attached["sessionId"]
                for domain in ("Page", "Runtime", "Log", "Network"):
                    page.do(f"{domain}.enable")
                yield page
        finally:
            process.terminate()
