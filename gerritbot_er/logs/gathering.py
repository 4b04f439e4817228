"""Gathers, while the log files of a build stream by, the lines that may tell why it failed; pure.

Nothing of a file is kept but its first error lines and its last bytes, of a console also those before its end (see
``telling_lines``); once the first ones are found, a file is looked through no more.  What is kept does not depend on
how a file is cut into blocks.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from gerritbot_er.telling_lines import (
    EARLY,
    ENDS,
    ERROR_WORDS,
    FILES,
    FIRST_OF_FILE,
    GRAVE_WORDS,
    LAST_OF_FILE,
    ends_work,
    is_console,
    is_error,
    is_grave,
    of_file,
    shortlist,
)

from .documents import Block, message_of
from .mark_finder import MarkFinder, mark_finder
from .scan_compound import Line
from .word_finder import WordFinder

LOOKED_FOR: Sequence[str] = tuple(dict.fromkeys((*ERROR_WORDS, *GRAVE_WORDS, *ENDS)))
"""The words that lines are found by: who looks through the blocks anyway may look for these as well."""

Seen = Mapping[str, int]
"""Which of these words a block holds, and where the first of each ends, as in ``mark_finder.Looked``."""

_LAST_BYTES = 64 * 1024
_LAST_LINES = 300
"""What is kept of a file's end, and of a console before its end: the fewer of the two."""
_LAST_BEHIND = 100
"""Lines that are looked at from behind a console's end."""
_MOST_IN_VAIN = 5000
"""Lines of a file that hold a word and tell of no error, after which only its end is looked at: each takes as long as
it takes to search a thousand others."""


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
        self._early = _First(ERROR_WORDS, is_error, EARLY)
        self._before_end = _Judged({}, set())
        self._end = _End()
        self._ended = False

    def block(self, block: Block, seen: Seen | None) -> None:
        """The next lines; ``seen`` is None where nobody looked for the words in them."""
        if not self._ended:
            seen = _seen(block.data) if seen is None else seen
            end = _end_of_work(block, seen)
            work = block if end is None else Block(block.data[:end], block.first)
            self._early.look(work, seen)
            if end is not None:
                self._ended = True
                self._before_end = _judged(self._end.tail(work), _LAST_LINES)
        self._end.add(block)

    def lines(self) -> list[Line]:
        """What is kept of it."""
        last = _judged(self._end.tail(), _LAST_BEHIND if self._ended else _LAST_LINES)
        found = {**self._early.lines, **self._before_end.texts, **last.texts}
        errors = {*self._early.lines, *self._before_end.errors, *last.errors}
        numbers = sorted(number for number, text in found.items() if text)
        kept = shortlist(
            [found[number] for number in numbers], [at for at, number in enumerate(numbers) if number in errors]
        )
        return [Line(*self._place, found[numbers[index]], numbers[index]) for index in kept]


class Service:
    """Another file on its way."""

    def __init__(self, path: str, url: str) -> None:
        self._place = (path, url)
        self._first = _First(GRAVE_WORDS, is_grave, FIRST_OF_FILE)
        self._end = _End()

    @property
    def found(self) -> bool:
        """Whether there is, or may be, an error line in it."""
        return bool(self._first.lines) or self._first.given_up

    def block(self, block: Block, seen: Seen | None) -> None:
        """The next lines; ``seen`` is None where nobody looked for the words in them."""
        self._first.look(block, seen)
        if self.found:
            self._end.add(block)

    def lines(self) -> list[Line]:
        """What is kept of it."""
        found = {**self._first.lines, **_last_errors(self._end.tail())}
        numbers = sorted(found)
        kept = of_file([found[number] for number in numbers])
        return [Line(*self._place, found[numbers[index]], numbers[index]) for index in kept]


