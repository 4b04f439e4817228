"""What counts in a past build: the answers of a log store, judged by the rules of the daemon; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gerritbot_er.model import Build, BuildAnswer, BuildVerdict, Match, Outcome, Signature
from gerritbot_er.signatures.library import Library
from gerritbot_er.triage.classify import counts_for, judge, judge_report, lifted

from .past import PastBuild


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found in one past build: the matches that count there, by signature, and whether all was searched."""

    past: PastBuild
    matches: Mapping[str, Match]
    whole: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What is asked: the signatures on trial, those that are known beside them, and earlier versions.

    ``earlier`` are by the name of the signature whose place they had.  All that is asked of the builds is ``asked``.
    """

    tested: tuple[Signature, ...]
    known: tuple[Signature, ...] = ()
    earlier: Mapping[str, Signature] = field(default_factory=dict)

    @property
    def asked(self) -> tuple[Signature, ...]:
        """Each under a name of its own."""
        before = (replace(one, name=name_before(name)) for name, one in self.earlier.items())
        return (*self.tested, *self.known, *before)


def name_before(name: str) -> str:
    """No file has such a name: a slash is in it."""
    return f"before/{name}"


class Judge:
    """Says what counts in a past build, by the rules of the daemon."""

    def __init__(self, trial: Trial) -> None:
        self._failed = Library(trial.asked)
        self._successful = Library(map(lifted, trial.asked))

    def see(self, past: PastBuild, answer: BuildAnswer) -> Seen:
        """What a log store's answer about this build comes to."""
        library = self._failed if past.failed else self._successful
        verdict = self._verdict(past.build, answer, library)
        return Seen(past, {match.signature: match for match in verdict.bugs}, whole=not answer.partial)

    @staticmethod
    def _verdict(build: Build, answer: BuildAnswer, library: Library) -> BuildVerdict:
        if answer.absent:
            return judge_report(build, library, Outcome.NO_LOGS)
        return judge(build, answer, library)

    def in_scope(self, name: str, past: PastBuild) -> bool:
        """Whether a hit of this signature would count in this build."""
        signature = (self._failed if past.failed else self._successful).by_name[name]
        return counts_for(replace(signature, test_ids=()), past.build)
