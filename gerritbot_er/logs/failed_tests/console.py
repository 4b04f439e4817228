"""A console's lines that name failed tests: of stestr, tempest, testr, pytest, unittest, Maven, Gradle, go test; pure.

Only what these tools write themselves is believed: a line has to have their form, and its name that of a test, so that
"FAILED" within a message of the tested program says nothing.
"""

import re
from collections.abc import Iterable, Iterator

import re2

from gerritbot_er.cleaning import clean
from gerritbot_er.logs.documents import blocks, message_of

from . import Failures, Results


def _latin1() -> re2.Options:
    """Any byte is a character."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return options


_TELLING = re2.compile(
    rb"FAIL|\.\.\. ERROR|ERROR: |ERROR [^\s:]+\.py::|\.py::\S+ ERROR|<<< ERROR!"
    rb"|Tests run: |Ran \d|- Failed: 0|\d passed|\bok  ?\t",
    _latin1(),
)
"""What every line that is looked at holds, to pass over all others at once."""
_LONGEST = 2000
"""Bytes of a line that are looked at."""

_BEFORE = re.compile(r"(?:\S{1,100} \| )|(?:\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?Z?\]?(?: \|)? )|\s+")
"""What stands before a tool's own words: Zuul's name of the node, time stamps of devstack, of tox and of containers."""
_MOST_BEFORE = 6

_DOTTED = r"[A-Za-z_][\w-]*+(?:\.[\w-]++){2,}+"
_TAGS = r"(?:\[[^\s\]][^\]]{0,300}\])?(?:\([\w.,+-]{1,200}\))?"
_ID = rf"(?P<id>{_DOTTED}{_TAGS})"
_FIXTURE = r"(?P<fixture>(?:setUp|tearDown)(?:Class|Module) \([\w.]{1,500}\))"
_METHOD = r"(?P<method>\w{1,200}) \((?P<class>[A-Za-z_][\w.$-]{1,500})\)"
_NODE = r"(?P<node>[^\s:]{1,300}\.py::[^\s:]{1,200}(?:::[^\s:]{1,200}){0,4}?(?:\[.{0,300}\])?)"

_FAILED = (
    # stestr, testr: {0} tempest.api.TestA.test_b[id-…,smoke] [1.5s] ... FAILED; unittest: test_b (pkg.TestA) ... ERROR
    re.compile(rf"(?:\{{\d{{1,4}}\}} )?(?:{_FIXTURE}|{_METHOD}|{_ID})(?: \[\d+\.\d+s\])? \.\.\. (?:FAILED|FAIL|ERROR)"),
    re.compile(rf"(?:FAIL|ERROR): (?:{_FIXTURE}|{_METHOD}|{_ID})"),
    # pytest: its summary, and its progress with -v and of workers
    re.compile(rf"(?:FAILED|ERROR) {_NODE}(?: - .*)?"),
    re.compile(rf"{_NODE} (?:FAILED|ERROR)(?: +\[ *\d{{1,3}}%\])?"),
    re.compile(rf"\[gw\d{{1,4}}\] \[ *\d{{1,3}}%\] (?:FAILED|ERROR) {_NODE}"),
    # Maven: [ERROR] com.example.ATest.testB -- Time elapsed: 0.1 s <<< FAILURE!, before 3.0 testB(com.example.ATest)
    re.compile(rf"(?:\[ERROR\] +)?{_ID}(?: --|  ) ?Time elapsed: [\d.,]+ s(?:ec)? +<<< (?:FAILURE|ERROR)!"),
    re.compile(
        r"(?:\[ERROR\] +)?(?P<method>\w{1,200})\((?P<class>[A-Za-z_][\w.$-]{1,500})\)  ?Time elapsed: [\d.,]+ s(?:ec)?"
        r" +<<< (?:FAILURE|ERROR)!"
    ),
    # Gradle: com.example.ATest > testB FAILED
    re.compile(r"(?P<class>[A-Za-z_][\w.$]{1,500}) > (?P<method>\w{1,200})(?:\(\))? FAILED"),
    # go test: --- FAIL: TestA/part (0.10s)
    re.compile(r"--- FAIL: (?P<go>\S{1,500}) \(\d+\.\d+s\)"),
)

_GOOD = (
    re.compile(r"Ran \d+ tests? in \d.*"),
    re.compile(r"(?:\[INFO\] +)?Tests run: \d+, Failures: 0, Errors: 0\b.*"),
    re.compile(r"- Failed: 0"),
    re.compile(r"=* ?(?:\d+ (?:passed|skipped|deselected|xfailed|xpassed|warnings?|rerun),? )+in \d+\.\d+s.*"),
    re.compile(r"ok\s+\S+\s+(?:\d+\.\d+s|\(cached\)).*"),
)
"""Lines by which tools tell at their end that they ran tests, where none need have failed."""


def failed_in_console(chunks: Iterable[bytes]) -> Results:
    """What a console tells of tests."""
    failures, told = Failures(), False
    for block in blocks(chunks):
        for line in _telling(block.data):
            words = _words(line)
            if (test := _failed(words)) is not None:
                failures.add(test)
            told = told or any(form.fullmatch(words) for form in _GOOD)
    return failures.results(told=told)


def failed_in_lines(messages: Iterable[str]) -> frozenset[str]:
    """The tests that these lines of a console say failed."""
    found = (_failed(_words(message.encode("utf-8", "replace"))) for message in messages)
    return frozenset(test for test in found if test is not None)


def _telling(data: bytes) -> Iterator[bytes]:
    """The lines that may tell something."""
    end = 0
    while (hit := _TELLING.search(data, end)) is not None:
        start, end = data.rfind(b"\n", 0, hit.start()) + 1, data.index(b"\n", hit.start())
        yield data[start:end]


def _words(line: bytes) -> str:
    """A line without what stands before a tool's own words, and without a terminal's colours."""
    text = clean(message_of(line[:_LONGEST]))
    at = 0
    for _ in range(_MOST_BEFORE):
        before = _BEFORE.match(text, at)
        if before is None:
            break
        at = before.end()
    return text[at:].rstrip()


def _failed(words: str) -> str | None:
    """The id of the test that a line says failed."""
    for form in _FAILED:
        found = form.fullmatch(words)
        if found is not None:
            return _id(found.groupdict())
    return None


def _id(named: dict[str, str | None]) -> str | None:
    """From Python 3.11 on unittest names the method in the parentheses as well."""
    method, inside = named.get("method"), named.get("class")
    if method and inside:
        return inside if inside.endswith(f".{method}") else f"{inside}.{method}"
    return next((text for name in ("fixture", "id", "node", "go") if (text := named.get(name))), None)
