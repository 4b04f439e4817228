"""What the URL of a build tells: its job, its id, its pipeline.

Source: peer facts 2.  Zuul's own pages are "…/build/UUID"; log servers lay logs out as
"…/CHANGE/PATCHSET/PIPELINE/JOB/UUID", some with more after it ("html/"), the earliest with Jenkins' build number in
the id's place, some without the job; executors gave "finger://HOST/UUID"; Jenkins' are "…/job/FOLDER/job/JOB/NUMBER/".
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

_PAGE = re.compile(r"(?:\A|/)(?:(?:t|api/tenant)/(?P<tenant>[^/]+)/)?build/(?P<uuid>[0-9a-f]{32}|None)(?=/|\Z)")
_VIEWS = re.compile(r"(?:/(?:artifacts|console|logs?)(?:/.*)?)?/?", re.DOTALL)
"""What Zuul shows below a build's page; a folder of logs may be called "build/UUID", too, and hold anything."""
_WHOLE_ID = re.compile(r"/([0-9a-f]{32})(?:/|\Z)")
_LAID_OUT = re.compile(
    r"/(?:\d{1,2}/)?\d+/\d+/(?P<pipeline>[A-Za-z][^/]*)/"
    r"(?:(?P<job>[^/]+)/)?(?P<id>[0-9a-f]{7}|[0-9a-f]{32}|Z[0-9a-f]{32}|\d+)(?:/|\Z)"
)
_SHORT_ID = re.compile(r"[0-9a-f]{7}|[0-9a-f]{32}")
_LAST_SHORT = re.compile(r"/([0-9a-f]{7})/?\Z")
_JENKINS = re.compile(r"/job/([^/]+)((?:/job/[^/]+)*)((?:/[^/=]+=[^/]*)?)(?=/|\Z)")
_PLAIN = re.compile(r"(https?://[A-Za-z0-9.-]+(?::[0-9]+)?)(/[!-~]*)")
"""Nearly every URL: no more than a host and a path, which need none of the care that ``urlsplit`` takes."""
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class BuildPage:
    """A build's page at Zuul.

    ``web`` is the root of Zuul's pages, "" where the CI knows none and writes relative URLs; ``tenant`` is None on a
    host or below a root that shows one tenant only; ``uuid`` is None on "build/None", which some versions wrote for a
    build that never started.
    """

    web: str
    tenant: str | None
    uuid: str | None

    @property
    def local(self) -> str:
        """The page's URL below its tenant's root."""
        return f"build/{self.uuid or 'None'}"

    @property
    def url(self) -> str:
        """The page's own URL, whatever view of it was named."""
        tenant = None if self.tenant is None else f"t/{quote(self.tenant, safe='')}"
        return "/".join(part for part in (self.web, tenant, self.local) if part)


def build_page(url: str) -> BuildPage | None:
    """The page of a build at Zuul that a URL names, by itself, by a view below it or by its answer in Zuul's API.

    None for any other URL, and for a folder on a log server whose job is called "build".
    """
    host, path = _host_and_path(url[:_LONGEST])
    found = _page_in(path)
    if found is None:
        return None
    tenant = None if found["tenant"] is None else unquote(found["tenant"])
    return BuildPage(host + path[: found.start()], tenant, _id_on(found))


def log_page(page: str, path: str, number: int | None = None) -> str:
    """Zuul's view of a file of a build's logs, below the build's ``page``; opened at a line where that is known."""
    return f"{page.rstrip('/')}/log/{quote(path)}" + ("" if number is None else f"#{number}")


def uuid_of(url: str) -> str | None:
    """Zuul's id of the build: 32 hex digits, or the first 7 of them; None where the URL holds none."""
    page = _page_in(_host_and_path(url[:_LONGEST])[1])
    uuid = _id_on(page) if page else None
    if uuid:
        return uuid
    path = _path(url)
    found = _WHOLE_ID.search(path)
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


def _page_in(path: str) -> re.Match[str] | None:
    found = _PAGE.search(path)
    if found is None or found["tenant"] is not None:
        return found
    end = found.end()
    if end < len(path) and not _VIEWS.fullmatch(path, end):
        return None
    return None if _LAID_OUT.search(path[:end]) else found


def _id_on(page: re.Match[str]) -> str | None:
    return None if page["uuid"] == "None" else page["uuid"]


def _host_and_path(url: str) -> tuple[str, str]:
    """The URL up to its host's end ("" where it is relative) and its path; no path where it is no page's URL at all."""
    if "build/" not in url:
        return "", ""
    plain = _PLAIN.fullmatch(url) if "?" not in url and "#" not in url else None
    if plain:
        return plain[1], plain[2]
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    if not parts.netloc and not parts.scheme:
        return "", parts.path
    web = parts.netloc and parts.scheme in ("http", "https")
    return (f"{parts.scheme}://{parts.netloc}", parts.path) if web else ("", "")


def _path(url: str) -> str:
    """Without query and fragment, which may hold URLs of their own; longer ones than any real are not read through."""
    return url[:_LONGEST].partition("?")[0].partition("#")[0]
