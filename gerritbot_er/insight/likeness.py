"""What a failure is known by: those of its lines that tell most, each with marks by which like ones are found; pure."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import LCSseq

from gerritbot_er.model import Evidence
from gerritbot_er.signatures.lucene.analysis import tokens

from .line_kinds import TELLING, ClassifiedLine, Kind, classified

MOST = 16
"""Lines that a failure is known by."""
ALIKE = 0.72
"""From here on two lines say the same."""
WEIGHTS = {
    Kind.EXCEPTION: 6.0,
    Kind.ERROR: 5.0,
    Kind.TROUBLE: 3.0,
    Kind.PLAIN: 0.6,
    Kind.PLACE: 0.3,
    Kind.END: 0.1,
}
_HEAD = 9
"""Words of a message that say what happened; those behind them say to what."""
_HEAD_COUNTS = 0.88
_SHORT, _A_WORD = 0.4, 0.15
"""What the shortest line has of its weight, and what each word adds, up to the whole."""
_ENOUGH = 3
"""Words from which on a line that says no more is known by them."""
_PAIRS = 4
_LINKS = frozenset(
    {
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "has",
        "in",
        "is",
        "it",
        "of",
        "on",
        "or",
        "out",
        "that",
    }
    | {"the", "this", "to", "was", "were", "will", "with"}
)
"""Words that hold others together and mean nothing by themselves."""
_MEANT_BY_NONE = re.compile(
    r"\(\w+[:=] ?<[a-z]{1,7}>\)|<[a-z]{1,7}>"
    r"|\b(?:GET|PUT|HEAD|POST|PATCH|OPTIONS|DELETE(?! FROM\b))\b"
    r"|\b[ub](?=['\"])"
)
"""Placeholders with their names in brackets, "(txn: <id>)"; HTTP's methods; the mark of a literal, u'…'."""
_RAISED = re.compile(r"[a-z](?:error|exception)$")


@dataclass(frozen=True, slots=True)
class Trait:
    """A line that a failure is known by.

    ``weight`` counts what it tells; ``marks`` are numbers some of which like lines share, the first that of its
    opening; ``line`` is its place among the lines that were looked at, from 0.
    """

    shape: str
    kind: Kind
    weight: float
    marks: tuple[int, ...]
    line: int


def traits(lines: Sequence[Evidence]) -> tuple[Trait, ...]:
    """What a failure is known by: of its lines those that tell most, the heaviest first; () where none has a word.

    What several lines say alike is one.  The same lines give the same, wherever and whenever they are looked at.
    """
    best: dict[str, tuple[float, ClassifiedLine]] = {}
    for one in classified(lines):
        weight = _weight(one)
        if weight and (one.shape not in best or best[one.shape][0] < weight):
            best[one.shape] = (weight, one)
    found: list[Trait] = []
    for weight, one in sorted(best.values(), key=lambda pair: (-pair[0], pair[1].line, pair[1].shape)):
        marks = _marks(one)
        if not any(_is_like(one.shape, marks, other) for other in found):
            found.append(Trait(one.shape, one.kind, weight, marks, one.line))
        if len(found) == MOST:
            break
    return tuple(found)


def _is_like(shape: str, marks: tuple[int, ...], other: Trait) -> bool:
    return any(mark in other.marks for mark in marks) and alike(shape, other.shape) >= ALIKE


def alike(one: str, other: str) -> float:
    """How much two shapes say the same, 0 to 1: by their words in order, and by those that they open with."""
    if one == other:
        return 1.0
    left, right = words(one), words(other)
    if not left or not right:
        return 0.0
    whole: float = LCSseq.normalized_similarity(left, right)
    if whole < ALIKE and _says_all(*sorted((left, right), key=len)):
        return ALIKE
    if min(len(left), len(right)) <= _HEAD // 2:
        return whole
    head: float = LCSseq.normalized_similarity(left[:_HEAD], right[:_HEAD])
    return max(whole, head * _HEAD_COUNTS)


def _says_all(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Whether a line opens as a shorter one does, says all that it says, and no more than as much again."""
    return (
        len(short) >= _ENOUGH
        and len(long) <= 2 * len(short)
        and short[0] == long[0]
        and LCSseq.similarity(short, long) == len(short)
    )


@lru_cache(maxsize=2048)
def words(shape: str) -> tuple[str, ...]:
    """The words of a shape that mean something, from the class of an exception on where it names one."""
    found = tokens(_MEANT_BY_NONE.sub(" ", shape))
    meant = [word for word, before in zip(found, ["", *found], strict=False) if _means(word) and word != before]
    raised = next((at for at, word in enumerate(meant) if _RAISED.search(word)), 0)
    return tuple(meant[raised:] if len(meant) - raised > 1 else meant)


def _means(word: str) -> bool:
    return word not in _LINKS and (len(word) > 1 or word.isdigit())


def _weight(one: ClassifiedLine) -> float:
    """0 of a line without a word."""
    count = len(words(one.shape))
    return WEIGHTS[one.kind] * min(1.0, _SHORT + _A_WORD * count) if count else 0.0


def _marks(one: ClassifiedLine) -> tuple[int, ...]:
    """Of its opening, and of a line that tells those of its pairs of words that any which has them would choose too."""
    found = words(one.shape)
    pairs = sorted({_number(f"{left} {right}") for left, right in pairwise(found)}) if one.kind in TELLING else []
    return tuple(dict.fromkeys((_number(" ".join(found[:_HEAD])), *pairs[:_PAIRS])))


def _number(text: str) -> int:
    """48 bits of a text, the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).digest(), "big")
