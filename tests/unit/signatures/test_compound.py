"""Compound signatures: which lines belong together, against a model that tries every choice."""

from collections.abc import Iterator, Sequence
from itertools import pairwise, product

from hypothesis import given, settings
from hypothesis import strategies as st

from gerritbot_er.model import Compound, Within
from gerritbot_er.signatures.compound import Candidate, Chosen, Decision, Missed, Undecided, decide

# -- the model: every choice, judged as the docstring says ------------------------------------------------------------


def model(compound: Compound, candidates: Sequence[Candidate]) -> str:
    groups = {key for line in candidates for key in keys(compound, line)}
    found = {judged(compound, [line for line in candidates if key in keys(compound, line)]) for key in groups}
    return next((one for one in ("chosen", "undecided") if one in found), "missed")


def keys(compound: Compound, line: Candidate) -> set[tuple[str, ...]]:
    by_lines = compound.within is not None and compound.within.lines is not None
    return set(product(*line.same, *([[line.file]] if by_lines else [])))


def judged(compound: Compound, group: Sequence[Candidate]) -> str:
    required, entries = len(compound.all_of), entries_of(compound, group)
    none = [line for line in group if line.part >= required + len(compound.any_of)]
    if not all(entries) or (compound.within is None and none):
        return "missed"
    choices = [lines for lines in product(*entries) if holds(compound, lines, required)]
    free = [lines for lines in choices if not any(near(compound, line, lines) for line in none)]
    seconds = compound.within is not None and compound.within.seconds is not None
    timeless_none = seconds and any(line.at is None for line in none)
    timed = [lines for lines in free if not seconds or all(line.at is not None for line in lines)]
    if timed:
        return "undecided" if timeless_none else "chosen"
    if free:
        return "undecided" if none else "chosen"
    needed = seconds or (compound.ordered and compound.within is None)
    return "undecided" if needed and any(line.at is None for entry in entries for line in entry) else "missed"


def entries_of(compound: Compound, group: Sequence[Candidate]) -> list[list[Candidate]]:
    required = len(compound.all_of)
    entries = [[line for line in group if line.part == part] for part in range(required)]
    if compound.any_of:
        entries.append([line for line in group if required <= line.part < required + len(compound.any_of)])
    return entries


def holds(compound: Compound, lines: Sequence[Candidate], required: int) -> bool:
    within, chain = compound.within, lines[:required] if compound.ordered else ()
    if within is not None and within.lines is not None:
        numbers = [line.number for line in lines]
        in_order = all(one.number < other.number for one, other in pairwise(chain))
        return max(numbers) - min(numbers) <= within.lines and in_order
    times = [line.at for line in lines if line.at is not None]
    timed = len(times) == len(lines)
    if within is not None and within.seconds is not None:
        if not timed:
            return len({(line.file, line.number) for line in lines}) == 1 and len(chain) < 2 and not times
        if max(times) - min(times) > within.seconds:
            return False
    elif chain and not timed:
        if times or len({line.file for line in lines}) > 1:
            return False
        return all(one.number < other.number for one, other in pairwise(chain))
    return all(precedes(one, other) for one, other in pairwise(chain))


def precedes(one: Candidate, other: Candidate) -> bool:
    assert one.at is not None
    assert other.at is not None
    if one.at != other.at:
        return one.at < other.at
    return one.file != other.file or one.number < other.number


def near(compound: Compound, line: Candidate, lines: Sequence[Candidate]) -> bool:
    """Whether a line of ``none_of`` is known to be near all of a choice."""
    within = compound.within
    assert within is not None
    if within.lines is not None:
        return all(abs(line.number - other.number) <= within.lines for other in lines)
    assert within.seconds is not None
    for other in lines:
        if (line.file, line.number) == (other.file, other.number):
            continue
        if line.at is None or other.at is None or abs(line.at - other.at) > within.seconds:
            return False
    return True


# -- random lines ----------------------------------------------------------------------------------------------------


@st.composite
def compounds(draw: st.DrawFn) -> Compound:
    all_of = draw(st.integers(0, 3))
    any_of = draw(st.integers(0 if all_of else 1, 2))
    within = draw(
        st.one_of(
            st.none(),
            st.integers(0, 6).map(lambda seconds: Within(seconds=float(seconds))),
            st.integers(0, 6).map(lambda lines: Within(lines=lines)),
        )
    )
    same = draw(st.sampled_from([(), ("file",), ("request_id",), ("request_id", "host")]))
    queries = tuple("abcdefgh")
    return Compound(
        queries[:all_of], queries[:any_of], queries[: draw(st.integers(0, 1))], within, same, draw(st.booleans())
    )


@st.composite
def questions(draw: st.DrawFn) -> tuple[Compound, list[Candidate]]:
    compound = draw(compounds())
    parts = len(compound.all_of) + len(compound.any_of) + len(compound.none_of)
    timeless = draw(st.sets(st.sampled_from("xyz")))
    found: dict[tuple[str, int], tuple[float | None, tuple[frozenset[str], ...]]] = {}
    lines = []
    for _ in range(draw(st.integers(0, 9))):
        file, number = draw(st.sampled_from("xyz")), draw(st.integers(1, 8))
        at = None if file in timeless else float(draw(st.integers(0, 9)))
        values = [
            frozenset({file}) if name == "file" else frozenset(draw(st.sets(st.sampled_from("pq"))))
            for name in compound.same
        ]
        at, same = found.setdefault((file, number), (at, tuple(values)))
        lines.append(Candidate(draw(st.integers(0, parts - 1)), file, number, at, "", same))
    return compound, list(dict.fromkeys(lines))


def told(decision: Decision) -> str:
    return {Chosen: "chosen", Missed: "missed", Undecided: "undecided"}[type(decision)]


@settings(max_examples=400, deadline=None)
@given(questions())
def test_it_decides_as_if_every_choice_was_tried(question: tuple[Compound, list[Candidate]]) -> None:
    compound, lines = question
    decision = decide(compound, lines)
    assert told(decision) == model(compound, lines)
    if isinstance(decision, Chosen):
        assert model(compound, [*decision.lines, *of_none(compound, lines)]) == "chosen"
        assert [len(entries_of(compound, [line])) for line in decision.lines]


def of_none(compound: Compound, lines: Sequence[Candidate]) -> Iterator[Candidate]:
    return (line for line in lines if line.part >= len(compound.all_of) + len(compound.any_of))
