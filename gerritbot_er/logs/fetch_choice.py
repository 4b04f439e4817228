"""Which files of a build's logs are read, and in which order: the most telling text logs first; pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gerritbot_er.signatures.file_tags import bare_name


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file of a build's logs: ``path`` below the logs' folder, ``url`` to read it, ``size`` in bytes where known.

    ``mimetype`` is what the manifest says, "" where there is none.
    """

    path: str
    url: str
    size: int | None = None
    mimetype: str = ""


CONSOLES = ("job-output.txt", "console.html", "consoletext", "console.log", "console.log.txt", "console.txt")
"""The names of consoles, in small letters."""
_TEXT = re.compile(
    r".*\.(?:log|txt|out|err|stdout|stderr|journal\.txt|summary)(?:[.-][0-9]{1,10})*"
    r"|(?:.*[._-])?(?:log|console|consoletext|syslog|messages|dmesg|stdout|stderr|output|journal)",
    re.ASCII,
)
_NO_LOG = re.compile(
    r".*\.(?:qcow2|img|iso|raw|vmdk|tar|tgz|zip|xz|bz2|zst|7z|rpm|deb|whl|jar|so|pyc|pcap|core|db|sqlite|subunit"
    r"|png|jpe?g|gif|svg|ico|woff2?|ttf|eot|css|js|map|html?|pdf|json|xml|ya?ml|ini|conf|cfg|pem|crt|key|pub|rst|md|py"
    r"|sh|csv|journal)"
)
_BESIDE = re.compile(
    r"(?:.*[-_.])?(?:requirements|freeze|constraints|pip2?-list|rpm-qa|dpkg-l|licen[cs]e|readme|robots|lsmod|sources)"
    r"(?:[-_.].*)?\.txt"
)
_TREES = re.compile(r"(?:^|/)(?:\.git|node_modules|site-packages|_static|_sources|docs?/html)/")


def is_log(file: LogFile) -> bool:
    """Whether a file is a text log, by its name; the console of Zuul 2 is a text although it is called .html."""
    name = bare_name(file.path).lower()
    if name in CONSOLES:
        return True
    if _NO_LOG.fullmatch(name) or _BESIDE.fullmatch(name) or _TREES.search(file.path):
        return False
    return bool(_TEXT.fullmatch(name)) or (not file.path.endswith(".gz") and file.mimetype == "text/x-log")


def rank(file: LogFile) -> tuple[int, int, str]:
    """The most telling first: the console, the job's own long logs, services' logs, the rest; then what lies higher."""
    name = bare_name(file.path).lower()
    if name in CONSOLES:
        group = 0
    elif name in ("devstacklog.txt", "grenade.sh_log.txt", "tempest_log.txt") or "error" in name:
        group = 1
    elif name.startswith("screen-") or name.endswith((".log", ".out", ".err")):
        group = 2
    else:
        group = 3
    return group, file.path.count("/"), file.path


def chosen(files: Iterable[LogFile], most: int) -> tuple[Sequence[LogFile], int]:
    """The text logs in the order of telling, at most ``most``, and how many were left out for that limit.

    A file that lies there both packed and plain is read once.
    """
    return _first(filter(is_log, files), most)


def named(files: Iterable[LogFile], names: Iterable[str], most: int) -> tuple[Sequence[LogFile], int]:
    """The same of those files that have one of these bare names, wherever they lie and whatever they are."""
    wanted = frozenset(names)
    return _first((file for file in files if bare_name(file.path) in wanted), most)


def _first(files: Iterable[LogFile], most: int) -> tuple[Sequence[LogFile], int]:
    ranked = sorted(files, key=rank)
    once = list({file.path.removesuffix(".gz"): file for file in reversed(ranked)}.values())[::-1]
    return once[:most], max(len(once) - most, 0)
