"""A JUnit XML file, as pytest, Maven, Gradle, Go's and JavaScript's tools write it: the tests that failed; pure.

The file is read as a stream of tags, since the libraries for it build the whole tree: a 64 MiB file takes a gigabyte,
and what an entity grows to comes on top.  A document type, which alone can define entities, is refused.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from xml.parsers import expat

from . import Failures, Results

_ROOTS = frozenset({"testsuites", "testsuite"})
_FAILED = frozenset({"failure", "error"})
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["'](?P<name>[A-Za-z0-9._-]{1,40})["']""")
_KNOWN = re.compile(
    r"utf-?(?:8|16)|us-ascii|ascii|latin-?1|iso-?8859-?[0-9]{1,2}|(?:windows|cp)-?125[0-9]", re.IGNORECASE
)
_CONTROLS = {code: "\ufffd" for code in (*range(0x20), 0xFFFE, 0xFFFF) if code not in (0x09, 0x0A, 0x0D)}
"""What no XML file may hold and every test's output does."""
_HEAD = 512
_DEEPEST = 100
_PIECE = 64 * 1024
_LONGEST_TAG = 1024 * 1024


class _Stopped(Exception):
    """Nothing more is to be read of this file."""


def failed_in_junit(chunks: Iterable[bytes]) -> Results:
    """What a JUnit file tells, with ``classname.name`` as the id; another XML file tells nothing."""
    suite = _Suite()
    parser = expat.ParserCreate("UTF-8")
    parser.StartElementHandler = suite.begin
    parser.EndElementHandler = suite.end
    parser.StartDoctypeDeclHandler = suite.refuse
    notes = []
    try:
        _feed(parser, _decoded(chunks))
    except _Stopped as stopped:
        notes = [str(why) for why in stopped.args]
    except expat.ExpatError as error:
        if suite.told:
            notes = [f"is no XML from line {error.lineno} on: {expat.errors.messages[error.code]}"]
    return suite.failures.results(told=suite.told, notes=notes)


def _feed(parser: expat.XMLParserType, texts: Iterable[str]) -> None:
    """A tag is kept until it ends, so that one without an end would take all memory."""
    fed = 0
    for text in texts:
        data = text.translate(_CONTROLS).encode()
        fed += len(data)
        parser.Parse(data, False)  # noqa: FBT003 - it has no name
        if fed - max(parser.CurrentByteIndex, 0) > _LONGEST_TAG:
            raise _Stopped(f"holds a tag of over {_LONGEST_TAG} bytes, and was read up to there")
    parser.Parse(b"", True)  # noqa: FBT003 - as above


class _Suite:
    """Hears of the tags."""

    def __init__(self) -> None:
        self.failures = Failures()
        self.told = False
        self._test: str | None = None
        self._depth = 0

    def begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Stopped(f"holds more than {_DEEPEST} tags within each other, and was read up to there")
        if not self.told:
            if name not in _ROOTS:
                raise _Stopped
            self.told = True
        if name == "testcase":
            self._test = ".".join(filter(None, (attributes.get("classname"), attributes.get("name"))))
        elif name in _FAILED and self._test is not None:
            self.failures.add(self._test)

    def end(self, tag: str) -> None:
        self._depth -= 1
        if tag.rpartition(":")[2] == "testcase":
            self._test = None

    def refuse(self, *_: object) -> None:
        raise _Stopped("has a document type, which no JUnit file needs, and is not read for that")


def _decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    """The text, whatever bytes stand in it."""
    rest = iter(chunks)
    head = b""
    for chunk in rest:
        head += chunk
        if len(head) >= _HEAD:
            break
    decoder = codecs.getincrementaldecoder(_encoding(head[:_HEAD]))("replace")
    for chunk in chain((head,), rest):
        for start in range(0, len(chunk), _PIECE):
            yield decoder.decode(chunk[start : start + _PIECE])
    yield decoder.decode(b"", final=True)


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    found = _ENCODING.search(head)
    name = found["name"].decode() if found else ""
    if not _KNOWN.fullmatch(name) or "16" in name:
        return "utf-8-sig"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "utf-8-sig"
