"""Debian's Chromium, driven over its debugging pipe, and a record of all it asked for and complained about."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Error, Page, Request, sync_playwright

from .fetch import Unavailable

OPTIONS = (
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Visit:
    """An open page: the URLs it asked for, the dialogs it opened, and what the console says (violations of policy)."""

    page: Page
    asked: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._request)
        self.page.on("dialog", self._dialog)
        self.page.on("console", self._console)

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)

    def _dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        self.console.append(message.text)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window; ``Unavailable`` where none is installed."""
    path = shutil.which("chromium")
    if path is None:
        raise Unavailable("there is no chromium", "apt-get install chromium")
    with sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=Path(path), args=list(OPTIONS))
        except Error as error:
            raise Unavailable(
                f"chromium does not start: {error.message.splitlines()[0]}", "run it by hand to see why"
            ) from error
        with browser:
            yield browser
