"""What can be wrong with the entries of trackers whose types are right.  Looks at files only."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from gerritbot_er.patterns import linear
from gerritbot_er.settings import PLACE, BugTracker, KnownTracker, OtherTracker

from .files import LOOPBACK, Finding, Place, ca_file_findings, has_secret, secret_findings


def tracker_findings(here: Place, tracker: BugTracker, environ: Mapping[str, str]) -> Iterator[Finding]:
    """All findings of one entry."""
    yield from ca_file_findings((*here, "ca_file"), tracker.ca_file)
    yield from secret_findings(here, "token", tracker, environ)
    secured = has_secret("token", tracker)
    if tracker.username is not None and not secured:
        yield Finding(
            (*here, "username"),
            "the tracker has a user and no token",
            "give token_file (or token_env), or remove username",
        )
    key, address = ("request", tracker.request) if isinstance(tracker, OtherTracker) else ("web", tracker.web or "")
    if secured and address.startswith("http://") and urlsplit(address).hostname not in LOOPBACK:
        yield Finding((*here, key), "the tracker is sent its token in the clear", "use https", mild=True)
    if isinstance(tracker, OtherTracker):
        yield from _request(here, tracker)
    else:
        yield from _known(here, tracker)


def _known(here: Place, tracker: KnownTracker) -> Iterator[Finding]:
    if tracker.kind == "launchpad" and (tracker.web or has_secret("token", tracker)):
        key = "web" if tracker.web else "token_env" if tracker.token_file is None else "token_file"
        yield Finding((*here, key), "there is one Launchpad, and it is asked without a login", f"remove {key}")
    if tracker.kind == "jira" and tracker.ask and tracker.web is None:
        yield Finding(
            here, "the entry of a Jira has no web", "give web, the root of its pages, such as https://jira.example.org"
        )


def _request(here: Place, tracker: OtherTracker) -> Iterator[Finding]:
    """What stands in its places are groups of ``url``, and none of them is in the host."""
    place = (*here, "request")
    known = frozenset(linear(tracker.url).groupindex)
    for name in sorted(frozenset(PLACE.findall(tracker.request)) - known):
        yield Finding(place, f"the request has {{{name}}}, and url has no group of that name", f"write (?P<{name}>…)")
    if "{" in (urlsplit(tracker.request).netloc):
        yield Finding(place, "the host of the request is to be told by a bug's URL", "write the host itself")
    elif not known & frozenset(PLACE.findall(tracker.request)):
        yield Finding(place, "the request is the same for every bug", "write {id} where the group id of url goes")
