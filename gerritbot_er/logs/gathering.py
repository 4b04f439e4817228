"""Gathers, while the log files of a build stream by, the lines that may tell why it failed; pure.

Nothing of a file is kept but its first error lines and its last bytes, of a console also those before its end (see
``telling_lines``); once the first ones are found, a file is looked through no more.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice

from gerritbot_er.telling_lines import (
    EARLY,
    ENDS,
    ERROR_WORDS,
    FILES,
    FIRST_OF_FILE,
    GRAVE_WORDS,
    ends_work,
    is_console,
    is_error,
    is_grave,
    of_file,
    shortlist,
)

from .documents import Block, message_of
from .scan_compound import Line
from .word_finder import WordFinder

_LAST_BYTES = 64 * 1024
_LAST_LINES = 300
"""What is kept of a file's end, and of a console before its end: the fewer of the two."""
_LAST_BEHIND = 100
"""Lines that are looked at from behind a console's end."""


class Gathering:
    """Of the files of one attempt, in the order in which they are read."""

    def __init__(self) -> None:
        self._console: Console | None = None
        self._others: list[Service] = []

    def begin(self, path: str, url: str) -> "Console | Service | None":
        """What is to be told each block of this file; None where nothing of it is kept."""
        if is_console(path):
            if self._console is None:
                self._console = Console(path, url)
                return self._console
            return None
        self._others = [one for one in self._others if one.found]
        if len(self._others) >= FILES:
            return None
        self._others.append(Service(path, url))
        return self._others[-1]

    def lines(self) -> list[Line]:
        """The console's first."""
        console = self._console.lines() if self._console else []
        return [*console, *(line for one in self._others for line in one.lines())]


class Console:
    """One console on its way."""

    def __init__(self, path: str, url: str) -> None:
        self._place = (path, url)
        self._early: dict[int, str] = {}
        self._before_end: dict[int, str] = {}
        self._end = _End()
        self._ended = False

    def block(self, block: Block) -> None:
        """The next lines."""
        if not self._ended:
            self._look_for_errors(block)
            self._look_for_end(block)
        self._end.add(block)

    def _look_for_errors(self, block: Block) -> None:
        if len(self._early) < EARLY:
            self._early |= islice(_telling(ERROR_WORDS, is_error, block), EARLY - len(self._early))

    def _look_for_end(self, block: Block) -> None:
        for start, end in _words(ENDS).lines(block.data):
            if ends_work(message_of(block.data[start:end])):
                self._ended = True
                whole = Block(block.data[: end + 1], block.first)
                self._before_end = self._end.lines(whole)
                return

    def lines(self) -> list[Line]:
        """What is kept of it."""
        last = self._end.lines(most=_LAST_BEHIND if self._ended else _LAST_LINES)
        found = {**self._early, **self._before_end, **last}
        numbers = sorted(number for number, text in found.items() if text)
        kept = shortlist([found[number] for number in numbers])
        return [Line(*self._place, found[numbers[index]], numbers[index]) for index in kept]


class Service:
    """Another file on its way."""

    def __init__(self, path: str, url: str) -> None:
        self._place = (path, url)
        self._first: dict[int, str] = {}
        self._end = _End()

    @property
    def found(self) -> bool:
        """Whether there is an error line in it."""
        return bool(self._first)

    def block(self, block: Block) -> None:
        """The next lines."""
        if len(self._first) < FIRST_OF_FILE:
            self._first |= islice(_telling(GRAVE_WORDS, is_grave, block), FIRST_OF_FILE - len(self._first))
        if self._first:
            self._end.add(block)

    def lines(self) -> list[Line]:
        """What is kept of it."""
        if not self._first:
            return []
        last = {number: text for one in self._end.blocks for number, text in _telling(GRAVE_WORDS, is_grave, one)}
        found = {**self._first, **last}
        numbers = sorted(found)
        kept = of_file([found[number] for number in numbers])
        return [Line(*self._place, found[numbers[index]], numbers[index]) for index in kept]


class _End:
    """The last blocks of a file, as many as it takes to have its last bytes."""

    def __init__(self) -> None:
        self.blocks: deque[Block] = deque()
        self._size = 0

    def add(self, block: Block) -> None:
        """The next one."""
        self.blocks.append(block)
        self._size += len(block.data)
        while self._size - len(self.blocks[0].data) >= _LAST_BYTES:
            self._size -= len(self.blocks.popleft().data)

    def lines(self, *more: Block, most: int = _LAST_LINES) -> dict[int, str]:
        """The last lines, by their number, with those of ``more`` behind them."""
        left, parts = _LAST_BYTES, []
        for block in reversed([*self.blocks, *more]):
            if left <= 0:
                break
            start = block.data.rfind(b"\n", 0, len(block.data) - left) + 1 if len(block.data) > left else 0
            parts.append((block.data[start:], block.first + block.data.count(b"\n", 0, start)))
            left -= len(block.data)
        numbered = [
            (number, line)
            for data, first in reversed(parts)
            for number, line in enumerate(data.split(b"\n")[:-1], first)
        ]
        return {number: message_of(line) for number, line in numbered[-most:]}


def _telling(words: tuple[str, ...], tells: Callable[[str], bool], block: Block) -> Iterator[tuple[int, str]]:
    """Number and text of each line that holds a word and tells of an error.

    Lines are counted no further than the last one that is taken: it takes as long as to look for the words.
    """
    number, counted = block.first, 0
    for start, end in _words(words).lines(block.data):
        text = message_of(block.data[start:end])
        if tells(text):
            number += block.data.count(b"\n", counted, start)
            counted = start
            yield number, text


@cache
def _words(words: tuple[str, ...]) -> WordFinder:
    return WordFinder(words)


def gathered(files: Iterable[tuple[str, str, Iterable[Block]]]) -> list[Line]:
    """The lines of whole files: their paths, URLs and blocks, the most telling file first."""
    gathering = Gathering()
    for path, url, blocks in files:
        if (watch := gathering.begin(path, url)) is not None:
            for block in blocks:
                watch.block(block)
    return gathering.lines()
