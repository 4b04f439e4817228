"""What the TARGET of ``explain`` names: a build's page, a folder of logs, files here, a change, or a build; pure."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gerritbot_er.builds.places import jenkins_build
from gerritbot_er.ci.build_urls import build_page
from gerritbot_er.errors import Permanent
from gerritbot_er.http_client.addresses import target as checked

_CHANGE = re.compile(r"([1-9][0-9]{0,8})(?:,([1-9][0-9]{0,5}))?")
_UUID = re.compile(r"[0-9a-f]{32}")
_HELP = (
    "give the URL of a build's page at Zuul (https://HOST/t/TENANT/build/UUID), of a Jenkins build or of a folder of "
    "logs; a folder or file of logs; CHANGE or CHANGE,PATCHSET; or a build's uuid"
)


class NoTarget(ValueError):
    """A text that names nothing that could be explained; its words say what would."""


@dataclass(frozen=True, slots=True)
class ZuulPage:
    """A build's page at Zuul; ``web`` is the root of Zuul's pages."""

    web: str
    tenant: str
    uuid: str

    @property
    def host(self) -> str:
        """The host that was typed."""
        return _host(self.web)


@dataclass(frozen=True, slots=True)
class JenkinsPage:
    """A Jenkins build's own URL, ended by a slash."""

    url: str

    @property
    def host(self) -> str:
        """The host that was typed."""
        return _host(self.url)


@dataclass(frozen=True, slots=True)
class LogFolder:
    """Any other URL: logs should lie there."""

    url: str

    @property
    def host(self) -> str:
        """The host that was typed."""
        return _host(self.url)


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """A folder of logs on this machine, or one file."""

    path: Path


@dataclass(frozen=True, slots=True)
class AskedChange:
    """A change on the configured Gerrit; without a patch set its latest one is meant."""

    number: int
    patchset: int | None


@dataclass(frozen=True, slots=True)
class AskedBuild:
    """A build at the first configured Zuul."""

    uuid: str


Page = ZuulPage | JenkinsPage | LogFolder
Target = Page | LocalFiles | AskedChange | AskedBuild


def read_target(text: str) -> Target:
    """What a text names; NoTarget where that is nothing.  A path is looked up last, so ``./123`` is a folder's name."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        return _read_url(text)
    if found := _CHANGE.fullmatch(text):
        return AskedChange(int(found[1]), int(found[2]) if found[2] else None)
    if _UUID.fullmatch(text):
        return AskedBuild(text)
    try:
        path = Path(text)
        if text and path.exists():
            return LocalFiles(path)
    except (OSError, ValueError):  # too long for a path, or with a NUL in it
        pass
    raise NoTarget(f"{text[:200]!r} is no build, change, URL or folder: {_HELP}")


def _read_url(text: str) -> Page:
    try:
        checked(text)
    except Permanent as error:
        raise NoTarget(str(error)) from None
    parts = urlsplit(text)
    if parts.port == 0:
        raise NoTarget(f"{text} is no URL that can be asked: there is no port 0")
    page = build_page(text)
    if page and page.uuid is None:
        raise NoTarget(f"{text} is what Zuul writes for a build that never started: there is nothing to explain")
    if page and page.uuid and page.tenant:
        return ZuulPage(page.web, page.tenant, page.uuid)
    if jenkins := jenkins_build(text):
        return JenkinsPage(jenkins)
    if page:
        raise NoTarget(f"{text} does not tell the tenant: write it as {page.web}/t/TENANT/{page.local}")
    return LogFolder(text.partition("#")[0])


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
