"""Inputs made to hurt: each must get an answer or the errors it is known for, soon, and without taking the memory.

Queries, regular expressions, signature files and logs are made from a seed; ``Tally`` keeps what each kind cost.
"""

import resource
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from gerritbot_er.cleaning import clean_line
from gerritbot_er.logs.scan import Scanner
from gerritbot_er.model import Signature
from gerritbot_er.patterns import fits_any
from gerritbot_er.signatures.files import read_signature
from gerritbot_er.signatures.lucene import PRESETS, AnalysedDocument, QueryError, compile_query, parse
from gerritbot_er.typed_yaml import YamlProblems

SECONDS = 1.0
"""Of processor time that one input may take: the machine may be busy with other things."""
MEBIBYTES = 500
"""That the whole process may take, beside the longest line."""
LONGEST = 10 * 1024 * 1024
"""Bytes of the longest line of a log."""

_PIECES = (
    *("a", "foo", "AND", "OR", "NOT", "TO", "message:", "tags:", "_exists_:", "build_change:", "@timestamp:", "*:*"),
    *("(", ")", "[", "]", "{", "}", '"', "/", "\\", "^", "~", "*", "?", ":", "+", "-", "!", "&&", "||", "<", ">=", " "),
    *("\x00", "\u3000", "\u200d", "\ufeff", "\ufffd", "é", "中", "😀", "\U0010ffff", "\\u0000", "\\uD800", "\n", "\t"),
    *("1e999", "-0", "9" * 400, "2026-11-21", "0000-00-00", "now||", "~2147483648", "^99999999999", "~1e40", "{0,999}"),
)
_EXPRESSIONS = (
    *(
        "(a*)*",
        "(a|aa)+",
        "(.*)*b",
        "a{1000}",
        "(a{50}){50}",
        ".*a.{20}",
        "[^a]*",
        "(((a?)?)?)*",
        "@",
        "#*",
        '"a"*',
        "é+",
    ),
    *(
        "(a|b|ab)*c",
        "((a+)+)+$",
        "[a-zA-Z0-9]*",
        ".{0,255}",
        "(x+x+)+y",
        "\\\\",
        "[\\]]",
        "(",
        ")",
        "[",
        "{9",
        "|",
        "<1-9>",
    ),
)
_YAML = (
    *(
        "query: a",
        "all_of: [a, b]",
        "none_of: c",
        "within: 5s",
        "same: file",
        "ordered: true",
        "capture: '(?P<a>(x+)+)y'",
    ),
    *(
        "jobs: [/(a+)+b/]",
        "jobs: '" + "*a" * 60 + "'",
        "examples: {match: [a]}",
        "query: !!python/name:os.system",
        "? x",
    ),
    *(
        "&a [*a]",
        "a: &a {<<: *a}",
        "- - - -",
        "{a: {b: ",
        "[[[[",
        '"\\x00"',
        "!!binary aGk=",
        "2026-11-21",
        ".inf",
        "0o7",
    ),
    *(
        "title: " + "x" * 300,
        "\t",
        "%YAML 9",
        "---",
        "...",
        "'",
        "|",
        ">-",
        "#",
        "\x85",
        "\ud7ff",
        "query: /(/",
        "test_ids: [1]",
    ),
)
_BYTES = (
    *(
        b"\xff",
        b"\xc3\x28",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\x00",
        b"\r",
        b"\n",
        b"\n\n",
        b"\x1b[31m",
        b"\xe2\x80\xa8",
    ),
    *(
        b"No space left on device ",
        b"2026-11-21 08:00:07.000000 | ",
        b"99999-99-99 99:99:99",
        b"Nov 31 25:61:61 ",
        b"a" * 300,
    ),
    *(
        b"\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbb\xe2\x80\x8d" * 20,
        b"e\xcc\x81" * 100,
        b"_" * 600,
        b"1.a'" * 200,
        b"DEBUG x [",
        b"ERROR ",
    ),
)


def query(random: Random) -> None:
    """A query of any characters, or much of one sort, asked of a document that is as bad."""
    text = _query_text(random)
    document = AnalysedDocument({"message": _message(random), "tags": [_message(random), 3, None], "build_change": 7})
    for fields in PRESETS.values():
        try:
            compile_query(parse(text), fields).matches(document)
        except QueryError as error:
            clean_line(str(error), 1000)


def _query_text(random: Random) -> str:
    kind = random.randrange(8)
    size = int(10 ** random.uniform(0, 3.3))
    if kind == 0:
        return "(" * size + "a" + ")" * random.choice((size, size - 1, 0))
    if kind == 1:
        joint = random.choice((" ", " AND ", " OR ", " NOT ", " AND NOT ", " +", "^2 ", "~ "))
        return joint.join(random.choice(_PIECES) for _ in range(size))
    if kind == 2:
        return random.choice(("*", "?", "*?", "*a", "a*", "\\*", "?*a")) * size + random.choice(("", "b"))
    if kind == 3:
        words = " ".join(random.choice("ab") for _ in range(size))
        return f'"{words}"~{random.choice((0, 1, 5, 1000, 10**9, 10**20))}'
    if kind == 4:
        return "a" * size + random.choice(("~", "~1", "~2", "~0.7", "~9"))
    if kind == 5:
        return f"{random.choice(('message', 'build_change', '@timestamp'))}:[{'a' * size} TO {random.choice(_PIECES)}]"
    return "".join(random.choice(_PIECES) for _ in range(size))


