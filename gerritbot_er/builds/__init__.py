"""What the CI's own server knows of a build, beyond the comment: Zuul's REST API, Jenkins' JSON."""

from collections.abc import Callable
from urllib.parse import urlsplit

from gerritbot_er.http_client import HttpClient, Limits
from gerritbot_er.http_client.addresses import Gate
from gerritbot_er.ports import BuildInfo
from gerritbot_er.settings import CI

from .jenkins import JenkinsBuilds
from .zuul import ZuulBuilds

_LIMITS = Limits(connect=10, silence=20, total=60, packed=16 * 1024 * 1024, plain=64 * 1024 * 1024)


def client_for(ci: CI, clock: Callable[[], float]) -> HttpClient:
    """A client that asks the CI's own server and no other; as the configuration names it, it may be a private host."""
    own = urlsplit(ci.web or "").hostname
    return HttpClient(Gate((), own_hosts=(own,) if own else ()), limits=_LIMITS, clock=clock)


def build_info(ci: CI, http: HttpClient) -> BuildInfo:
    """The port for this CI, over a client of ``client_for``."""
    if ci.kind == "jenkins":
        return JenkinsBuilds(ci, http)
    return ZuulBuilds(ci, http)
