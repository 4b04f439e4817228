"""JUnit files, as others' library writes them, as tools write them by hand, and as nobody should."""

import time

import junitparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.logs.failed_tests import Results
from gerritbot_er.logs.failed_tests.junit_file import failed_in_junit

SUREFIRE = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" name="com.example.ATest" tests="4" failures="1">
  <properties><property name="java.version" value="17"/></properties>
  <testcase name="testFine" classname="com.example.ATest" time="0.1"/>
  <testcase name="testBad" classname="com.example.ATest"><failure type="E">expected &lt;1&gt;</failure></testcase>
  <testcase name="testWorse" classname="com.example.ATest"><error message="x"/>
    <system-out><![CDATA[<failure>]]></system-out></testcase>
  <testcase name="testLeftOut" classname="com.example.ATest"><skipped/></testcase>
  <testcase name="testFlaky" classname="com.example.ATest"><flakyFailure type="E"/></testcase>
  <error/>
</testsuite>
"""
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefghi", "bcdefghij", strict=True))
    + ']><testsuite><testcase name="&j;"><failure/></testcase></testsuite>'
)
NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=30)


def test_what_surefire_writes() -> None:
    assert failed_in_junit([SUREFIRE.encode()]) == Results(
        frozenset({"com.example.ATest.testBad", "com.example.ATest.testWorse"}), told=True
    )


def test_a_name_alone_and_suites_within_suites() -> None:
    text = (
        '<testsuites><testsuite><testsuite><testcase name="setUpClass (a.TestA)" classname=""><error/></testcase>'
        '<testcase name="test_b"><failure/></testcase></testsuite></testsuite></testsuites>'
    )
    assert failed_in_junit([text.encode()]).failed == {"setUpClass (a.TestA)", "test_b"}


def test_other_files_tell_nothing() -> None:
    assert failed_in_junit([b"<coverage><testcase><failure/></testcase></coverage>"]) == Results()
    assert failed_in_junit([b"no XML at all"]) == Results()
    assert failed_in_junit([]) == Results()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings(encoding: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><testsuite><testcase name="tést"><error/></testcase></testsuite>'
    )
    assert failed_in_junit([text.encode(encoding)]) == Results(frozenset({"tést"}), told=True)


@pytest.mark.parametrize("encoding", ["idna", "punycode", "unicode_escape", "zlib_codec", "nonsense"])
def test_an_encoding_that_no_file_has_is_read_as_utf_8(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><testsuite><testcase name="a"><error/></testcase></testsuite>'
    assert failed_in_junit([text.encode()]) == Results(frozenset({"a"}), told=True)


def test_control_characters_and_invalid_bytes_of_a_test_s_output() -> None:
    data = b'<testsuite><testcase name="a"><failure>\x1b[31m\x00 \xff\xfe</failure></testcase></testsuite>'
    assert failed_in_junit([data]) == Results(frozenset({"a"}), told=True)


def test_a_file_that_was_cut_is_told_of() -> None:
    data = b'<testsuite>\n<testcase name="a"><failure/></testcase>\n<testcase name="b'
    assert failed_in_junit([data]) == Results(
        frozenset({"a"}), told=True, notes=("is no XML from line 3 on: unclosed token",)
    )


def test_entities_are_refused_before_they_grow() -> None:
    began = time.process_time()
    assert failed_in_junit([BOMB.encode()]) == Results(
        notes=("has a document type, which no JUnit file needs, and is not read for that",)
    )
    outside = b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><testsuite/>'
    assert failed_in_junit([outside]).notes == failed_in_junit([BOMB.encode()]).notes
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (b"<testsuite>" + b"<a>" * 500_000, "holds more than 100 tags within each other, and was read up to there"),
        (b"<testsuite><a b='" + b"x" * 9_000_000, "holds a tag of over 1048576 bytes, and was read up to there"),
        (
            b"<testsuite><a " + b"".join(b"a%d='' " % number for number in range(500_000)),
            "holds a tag of over 1048576 bytes, and was read up to there",
        ),
        (b"<testsuite><!--" + b"-x" * 3_000_000, "holds a tag of over 1048576 bytes, and was read up to there"),
    ],
)
def test_what_would_take_much_memory_is_given_up(data: bytes, note: str) -> None:
    began = time.process_time()
    assert failed_in_junit([data]) == Results(told=True, notes=(note,))
    assert time.process_time() - began < 2


@given(
    st.lists(st.tuples(NAMES, NAMES, st.sampled_from(["fine", "failure", "error", "skipped"])), max_size=12),
    st.integers(1, 99),
)
def test_what_the_library_writes_is_read_however_it_is_cut(cases: list[tuple[str, str, str]], size: int) -> None:
    suite = junitparser.TestSuite("suite")
    for name, classname, state in cases:
        case = junitparser.TestCase(name, classname)
        result = {"failure": junitparser.Failure, "error": junitparser.Error, "skipped": junitparser.Skipped}.get(state)
        case.result = [result("why", "kind")] if result else []
        suite.add_testcase(case)
    xml = junitparser.JUnitXml()
    xml.add_testsuite(suite)
    data: bytes = xml.tostring()  # type: ignore[no-untyped-call]
    found = failed_in_junit(data[start : start + size] for start in range(0, len(data), size))
    failed = {f"{classname}.{name}" for name, classname, state in cases if state in ("failure", "error")}
    assert found == Results(frozenset(failed), told=True)


@given(
    st.lists(
        st.binary(max_size=200) | st.sampled_from([b"<testsuite>", b"<testcase name='a'>", b"<error/>", b"&#0;"]),
        max_size=20,
    )
)
def test_any_bytes_have_an_answer(chunks: list[bytes]) -> None:
    assert failed_in_junit(chunks) == failed_in_junit([b"".join(chunks)])