def _message(random: Random) -> str:
    """A text over which bad patterns take long."""
    size = int(10 ** random.uniform(0, 4))
    return (
        random.choice(("a", "ab", "a b ", "a.", "1,", "é", "中", "a\u0301", "👍🏻\u200d", "x_", "\u200d", "א'"))[:4]
        * size
    )


def expression(random: Random) -> None:
    """A regular expression, as a query's, a scope's and a capture's, of a text that suits it badly."""
    text = "".join(random.choice(_EXPRESSIONS) for _ in range(int(10 ** random.uniform(0, 2.5))))
    message = _message(random)
    for fields in PRESETS.values():
        try:
            compile_query(parse(f"tags:/{text}/"), fields).matches({"tags": [message, message[:250]]})
        except QueryError as error:
            clean_line(str(error), 1000)
    try:
        signature = read_signature(
            f"query: a\njobs: [{_quoted(f'/{text}/')}]\ncapture: {_quoted(f'(?P<a>{text})')}\n", "a.yaml"
        )
    except YamlProblems:
        return
    fits_any(signature.scope.jobs, message)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def signature_file(random: Random) -> None:
    """A signature file: its keys with values of any kind, nested, repeated, referring to themselves."""
    kind = random.randrange(30)
    size = int(10 ** random.uniform(0, 3.3))
    if kind < 5:
        text = random.choice(("[", "{a: ", "- ", "&a [", "? ", "  ")) * size
    elif kind < 6:
        anchors = "\n".join(
            f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'x'}]" for n in range(min(size, 30))
        )
        text = f"query: a\n{anchors}\n"
    elif kind < 10:
        text = f"query: {_quoted(_query_text(random))}\n"
    else:
        joint = random.choice(("\n", "\n", "\n", " ", "", "\n  "))
        text = joint.join(random.choice(_YAML) for _ in range(min(size, 300)))
    try:
        read_signature(text, "a.yaml")
    except YamlProblems as problems:
        str(problems)


_SIGNATURES = Scanner(
    Signature(str(number), text)
    for number, text in enumerate(
        (
            'message:"no space left on device"',
            "message:/.*(a|b)*c/",
            "message:*a*b*",
            '"a b"~50',
            "foo~ AND tags:console",
            "NOT a",
        )
    )
)


def log(random: Random) -> None:
    """A file of a build in pieces of any size: no UTF-8, no line ends, lines that are megabytes long."""
    if random.random() < 0.01:
        unit = random.choice([each for each in _BYTES if b"\n" not in each])
        data = (unit * (LONGEST // len(unit) + 1))[:LONGEST]
    else:
        data = b"".join(random.choice(_BYTES) for _ in range(int(10 ** random.uniform(0, 2))))
    size = max(1, random.choice((1, 7, 65536, len(data))) if len(data) < 10_000 else random.choice((65536, 1_000_003)))
    chunks = (data[start : start + size] for start in range(0, len(data), size))
    search = _SIGNATURES.search({"build_uuid": "a" * 32}, 2026)
    for _ in search.file("job-output.txt", "https://logs.example.org/job-output.txt", chunks):
        pass
    for _ in search.end():
        pass


KINDS: Mapping[str, Callable[[Random], None]] = {
    "query": query,
    "regular expression": expression,
    "signature file": signature_file,
    "log": log,
}


@dataclass(slots=True)
class Tally:
    """What the inputs of one kind cost: their number, the processor's seconds, the slowest one's number and seconds."""

    count: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_number: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, number: int, seconds: float) -> None:
        """One input more."""
        self.count += 1
        self.seconds += seconds
        if seconds > self.slowest:
            self.slowest, self.slowest_number = seconds, number


def try_all(inputs: int, seed: int) -> Iterator[tuple[str, Tally]]:
    """So many inputs, the kinds in turn by how much they say; yields after each what its kind cost so far.

    An input is made again by ``Random(f"{seed} {number}")``.
    """
    tallies = {name: Tally() for name in KINDS}
    names = ("query", "query", "regular expression", "signature file", "log")
    for number in range(inputs):
        name = names[number % len(names)]
        tally = tallies[name]
        random = Random(f"{seed} {number}")  # noqa: S311 - it is to come out the same again
        began = time.process_time()
        try:
            KINDS[name](random)
        except Exception as fault:  # noqa: BLE001 - whatever comes is what is looked for
            tally.faults.append(f"{number}: {type(fault).__name__}: {clean_line(str(fault), 200)}")
        seconds = time.process_time() - began
        if seconds > SECONDS:
            tally.faults.append(f"{number}: took {seconds:.2f} s")
        tally.add(number, seconds)
        yield name, tally


def memory() -> int:
    """The most that this process took so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
