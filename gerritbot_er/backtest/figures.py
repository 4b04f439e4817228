"""How good signatures are, in figures: what they hit in past builds, failed and successful ones; pure.

*Precision* is the share of a signature's hits that are on failed builds, each kept build counted for those of its kind
that it stands for.  A hit on a successful build is a line that breaks nothing: it explains nothing in failed ones.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gerritbot_er.model import Build, Match, Signature
from gerritbot_er.signatures.parts import parts_of

from .judging import Judge, Seen, Trial, name_before
from .past import PastBuild

_FEW = 20
"""Successful builds: with fewer a precision says little."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many builds of so many; ``weighed`` is ``hit``, each build counted for those that it stands for."""

    hit: int = 0
    of: int = 0
    weighed: float = 0.0

    def and_one(self, *, hit: bool, weight: float = 1.0) -> "Share":
        """With one more build."""
        return Share(self.hit + hit, self.of + 1, self.weighed + weight * hit)

    @property
    def part(self) -> float:
        """From 0 to 1; 0 of none."""
        return self.hit / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Split:
    """Failed and successful builds apart."""

    failed: Share = field(default_factory=Share)
    successful: Share = field(default_factory=Share)

    def and_one(self, past: PastBuild, *, hit: bool) -> "Split":
        """With one more build."""
        if past.failed:
            return replace(self, failed=self.failed.and_one(hit=hit))
        return replace(self, successful=self.successful.and_one(hit=hit, weight=past.stands_for))

    @property
    def precision(self) -> float | None:
        """From 0 to 1; None where nothing was hit, or where there is no successful build to tell it by."""
        hits = self.failed.hit + self.successful.weighed
        return self.failed.hit / hits if hits and self.successful.of else None


@dataclass(frozen=True, slots=True)
class Sample:
    """A build that was hit, and by what."""

    build: Build
    match: Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One signature against all past builds that its scope names.

    ``newly`` counts the failed builds that no other known signature explains, ``stolen`` by the name of each other
    signature those that it explains too, with all that it explains; ``lost`` those that the signature explained before
    it was changed (None: it is new, or no earlier version is known); ``unsure`` the builds that could not be searched
    whole.  Per day (as UTC seconds of its begin), job, branch and result only names with a build in scope stand.
    """

    signature: Signature
    whole: Split
    newly: int
    stolen: tuple[tuple[str, Share], ...]
    lost: int | None
    unsure: int
    moments: tuple[tuple[int, bool], ...]
    jobs: Mapping[str, Split]
    branches: Mapping[str, Split]
    results: Mapping[str, Split]
    samples: tuple[Sample, ...]

    def over(self, limit: float) -> bool:
        """Whether hits on successful builds are too many: of its hits, or of the successful builds in its scope.

        Two measures, since one alone says little where few builds of a kind are kept: a signature that hits everything
        has a good precision among many failed builds.
        """
        good = self.whole.successful
        precision = self.whole.precision
        return bool(good.hit) and (good.part > limit or (precision is not None and 1 - precision > limit))

    @property
    def notes(self) -> tuple[str, ...]:
        """What stands in the way of trusting these figures, each with what to do."""
        return tuple(_notes(self))


@dataclass(frozen=True, slots=True)
class Explained:
    """The failed builds that are explained by known signatures alone, and by these and the tested ones."""

    before: Share
    after: Share


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one backtest; ``failed`` and ``successful`` count the builds that were searched."""

    figures: tuple[Figures, ...]
    explained: Explained
    failed: int
    successful: int


def report(trial: Trial, seen: Sequence[Seen], judge: Judge, most_samples: int) -> Report:
    """The figures of every signature on trial, in their order; ``seen`` in the order of the builds' ends."""
    figures = tuple(_figures(one, trial, seen, judge, most_samples) for one in trial.tested)
    failed = [one for one in seen if one.past.failed]
    known = {one.name for one in trial.known} | {name_before(name) for name in trial.earlier}
    after = {one.name for one in (*trial.known, *trial.tested)}
    explained = Explained(_explained(failed, known), _explained(failed, after))
    return Report(figures, explained, len(failed), len(seen) - len(failed))


