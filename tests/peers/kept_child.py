"""Writers of kept logs that end where a test wants them to: ``python -m tests.peers.kept_child HOW FOLDER …``.

``crash``: a writer is killed at each thing that it asks of the system, one after the other; what a reader finds
after each is printed as a line of JSON.  ``full``: files may have no more than so many bytes.  ``many``: writes
builds under names of its own, while others do.  ``swapped``: a build's folder is another one at each of two looks.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from gerritbot_er.codec import to_json
from gerritbot_er.logs.fetch_choice import LogFile
from gerritbot_er.logs.retained import Damaged, RetainedLogs
from gerritbot_er.logs.retained_tee import Tee
from gerritbot_er.logs.task import Keeping
from gerritbot_er.model import Build

NOW = 1_795_254_900.0
FILES = {"job-output.txt": b"2026-11-21 09:52:58.1 | node | no space\n" * 5000, "sys.log": b"x\n", "c.log": b""}
_TOUCHING = ("open", "os.", "fcntl.", "shutil.")


def build(identity: str) -> Build:
    """A failed build."""
    return Build(identity, "unit", "FAILURE", "zuul", "example/app", "main", 7, 2, 1_795_254_800)


def write(logs: RetainedLogs, identity: str, content: bytes = b"", at: float = NOW) -> None:
    """Keep a build with these files, or with one of this content."""
    with logs.writer(build(identity), kept_at=at) as writer:
        for path, plain in ({"job-output.txt": content} if content else FILES).items():
            with writer.file(path, f"https://logs.example.org/{path}") as chunk:
                chunk(plain)


def found(logs: RetainedLogs) -> Iterator[tuple[str, bool]]:
    """What is kept: the identity of each build, and whether all of it is as it was written.

    One that is dropped while it is read is left out.
    """
    for kept in logs.builds(lambda words: sys.exit(f"damaged: {words}")):
        try:
            contents = {file.path: b"".join(file.chunks()) for file in logs.files(kept)}
        except Damaged as error:
            if not str(error).endswith("it was dropped meanwhile"):
                raise
        else:
            yield kept.build.identity, contents == FILES


def _die_at(count: int) -> None:
    """Kill this process when it asks the system for something that touches files the ``count``th time."""
    left = count

    def heard(event: str, _: object) -> None:
        nonlocal left
        if event.startswith(_TOUCHING) and event != "os.kill":
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(heard)


def _tell(said: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def crash(folder: Path) -> None:
    """One line for each point: what was found after the crash, and what lies in ``writing`` before and after a start.

    Two writers hold the same build: the older is kept already, the newer is the one that is killed.
    """
    logs = RetainedLogs(folder)
    write(logs, "other")
    for point in range(10_000):
        write(logs, "same", at=NOW + point)
        child = os.fork()
        if child == 0:
            _die_at(point)
            write(logs, "same", at=NOW + point + 0.5)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        listed = sorted(found(logs))
        left = len(list((folder / "writing").iterdir()))
        logs.prepare()
        after = len(list((folder / "writing").iterdir()))
        _tell({"listed": listed, "again": sorted(found(logs)) == listed, "left": left, "after": after})
        if not os.WIFSIGNALED(status):
            sys.exit(os.waitstatus_to_exitcode(status))


def full(folder: Path, most: int) -> None:
    """Reads a file through a tee whose disk takes ``most`` bytes a file: what came through, and the trouble."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    tee = Tee(Keeping(str(folder), to_json(build("1")), failed=True), lambda: NOW)
    chunks = [os.urandom(4096) for _ in range(20)]
    through = list(tee.through(LogFile("job-output.txt", "https://logs.example.org/job-output.txt"), chunks))
    said = {"through": through == chunks, "keeps": tee.keeps, "trouble": tee.end(whole=True, notes=())}
    kept = list(RetainedLogs(folder).builds())
    _tell({**said, "kept": len(kept), "left": len(list((folder / "writing").iterdir()))})


def many(folder: Path, name: str, count: int) -> None:
    """Builds of its own, and one that all write."""
    logs = RetainedLogs(folder)
    for number in range(count):
        write(logs, f"{name}-{number}")
        write(logs, "everybody's")


def swapped(folder: Path) -> None:
    """What a reader finds of a build that is dropped when it opens its meta file, and kept anew under the same name."""
    logs = RetainedLogs(folder)
    write(logs, "same")
    (place,) = (folder / "builds").iterdir()
    aside = folder / "aside"

    def heard(event: str, told: tuple[object, ...]) -> None:
        if event == "open" and str(told[0]) == str(place / "meta.json"):
            if aside.exists():
                place.rmdir()
                aside.rename(place)
            elif not had:
                had.append(True)
                place.rename(aside)
                place.mkdir()

    had: list[bool] = []
    sys.addaudithook(heard)
    _tell({"found": list(found(logs)), "swapped": had})


if __name__ == "__main__":
    how, where, *rest = sys.argv[1:]
    if how == "crash":
        crash(Path(where))
    elif how == "full":
        full(Path(where), int(rest[0]))
    elif how == "swapped":
        swapped(Path(where))
    else:
        many(Path(where), rest[0], int(rest[1]))
