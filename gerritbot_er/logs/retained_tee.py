"""What is read of a build goes to the kept logs as well, and is read on where it cannot be kept."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from gerritbot_er.codec import from_json
from gerritbot_er.errors import GerritbotError
from gerritbot_er.model import Build

from .fetch_choice import LogFile
from .retained import RetainedLogs
from .retained_writer import BuildWriter
from .task import Keeping


class Tee:
    """The files of one build on their way to who reads them; ``now`` gives UTC seconds.  To be ended."""

    def __init__(self, keeping: Keeping | None, now: Callable[[], float]) -> None:
        self._opened = ExitStack()
        self._writer: BuildWriter | None = None
        self._kept: set[str] = set()
        self._trouble = ""
        if keeping is None:
            return
        logs = RetainedLogs(Path(keeping.directory))
        writer = logs.writer(from_json(Build, keeping.build), kept_at=now(), failed=keeping.failed)
        try:
            self._writer = self._opened.enter_context(writer)
        except GerritbotError as error:
            self._trouble = str(error)

    @property
    def keeps(self) -> bool:
        """Whether all that can be read is wanted, also where nobody else does."""
        return self._writer is not None and self._writer.trouble is None

    def lacks(self, file: LogFile) -> bool:
        """Whether this file is wanted and has not come through yet."""
        return self.keeps and file.url not in self._kept

    def through(self, file: LogFile, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The chunks of a file, each kept before it is passed on; raises what reading them raises.

        A file that is read a second time is kept once.
        """
        if self._writer is None or file.url in self._kept:
            yield from chunks
            return
        self._kept.add(file.url)
        with self._writer.file(file.path, file.url) as write:
            for chunk in chunks:
                write(chunk)
                yield chunk

    def end(self, *, whole: bool, notes: Sequence[str]) -> str:
        """Keep the build, ``whole`` or as far as the notes tell; why it was not kept, "" where it was or was not to."""
        if self._writer is not None:
            self._writer.whole, self._writer.notes = whole, tuple(notes)
        try:
            self._opened.close()
        except GerritbotError as error:
            self._trouble = str(error)
        return self._trouble
