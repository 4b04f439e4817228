"""How well failures whose causes are known are grouped, and how fast; how good the groups' drafted signatures are.

    python -m benchmarks.grouping ../shared/data

Made builds: real lines that say a known cause, with other ids, times, paths and hosts, among other lines of real logs;
both those that successful builds of the job say as well, which the daemon takes away, and all of them.  The causes are
of the half that is held out while the rules are made; ``--both`` takes all of them.

Documents: the shared ones.  Their bugs are those of the signatures that match them for what they say (an old signature
without an AND is satisfied by any line of a file, and counts for nothing); documents that no signature matches are left
out, and of several bugs that one counts which matches most documents: the others are special cases of it.  The recorded
answers that they come from are a second truth, for all of them.  A failure is a build's documents together, as a
verdict sees them, or each document alone.

The ceiling is how complete groups can be that are made by what failures say: those of one cause are in as many parts
as there are between which no two lines have half of their words in common, not even by way of a third.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.agreement import completeness, homogeneity
from benchmarks.failures import Failure, bugs_of, builds, causes, document_lines, documents, held_out, noise_of
from gerritbot_er.insight.drafts import Counterexamples, drafted
from gerritbot_er.insight.groups import Groups
from gerritbot_er.insight.likeness import alike, traits
from gerritbot_er.model import Document

GOAL = 0.95
_SEEDS = (71, 72)
_NOISE = 70
_BUILDS = 500
_HALF = 0.5
_SHARE = 0.9
"""Of the lines that are no cause, those that successful builds were seen to say."""
_LEAST = 10
"""Builds of each other group on which a draft is tried."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """Failures with the group of each, and the seconds that it took."""

    failures: Sequence[Failure]
    groups: Sequence[str]
    seconds: float


def main() -> int:
    """Print a table of groups against truth, and one of the drafts; 1 where a row of the daemon's misses the goal."""
    parser = argparse.ArgumentParser(description="How well and how fast failures are grouped.")
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--both", action="store_true", help="causes of both halves, not of the held-out one alone")
    chosen = parser.parse_args()
    heads = f"{'failures':>9}{'causes':>8}{'groups':>8}{'homogen.':>10}{'complete.':>10}{'ceiling':>9}{'ms each':>9}"
    print(f"{'':47}{heads}")
    goal = True
    for name, failures, counts in _sets(chosen.data, both=chosen.both):
        found = grouped(failures)
        truth = [failure.truth for failure in found.failures]
        same, whole = homogeneity(truth, found.groups), completeness(truth, found.groups)
        goal &= not counts or min(same, whole) >= GOAL
        each = found.seconds / len(failures) * 1000
        row = f"{name:47}{len(failures):9,}{len(set(truth)):8}{len(set(found.groups)):8}"
        ceiling = completeness(truth, [f"{one} {part}" for one, part in zip(truth, parts(failures), strict=True)])
        print(f"{row}{same:10.3f}{whole:10.3f}{ceiling:9.3f}{each:9.2f}", flush=True)
        if counts:
            _print_drafts(found)
    return 0 if goal else 1


def grouped(failures: Sequence[Failure]) -> Grouped:
    """Put each into its group, in order, as at the time of a verdict."""
    known = Groups()
    start = time.process_time()
    found = [known.place(traits(failure.lines), str(number)).id for number, failure in enumerate(failures)]
    return Grouped(failures, found, time.process_time() - start)


def parts(failures: Sequence[Failure]) -> Sequence[str]:
    """The part of its cause that each failure is of, see the ceiling above: one of the lines that it is known by."""
    leads: dict[str, dict[str, str]] = {}
    firsts = []
    for failure in failures:
        lead = leads.setdefault(failure.truth, {})
        said = [trait.shape for trait in traits(failure.lines)] or [""]
        for shape in said:
            if shape not in lead:
                like = [other for other in lead if alike(shape, other) >= _HALF]
                lead[shape] = shape
                for other in like:
                    lead[_lead(lead, other)] = shape
            lead[_lead(lead, shape)] = _lead(lead, said[0])
        firsts.append(said[0])
    return [_lead(leads[failure.truth], first) for failure, first in zip(failures, firsts, strict=True)]


def _lead(lead: Mapping[str, str], shape: str) -> str:
    while lead[shape] != shape:
        shape = lead[shape]
    return shape


def _sets(data: Path, *, both: bool) -> Iterator[tuple[str, Sequence[Failure], bool]]:
    """Each row's name and failures, and whether the goal is for it: it is what the daemon sees."""
    known = {name: lines for name, lines in causes(data).items() if both or held_out(name)}
    noise = noise_of(data, _NOISE)
    for seed in _SEEDS:
        yield f"made builds, seed {seed}", list(builds(known, noise, _BUILDS, seed, _SHARE)), True
    for seed in _SEEDS:
        yield f"the same, with what good builds say, seed {seed}", list(builds(known, noise, _BUILDS, seed)), False
    found = documents(data)
    bugs = bugs_of(found, data / "signatures")
    often = Counter(name for names in bugs.values() for name in names)
    by_signature = {number: max(names, key=lambda name: (often[name], name)) for number, names in bugs.items()}
    by_answer = {number: str(document["_src"]).partition("__")[0] for number, document in enumerate(found)}
    for words, truth in (("signatures", by_signature), ("recorded answers", by_answer)):
        yield f"documents of a build together, {words}", _failures(found, truth, lambda each: each["build_uuid"]), True
        yield f"each document alone, {words}", _failures(found, truth, lambda each: each["_doc"]), False


def _failures(
    found: Sequence[Document], truth: Mapping[int, str], build_of: Callable[[Document], object]
) -> list[Failure]:
    """The documents of each build, once for each of its bugs, in another order."""
    together: dict[tuple[object, str], list[Document]] = {}
    for number, document in enumerate(found):
        if number in truth:
            together.setdefault((build_of(document), truth[number]), []).append(document)
    failures = [
        Failure(bug, tuple(line for document in several for line in document_lines(document)))
        for (_, bug), several in together.items()
    ]
    random.Random(_NOISE).shuffle(failures)  # noqa: S311 - the same each time
    return failures


def _print_drafts(found: Grouped) -> None:
    members: dict[str, list[Failure]] = {}
    for failure, group in zip(found.failures, found.groups, strict=True):
        members.setdefault(group, []).append(failure)
    lines = {group: [failure.lines for failure in several] for group, several in members.items()}
    start = time.process_time()
    drafts = [
        drafted(several, Counterexamples({name: other[:_LEAST] for name, other in lines.items() if name != group}))
        for group, several in lines.items()
    ]
    each = (time.process_time() - start) / len(lines) * 1000
    made = [draft for draft in drafts if draft]
    hits, wrong = sum(draft.trial.hits for draft in made), sum(draft.trial.wrong for draft in made)
    of, clean = sum(map(len, lines.values())), sum(not draft.remarks for draft in made)
    print(
        f"  drafts: {len(made)} for {len(lines)} groups, {clean} of them clean; they match {hits} of {of} builds of "
        f"their groups and {wrong} of others; {each:.0f} ms each",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
