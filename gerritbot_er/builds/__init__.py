"""What the CI's own server knows of a build, beyond the comment: Zuul's REST API, Jenkins' JSON."""

from collections.abc import Callable
from urllib.parse import urlsplit

from gerritbot_er.ports import BuildInfo
from gerritbot_er.settings import CI
from gerritbot_er.web_addresses import Gate
from gerritbot_er.web_client import Limits, WebClient

from .jenkins import JenkinsBuilds
from .zuul import ZuulBuilds

_LIMITS = Limits(connect=10, silence=20, total=60, packed=16 * 1024 * 1024, plain=64 * 1024 * 1024)


def web_client(ci: CI, clock: Callable[[], float]) -> WebClient:
    """A client that asks the CI's own server and no other; as the configuration names it, it may be a private host."""
    own = urlsplit(ci.web or "").hostname
    return WebClient(Gate((), own_hosts=(own,) if own else ()), limits=_LIMITS, clock=clock)


def build_info(ci: CI, http: WebClient) -> BuildInfo:
    """The port for this CI, over a client of ``web_client``."""
    if ci.kind == "jenkins":
        return JenkinsBuilds(ci, http)
    return ZuulBuilds(ci, http)