def _explained(failed: Iterable[Seen], names: set[str]) -> Share:
    share = Share()
    for one in failed:
        share = share.and_one(hit=not names.isdisjoint(one.matches))
    return share


def _figures(signature: Signature, trial: Trial, seen: Sequence[Seen], judge: Judge, most: int) -> Figures:
    name, before = signature.name, name_before(signature.name)
    inside = [one for one in seen if judge.in_scope(name, one.past)]
    sure = [one for one in inside if one.whole or name in one.matches]
    hits = [one for one in sure if name in one.matches]
    failed = [one for one in hits if one.past.failed]
    others = {one.name for one in (*trial.known, *trial.tested)} - {name}
    known = {one.name for one in trial.known} | {before}
    lost = sum(before in one.matches and name not in one.matches for one in seen if one.past.failed)
    return Figures(
        signature=signature,
        whole=_split(sure, name, lambda _: "").get("", Split()),
        newly=sum(known.isdisjoint(one.matches) for one in failed),
        stolen=_stolen(failed, seen, others),
        lost=lost if name in trial.earlier else None,
        unsure=len(inside) - len(sure),
        moments=tuple((one.past.build.reported_at, one.past.failed) for one in hits),
        jobs=_split(sure, name, lambda build: build.job),
        branches=_split(sure, name, lambda build: build.branch),
        results=_split(sure, name, lambda build: build.result),
        samples=tuple(_samples(hits, name, most)),
    )


def _split(seen: Iterable[Seen], name: str, key: Callable[[Build], str]) -> dict[str, Split]:
    found: dict[str, Split] = {}
    for one in seen:
        group = key(one.past.build)
        found[group] = found.get(group, Split()).and_one(one.past, hit=name in one.matches)
    return found


def _stolen(failed: Iterable[Seen], seen: Iterable[Seen], others: set[str]) -> tuple[tuple[str, Share], ...]:
    """The others that explain builds too, those with the most first."""
    shared = Counter(other for one in failed for other in one.matches if other in others)
    whole = Counter(other for one in seen if one.past.failed for other in one.matches if other in shared)
    return tuple((other, Share(count, whole[other])) for other, count in shared.most_common())


def _samples(hits: Sequence[Seen], name: str, most: int) -> Iterable[Sample]:
    """The latest hits, those of each job in turn, so that one busy job does not fill the page."""
    by_job: dict[str, list[Seen]] = {}
    for one in reversed(hits):
        by_job.setdefault(one.past.build.job, []).append(one)
    rounds = max(map(len, by_job.values()), default=0)
    turns = (jobs[turn] for turn in range(rounds) for jobs in by_job.values() if turn < len(jobs))
    for one, _ in zip(turns, range(most), strict=False):
        yield Sample(one.past.build, one.matches[name])


def _notes(figures: Figures) -> Iterable[str]:
    good = figures.whole.successful
    if not figures.whole.failed.of:
        yield "no failed build is in its scope: see its jobs, projects, branches and pipelines, or take more builds"
    elif not figures.whole.failed.hit:
        yield "it hits no failed build: take more builds, or run gerritbot-er explain on one that it should explain"
    if not good.of:
        yield "no successful build is in its scope, so that nothing tells whether its lines are harmless ones"
    elif good.of < _FEW:
        builds = "1 successful build is" if good.of == 1 else f"{good.of} successful builds are"
        yield f"only {builds} in its scope: a precision of so few says little"
    if any("build_status" in part.query for part in parts_of(figures.signature)):
        yield "its query asks for build_status, so that it cannot hit successful builds, whatever their logs say"
    if figures.unsure:
        builds = "1 build" if figures.unsure == 1 else f"{figures.unsure} builds"
        yield f"{builds} could not be searched whole and count neither way"
