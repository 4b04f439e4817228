"""Where the logs of a build lie, as far as the URL in the CI's comment tells; pure."""

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

_SHORT_OR_WHOLE_UUID = re.compile(r"[0-9a-f]{7}|[0-9a-f]{32}")
_JENKINS_BUILD = re.compile(r"(.*/job/[^/]+/\d+)(?:/.*)?")


def log_folder(url: str | None) -> str | None:
    """The folder that the URL of a build lies in, ended by a slash; None where it is no http URL.

    Jobs may put a page of theirs in the place of the folder (``…/tox-docs/4a8100d/html/``, ``…/126/consoleFull``):
    what follows the build's own id is taken off.
    """
    parts = _parts(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    segments = [segment for segment in parts.path.split("/") if segment]
    kept = segments[: _end_of_id(segments)]
    return urlunsplit((parts.scheme, parts.netloc, "".join(f"/{segment}" for segment in kept) + "/", "", ""))


def _end_of_id(segments: list[str]) -> int:
    """How many segments there are up to the build's id: a uuid, else a number after a job's name, else all."""
    for index in range(len(segments) - 1, -1, -1):
        if _SHORT_OR_WHOLE_UUID.fullmatch(segments[index]):
            return index + 1
    for index in range(len(segments) - 1, 0, -1):
        if segments[index].isdecimal() and not segments[index - 1].isdecimal():
            return index + 1
    return len(segments)


def jenkins_build(url: str | None) -> str | None:
    """The build's own URL, ended by a slash, out of any URL below it; None where it is none of Jenkins."""
    parts = _parts(url)
    found = _JENKINS_BUILD.fullmatch(parts.path)
    if parts.scheme not in ("http", "https") or not parts.netloc or not found:
        return None
    return urlunsplit((parts.scheme, parts.netloc, f"{found[1]}/", "", ""))


def _parts(url: str | None) -> SplitResult:
    try:
        return urlsplit(url or "")
    except ValueError:
        return urlsplit("")
