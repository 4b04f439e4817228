"""What is told on stderr while past builds are searched: a bar where it is a terminal, and sentences."""

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from gerritbot_er.cleaning import clean


class Shown:
    """What is told on stderr meanwhile: a bar where it is a terminal, and what was left out."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("looking for builds", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def say(self, words: str) -> None:
        """A sentence of its own, which may quote what servers said."""
        self._console.print(clean(words), markup=False, highlight=False, soft_wrap=True)

    def step(self, what: str, done: int, of: int) -> None:
        """So much of it is done."""
        self._bar.update(self._task, description=what, completed=done, total=of)
