"""Which request the URL of a bug's page means: a table of patterns, the configuration's before our own.  Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import re2

from gerritbot_er.patterns import linear
from gerritbot_er.settings import PLACE, KnownTracker, OtherTracker

from .answers import Reader, github_issue, jira_issue, launchpad_reader, other_reader

LAUNCHPAD_API = "https://api.launchpad.net/1.0"
GITHUB, GITHUB_API = "https://github.com", "https://api.github.com"

_TAIL = r"/?(?:[?#].*)?"
"""What may follow: a comment that was linked to, a tab."""
_LAUNCHPAD = r"https?://(?:bugs\.|www\.)?launchpad\.net/(?:bugs|(?P<project>[a-z0-9][a-z0-9+./-]*)/\+bug)/(?P<number>[0-9]{1,10})"
_NAME = r"[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*"
"""One step of a path, which is neither "." nor ".."."""
_GITHUB = rf"/(?P<owner>[A-Za-z0-9-]+)/(?P<repository>{_NAME})/(?:issues|pull)/(?P<number>[0-9]{{1,10}})"
_JIRA = r"/browse/(?P<key>[A-Za-z][A-Za-z0-9_]{0,30}-[0-9]{1,10})"
_ANY_WEB = rf"(?P<web>https?://[A-Za-z0-9.-]+(?::[0-9]{{1,5}})?(?:/{_NAME})*)"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a bug: the URL of one request, and who understands its answer."""

    request: str
    read: Reader

    @property
    def host(self) -> str:
        """Who is asked."""
        return urlsplit(self.request).netloc


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table; ``settings`` is the entry that it comes from, None of our own rows.

    ``question`` is told the values of the pattern's groups, "" of those that are not there; None: nobody is asked.
    """

    pattern: re.Pattern[str]
    question: Callable[[Mapping[str, str]], Question] | None
    settings: KnownTracker | OtherTracker | None = None


def table(trackers: Sequence[KnownTracker | OtherTracker]) -> tuple[Rule, ...]:
    """The rows for this configuration."""
    return (*map(_configured, trackers), launchpad_rule(), github_rule(), jira_rule())


def found(rules: Sequence[Rule], url: str) -> tuple[Rule, Question] | None:
    """What is asked about the bug at this URL, by the first row that fits; None where nobody is."""
    for rule in rules:
        fit = rule.pattern.fullmatch(url)
        if fit:
            values = {name: value or "" for name, value in fit.groupdict().items()}
            return (rule, rule.question(values)) if rule.question else None
    return None


def launchpad_rule(api: str = LAUNCHPAD_API) -> Rule:
    """The tasks of a bug alone: they hold its title as well, so that one request tells all."""

    def question(values: Mapping[str, str]) -> Question:
        number = values["number"]
        return Question(f"{api}/bugs/{number}/bug_tasks", launchpad_reader(values["project"] or None, number))

    return Rule(linear(_LAUNCHPAD + _TAIL), question)


def github_rule(web: str = GITHUB, settings: KnownTracker | None = None) -> Rule:
    """GitHub, or an own server of that kind, which has the same below ``api/v3``."""
    api = GITHUB_API if web == GITHUB else f"{web}/api/v3"

    def question(values: Mapping[str, str]) -> Question:
        return Question(f"{api}/repos/{values['owner']}/{values['repository']}/issues/{values['number']}", github_issue)

    return Rule(linear(re2.escape(web) + _GITHUB + _TAIL), question, settings)


def jira_rule(web: str | None = None, settings: KnownTracker | None = None) -> Rule:
    """The Jira at ``web``, or any."""

    def question(values: Mapping[str, str]) -> Question:
        asked = f"{web or values['web']}/rest/api/2/issue/{values['key']}?fields=summary,status,resolution"
        return Question(asked, jira_issue)

    return Rule(linear((re2.escape(web) if web else _ANY_WEB) + _JIRA + _TAIL), question, settings)


def _configured(tracker: KnownTracker | OtherTracker) -> Rule:
    if isinstance(tracker, OtherTracker):
        return _other(tracker)
    if tracker.kind == "launchpad":
        rule = launchpad_rule()
    elif tracker.kind == "github":
        rule = github_rule(tracker.web or GITHUB, tracker)
    else:
        rule = jira_rule(tracker.web, tracker)
    return rule if tracker.ask else Rule(rule.pattern, None)


def _other(tracker: OtherTracker) -> Rule:
    reader = other_reader(tracker)

    def question(values: Mapping[str, str]) -> Question:
        return Question(filled(tracker.request, values), reader)

    return Rule(linear(tracker.url), question, tracker)


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with values in their places, quoted, so that none adds a step, a key or another host."""
    return PLACE.sub(lambda place: quote(values.get(place[1], ""), safe=""), template)