class _First:
    """The first lines of a file that hold a word and tell of an error: at most so many."""

    def __init__(self, words: tuple[str, ...], tells: Callable[[str], bool], most: int) -> None:
        self._words = words
        self._tells = tells
        self._most = most
        self._in_vain = 0
        self.lines: dict[int, str] = {}
        """By their number."""

    @property
    def given_up(self) -> bool:
        """Whether too many lines were looked at in vain."""
        return self._in_vain == _MOST_IN_VAIN

    def look(self, block: Block, seen: Seen | None) -> None:
        """The next lines; they are counted no further than the last one that is taken, as that takes time as well."""
        number, counted = block.first, 0
        lines = () if self._done else _holding(self._words, block.data, seen)
        for start, end in lines:
            text = message_of(block.data[start:end])
            if self._tells(text):
                number += block.data.count(b"\n", counted, start)
                counted = start
                self.lines[number] = text
            else:
                self._in_vain += 1
            if self._done:
                return

    @property
    def _done(self) -> bool:
        return len(self.lines) == self._most or self.given_up


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

    def tail(self, *more: Block) -> Block:
        """The lines that have the last bytes, with those of ``more`` behind them."""
        left, parts, first = _LAST_BYTES, [], 1
        for block in reversed([*self.blocks, *more]):
            if left <= 0:
                break
            start = block.data.rfind(b"\n", 0, len(block.data) - left) + 1 if len(block.data) > left else 0
            parts.append(block.data[start:])
            first = block.first + block.data.count(b"\n", 0, start)
            left -= len(block.data)
        return Block(b"".join(reversed(parts)), first)


@dataclass(frozen=True, slots=True)
class _Judged:
    """Lines of a console by their number, and which of them tell of an error."""

    texts: dict[int, str]
    errors: set[int]


def _judged(tail: Block, most: int) -> _Judged:
    """The last lines, so many at most; only those with a word are asked whether they tell of an error.

    So are those beyond ASCII: the Kelvin sign is a capital k.
    """
    data = tail.data
    lines = data.rsplit(b"\n", most + 1)[-most - 1 : -1]
    number = tail.first + data.count(b"\n") - len(lines)
    at = len(data) - sum(map(len, lines)) - len(lines)
    holding = {start for start, _ in _words(ERROR_WORDS).lines(data, at)}
    found = _Judged({}, set())
    for line in lines:
        text = found.texts[number] = message_of(line)
        if (at in holding or not text.isascii()) and is_error(text):
            found.errors.add(number)
        number += 1
        at += len(line) + 1
    return found


def _end_of_work(block: Block, seen: Seen | None) -> int | None:
    """Where the line ends after which a console only tells of the cleaning up; None where none of these is that."""
    for start, end in _holding(ENDS, block.data, seen):
        if ends_work(message_of(block.data[start:end])):
            return end + 1
    return None


def _last_errors(tail: Block) -> dict[int, str]:
    """The last lines of a service's log that tell of an error, by their number."""
    found: dict[int, str] = {}
    for start, end in reversed(list(_holding(GRAVE_WORDS, tail.data, None))):
        text = message_of(tail.data[start:end])
        if is_grave(text):
            found[tail.first + tail.data.count(b"\n", 0, start)] = text
        if len(found) == LAST_OF_FILE:
            break
    return found


def _holding(words: tuple[str, ...], data: bytes, seen: Seen | None) -> Iterator[tuple[int, int]]:
    """Start and end of each line that holds one of the words."""
    if seen is None:
        yield from _words(words).lines(data)
    elif places := [seen[word] for word in words if word in seen]:
        yield from _words(words).lines(data, data.rfind(b"\n", 0, min(places)) + 1)


def prepare() -> None:
    """Compile once in a process what looks for words, before the first build has to wait for it: 20 ms."""
    _all_words()
    for words in (ERROR_WORDS, GRAVE_WORDS, ENDS):
        _words(words)


def _seen(data: bytes) -> Seen | None:
    """The same of a block that nobody looked through; None where that takes longer than to look for each kind alone."""
    return _all_words().look(data, ()).words


@cache
def _all_words() -> MarkFinder:
    return mark_finder((), LOOKED_FOR)


@cache
def _words(words: tuple[str, ...]) -> WordFinder:
    return WordFinder(words)


def gathered(files: Iterable[tuple[str, str, Iterable[Block]]]) -> list[Line]:
    """The lines of whole files: their paths, URLs and blocks, the most telling file first."""
    gathering = Gathering()
    for path, url, blocks in files:
        if (watch := gathering.begin(path, url)) is not None:
            for block in blocks:
                watch.block(block, None)
    return gathering.lines()
