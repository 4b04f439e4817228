"""What a signature says to one of its own examples, without any log store; pure."""

from collections import Counter
from collections.abc import Iterator

from gerritbot_er.line_time import seconds, timestamp
from gerritbot_er.model import Compound, Document, Example, Signature

from .compound import Candidate, Decision, decide
from .library import Library
from .sameness import same_of

_YEAR = 2000
"""That of lines that say none: a leap year."""


def judge_example(signature: Signature, example: Example, library: Library) -> Decision:
    """What the signature, one of the library's, says to the example's lines.

    The lines of a ``filename`` stand in it one after the other; a line's time is its ``@timestamp``, or what its
    message begins with, or else that of the line before it.
    """
    compound = signature.compound or Compound(all_of=(signature.query or "",))
    same = same_of(signature)
    return decide(
        compound,
        (
            Candidate(part, file, number, at, str(document.get("message", "")), same(document, file))
            for document, file, number, at in _placed(example)
            for part in library.parts_matching(signature, document)
        ),
    )


def _placed(example: Example) -> Iterator[tuple[Document, str, int, float | None]]:
    """Each line with its file, its number there and its time."""
    numbers: Counter[str] = Counter()
    stamps = [_stamped(document) for document in example]
    last = {file: at for file, at in reversed(stamps) if at is not None}
    for document, (file, at) in zip(example, stamps, strict=True):
        numbers[file] += 1
        if at is not None:
            last[file] = at
        yield document, file, numbers[file], last.get(file)


def _stamped(document: Document) -> tuple[str, float | None]:
    stamp = str(document.get("@timestamp") or timestamp(str(document.get("message", "")).encode(), _YEAR) or "")
    return str(document.get("filename", "")), seconds(stamp) if stamp else None
