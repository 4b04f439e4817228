"""What a build's logs say about it, for ``explain``: which files there are, which signatures count, what matches."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from gerritbot_er.errors import GerritbotError, Permanent, Transient
from gerritbot_er.http_client import Absent, HttpClient
from gerritbot_er.http_client.addresses import Gate
from gerritbot_er.logs.fetch_choice import LogFile, chosen, is_log
from gerritbot_er.logs.fetch_listing import listing
from gerritbot_er.logs.local import LocalLogStore, files_in, lines_in_folder, log_hosts, logs_in, match_folder
from gerritbot_er.model import Build, BuildAnswer, BuildVerdict, Evidence, Match, Outcome, Scope, Signature
from gerritbot_er.peers import open_cluster_store
from gerritbot_er.ports import Clock, LogStore
from gerritbot_er.settings import ClusterStore, LocalStore
from gerritbot_er.signatures.library import Library
from gerritbot_er.triage.classify import asked_for, judge, judge_report, of_other_tests
from gerritbot_er.triage.line_choice import chosen as chosen_lines

from .explain_near import Near, nearly_matched
from .explain_subject import Subject

Progress = Callable[[str], None]

NOT_VOTING = "only for voting builds"
OTHER_SCOPE = "for other jobs, projects, branches, pipelines or results"


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a build's logs: those that are searched, in order, the others, and how many are beyond the limit."""

    searched: tuple[str, ...]
    others: tuple[str, ...]
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class Explained:
    """All that was found out about one build.

    ``asked`` are the signatures that count for it of ``total``, ``aside`` how many of the others are left aside for
    what reason; ``other_tests`` are matches that do not count, since none of the tests failed that their signature
    names; ``files`` is None where no list of them was read; ``trouble`` says why the logs could not be searched;
    ``near`` are the signatures that nearly matched.
    """

    verdict: BuildVerdict
    asked: tuple[Signature, ...]
    total: int
    aside: tuple[tuple[int, str], ...] = ()
    known: bool = True
    files: Files | None = None
    searched_in: str = ""
    trouble: str = ""
    other_tests: tuple[Match, ...] = ()
    near: tuple[Near, ...] = ()


def explain_files(path: Path, signatures: Sequence[Signature]) -> Explained:
    """Log files on this machine; nothing is known of their build.  Permanent where there are none."""
    logs, beyond = logs_in(path)
    files = _sorted_out(files_in(path), logs, beyond)
    changed_at = max((Path(log.url).stat().st_mtime for log in logs), default=0.0)
    year = datetime.fromtimestamp(changed_at, UTC).year
    asked, aside = _countable(signatures, None)

    def ask(some: Sequence[Signature]) -> BuildAnswer:
        return match_folder(path, some, year=year, until=changed_at)

    answer = ask(asked)
    build = Build(str(path), "", "", "", "", "", 0, 0, 0)
    verdict = judge(build, answer, Library(asked))
    if verdict.outcome is Outcome.UNEXPLAINED:
        verdict = replace(verdict, lines=chosen_lines(lines_in_folder(path), "", ()))
    trouble = "" if logs else "there is no text log"
    return Explained(
        verdict,
        asked,
        len(signatures),
        aside,
        known=False,
        files=files,
        trouble=trouble,
        other_tests=of_other_tests(answer, asked),
        near=nearly_matched(asked, answer, ask),
    )


def explain_build(subject: Subject, signatures: Sequence[Signature], clock: Clock, progress: Progress) -> Explained:
    """One build at a CI.  Transient where a cluster does not answer."""
    build = subject.build
    asked, aside = _countable(signatures, build if subject.known else None)
    searched = _Searched()
    if asked and isinstance(subject.store, ClusterStore):
        searched = _search_cluster(subject, subject.store, asked, progress)
    elif asked and build.log_urls and isinstance(subject.store, LocalStore):
        searched = _search_local(subject, subject.store, asked, clock, progress)
    elif asked and not subject.told:
        searched = _Searched(trouble="the CI's server does not tell (yet) where the logs are")
    library = Library(asked)
    if not asked:
        verdict = BuildVerdict(build, Outcome.UNEXPLAINED)
    elif searched.answer is not None:
        verdict = replace(judge(build, searched.answer, library), lines=searched.lines)
    else:
        verdict = judge_report(build, library, Outcome.WAITING if searched.trouble else Outcome.NO_LOGS)
    return Explained(
        verdict,
        asked,
        len(signatures),
        aside,
        subject.known,
        files=searched.files,
        searched_in=searched.where,
        trouble=searched.trouble,
        other_tests=of_other_tests(searched.answer, asked) if searched.answer else (),
        near=searched.near,
    )


