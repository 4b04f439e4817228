"""What Jenkins knows of the builds of a report: ``<build url>api/json``.

Source: Jenkins' remote access API; ``building`` is true until the build has ended, times are milliseconds.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from gerritbot_er.http_client import HttpClient
from gerritbot_er.model import BuildFacts, CIReport, ReportedBuild
from gerritbot_er.settings import CI

from .answers import ask, number, text
from .places import jenkins_build, log_folder

_QUESTION = "api/json?tree=result,building,timestamp,duration,artifacts[relativePath]"


class JenkinsBuilds:
    """The port BuildInfo for one Jenkins."""

    def __init__(self, ci: CI, http: HttpClient) -> None:
        self._http = http
        self._web = ci.web

    def facts(self, report: CIReport) -> Sequence[BuildFacts]:
        found = (self._of_one(build) for build in report.builds)
        return tuple(facts for facts in found if facts is not None)

    def _of_one(self, build: ReportedBuild) -> BuildFacts | None:
        """None while the build runs, or where Jenkins does not know it and the comment names no logs."""
        url = jenkins_build(build.url)
        folder = log_folder(build.logs_url)
        if url is None or not self._is_ours(url):
            return from_answer(build, {}, folder or url) if folder or url else None
        answer = ask(self._http, url + _QUESTION)
        if answer is None:
            return from_answer(build, {}, folder) if folder else None
        if answer.get("building") is True:
            return None
        return from_answer(build, answer, folder or url)

    def _is_ours(self, url: str) -> bool:
        """Only the server that the configuration names is asked, whatever the comment says."""
        return self._web is not None and urlsplit(url).netloc == urlsplit(self._web).netloc


def from_answer(build: ReportedBuild, answer: Mapping[str, object], log_url: str | None) -> BuildFacts:
    """The facts of a build out of the comment and of Jenkins' answer, which may be empty."""
    started, duration = number(answer.get("timestamp")), number(answer.get("duration"))
    return BuildFacts(
        uuid=build.uuid,
        job=build.job,
        result=text(answer.get("result")) or build.result,
        voting=build.voting,
        url=build.url,
        detail=build.detail,
        log_url=log_url,
        started_at=None if started is None else started / 1000,
        ended_at=None if started is None or duration is None else (started + duration) / 1000,
    )
