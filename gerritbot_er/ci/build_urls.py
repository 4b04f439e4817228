"""What the URL of a build tells: its job, its id, its pipeline.

Source: peer facts 2.  Zuul's own pages are "…/build/UUID"; log servers lay logs out as
"…/CHANGE/PATCHSET/PIPELINE/JOB/UUID", some with more after it ("html/"), the earliest with Jenkins' build number in
the id's place, some without the job; executors gave "finger://HOST/UUID"; Jenkins' are "…/job/FOLDER/job/JOB/NUMBER/".
"""

import re
from urllib.parse import unquote

_PAGE = re.compile(r"(?:^|/)build/([0-9a-f]{32})(?![0-9a-f])")
_WHOLE_ID = re.compile(r"/([0-9a-f]{32})(?:/|\Z)")
_LAID_OUT = re.compile(
    r"/(?:\d{1,2}/)?\d+/\d+/(?P<pipeline>[A-Za-z][^/]*)/"
    r"(?:(?P<job>[^/]+)/)?(?P<id>[0-9a-f]{7}|[0-9a-f]{32}|Z[0-9a-f]{32}|\d+)(?:/|\Z)"
)
_SHORT_ID = re.compile(r"[0-9a-f]{7}|[0-9a-f]{32}")
_LAST_SHORT = re.compile(r"/([0-9a-f]{7})/?\Z")
_JENKINS = re.compile(r"/job/([^/]+)((?:/job/[^/]+)*)((?:/[^/=]+=[^/]*)?)(?=/|\Z)")
_LONGEST = 2000


def uuid_of(url: str) -> str | None:
    """Zuul's id of the build: 32 hex digits, or the first 7 of them; None where the URL holds none."""
    path = _path(url)
    found = _PAGE.search(path) or _WHOLE_ID.search(path)
    if found:
        return found[1]
    laid_out = _LAID_OUT.search(path)
    if laid_out:
        return laid_out["id"] if _SHORT_ID.fullmatch(laid_out["id"]) else None
    short = _LAST_SHORT.search(path)
    return short[1] if short else None


def pipeline_of(url: str) -> str | None:
    """The pipeline that a log server's path names."""
    found = _LAID_OUT.search(_path(url))
    return found["pipeline"] if found else None


def job_of(url: str) -> str:
    """The job that the URL names, with its folders ("folder/job"), as Jenkins names it in full; "" where none."""
    path = _path(url)
    jenkins = _JENKINS.search(path)
    if jenkins:
        names = [jenkins[1], *jenkins[2].split("/job/")[1:]]
        return unquote("/".join(names) + jenkins[3])
    found = _LAID_OUT.search(path)
    return unquote(found["job"] or "") if found else ""


def _path(url: str) -> str:
    """Without query and fragment, which may hold URLs of their own; longer ones than any real are not read through."""
    return url[:_LONGEST].partition("?")[0].partition("#")[0]