@dataclass(frozen=True, slots=True)
class _Searched:
    """What a search came to: the answer; else, where the logs could not be searched, what the ``trouble`` is."""

    answer: BuildAnswer | None = None
    files: Files | None = None
    where: str = ""
    trouble: str = ""
    near: tuple[Near, ...] = ()
    lines: tuple[Evidence, ...] = ()


def _ask(store: LogStore, asked: Sequence[Signature], build: Build, progress: Progress) -> _Searched:
    """What a store says of a build, the lines that may tell why it failed, and which signatures nearly matched."""

    def ask(some: Sequence[Signature]) -> BuildAnswer:
        return store.match(some, [build])[build.identity]

    answer = ask(asked)
    lines: tuple[Evidence, ...] = ()
    if not answer.absent and judge(build, answer, Library(asked)).outcome is Outcome.UNEXPLAINED:
        progress("looking for lines that may tell why")
        lines = chosen_lines(_lines_of(store, build), build.result, ())
    progress("looking for what nearly matched")
    return _Searched(answer, near=nearly_matched(asked, answer, ask), lines=lines)


def _lines_of(store: LogStore, build: Build) -> Sequence[Evidence]:
    """None where the store does not answer a second time."""
    with suppress(GerritbotError):
        return store.lines([build]).get(build.identity, ())
    return ()


def _search_cluster(
    subject: Subject, settings: ClusterStore, asked: Sequence[Signature], progress: Progress
) -> _Searched:
    build = subject.build
    progress(f"asking {settings.url}")
    with ExitStack() as closing:
        cluster = open_cluster_store(settings, [subject.ci], os.environ, closing)
        searched = _ask(cluster, asked, build, progress)
    where = f"{settings.kind} at {settings.url}"
    if searched.answer is None or searched.answer.absent:
        return _Searched(where=where, trouble="the log store holds nothing of this build (yet)")
    return replace(searched, where=where)


def _search_local(
    subject: Subject, settings: LocalStore, asked: Sequence[Signature], clock: Clock, progress: Progress
) -> _Searched:
    build = subject.build
    progress(f"listing {build.log_urls[0]}")
    try:
        files = _listed(subject, settings, clock)
    except Absent:
        return _Searched(trouble="the logs are not there (yet, or no more)")
    except (Transient, Permanent) as error:
        return _Searched(trouble=str(error))
    progress(f"searching {len(files.searched)} files of {build.job or 'the build'}")
    with LocalLogStore(settings, [subject.ci]) as store:
        searched = _ask(store, asked, build, progress)
    if searched.answer is None or searched.answer.absent:
        return _Searched(files=files, trouble="the logs are listed, but not there (yet, or no more)")
    return replace(searched, files=files)


def _listed(subject: Subject, store: LocalStore, clock: Clock) -> Files:
    """The files at all of a build's log URLs, chosen as the log store does; Absent where none of them is there."""
    searched: list[str] = []
    others: list[str] = []
    beyond = 0
    absent: Absent | None = None
    gate = Gate(log_hosts(subject.ci), private=store.allow_private)
    with HttpClient(gate, ca_file=store.ca_file, clock=clock.monotonic) as http:
        for number, url in enumerate(subject.build.log_urls):
            try:
                found = listing(http, url).files
            except Absent as error:
                absent = error
                continue
            files = _sorted_out(found, *chosen(found, store.files_per_build - len(searched)))
            mark = " (of an earlier attempt)" if number else ""
            searched += [name + mark for name in files.searched]
            others += [name + mark for name in files.others]
            beyond += files.beyond
    if absent and not searched and not others:
        raise absent
    return Files(tuple(searched), tuple(others), beyond)


def _sorted_out(files: Iterable[LogFile], logs: Sequence[LogFile], beyond: int) -> Files:
    """What is no log is told of; of a log that lies there packed and plain, one is as good as the other."""
    searched = {file.url for file in logs}
    others = sorted({file.path for file in files if file.url not in searched and not is_log(file)})
    return Files(tuple(file.path for file in logs), tuple(others), beyond)


def _countable(
    signatures: Sequence[Signature], build: Build | None
) -> tuple[tuple[Signature, ...], tuple[tuple[int, str], ...]]:
    """The signatures that count for a build, and for what reason how many do not.

    Of an unknown build (None) no scope can be checked: it is left out of the signatures.
    """
    if build is None:
        asked = tuple(replace(one, scope=Scope()) for one in signatures)
    else:
        asked = asked_for(signatures, [build])
    names = {one.name for one in asked}
    reasons = [_reason(one, build) for one in signatures if one.name not in names]
    counted = ((reasons.count(reason), reason) for reason in (NOT_VOTING, OTHER_SCOPE))
    return asked, tuple((count, reason) for count, reason in counted if count)


def _reason(signature: Signature, build: Build | None) -> str:
    if build and not build.voting and not signature.allow_nonvoting:
        return NOT_VOTING
    return OTHER_SCOPE
