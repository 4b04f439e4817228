"""Signature files: elastic-recheck's load unchanged, ours say all they can, bad ones say where and what to do."""

import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.model import Category, Examples, Scope, Signature
from gerritbot_er.signatures.files import read_folder, read_query, read_signature, read_text
from gerritbot_er.signatures.live_library import LiveLibrary
from gerritbot_er.signatures.lucene import OPENDEV
from gerritbot_er.typed_yaml import YamlProblems

DATA = Path("../shared/data/signatures")
CONSOLE = {"filename": "job-output.txt", "tags": ["console", "console.html", "job-output.txt"]}


def problems(text: str) -> list[str]:
    with pytest.raises(YamlProblems) as caught:
        read_signature(text, "f.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_a_name_is_printable_and_on_one_line() -> None:
    assert read_signature("query: a", "f/a\x1b[31m\nb.yaml").name == "a\ufffd[31m\ufffdb"


# -- elastic-recheck's files


def test_every_file_of_elastic_recheck_loads_unchanged() -> None:
    archive = DATA / "elastic-recheck-history.tar.gz"
    if not archive.exists():
        pytest.skip(f"{archive} is not here")
    refused, loaded = [], []
    with tarfile.open(archive) as tar:
        for member in tar:
            source = tar.extractfile(member)
            if source is None:
                continue
            try:
                loaded.append(read_signature(source.read().decode(), member.name))
            except YamlProblems as error:
                refused.append(str(error))
    assert refused == []
    assert len(loaded) == 754
    assert sum(one.allow_nonvoting for one in loaded) == 3
    assert sum(one.suppress_graph for one in loaded) == 6
    assert sum(one.suppress_notification for one in loaded) == 2
    assert sum(bool(one.test_ids) for one in loaded) == 1


def test_the_live_files_load_as_a_folder() -> None:
    live = DATA / "live"
    if not live.exists():
        pytest.skip(f"{live} is not here")
    found, wrong = read_folder([live], "https://bugs.example.org/{bug}")
    assert wrong == ()
    assert len(found) == 48
    assert all(one.bug == f"https://bugs.example.org/{one.name}" for one in found.values())


def test_what_elastic_recheck_writes() -> None:
    text = (
        "query: >-\n"
        '  message:"a b"\n'
        "  AND tags:console\n"
        "allow-nonvoting: true\n"
        "suppress-graph: true\n"
        "suppress-notification: true\n"
        "test_ids:\n"
        "  - tempest.api.test_a\n"
        'resolved_at: "Tue Dec 10 12:08:42 EST 2013"\n'
    )
    assert read_signature(text, "queries/1234567.yaml", "https://bugs.example.org/{bug}") == Signature(
        name="1234567",
        query='message:"a b" AND tags:console',
        bug="https://bugs.example.org/1234567",
        test_ids=("tempest.api.test_a",),
        allow_nonvoting=True,
        suppress_graph=True,
        suppress_notification=True,
    )


@pytest.mark.parametrize("written", ["x", "[x]", "\n  - x", "'x'"])
def test_one_test_id_may_stand_without_brackets(written: str) -> None:
    assert read_signature(f"query: a\ntest_ids: {written}\n", "f.yaml").test_ids == ("x",)


@pytest.mark.parametrize("written", ["true", "yes", "True", "on", "1", "'true'"])
def test_truth_however_it_is_written(written: str) -> None:
    signature = read_signature(f"query: a\nallow-nonvoting: {written}\nsuppress-graph: no\n", "f.yaml")
    assert (signature.allow_nonvoting, signature.suppress_graph) == (True, False)


@pytest.mark.parametrize("written", ["2013-12-10", "2013-12-10 12:08:42", "'Tue Dec 10'", ""])
def test_a_day_of_resolution_changes_nothing(written: str) -> None:
    assert read_signature(f"query: a\nresolved_at: {written}\n", "f.yaml") == Signature(name="f", query="a")


# -- our own keys


def test_all_that_a_file_may_say() -> None:
    text = (
        "title: the image registry refused the pull\n"
        "bug: https://bugs.example.org/browse/CI-42\n"
        'query: message:"toomanyrequests"\n'
        "jobs: ['unit-*', /tox-py3\\d+/]\n"
        "projects: example/app\n"
        "branches: [main]\n"
        "pipelines: gate\n"
        "results: [FAILURE, RETRY_LIMIT]\n"
        "advice: recheck\n"
        "category: infra\n"
        "examples:\n"
        "  match:\n"
        "    - toomanyrequests here\n"
        "    - {message: toomanyrequests, filename: x.log}\n"
        "  no-match: [fine]\n"
    )
    assert read_signature(text, "/etc/x/registry.yaml", "https://bugs.example.org/{bug}") == Signature(
        name="registry",
        query='message:"toomanyrequests"',
        title="the image registry refused the pull",
        bug="https://bugs.example.org/browse/CI-42",
        scope=Scope(("unit-*", r"/tox-py3\d+/"), ("example/app",), ("main",), ("gate",), ("FAILURE", "RETRY_LIMIT")),
        advice="recheck",
        category=Category.INFRA,
        examples=Examples(
            (
                ({"message": "toomanyrequests here", **CONSOLE},),
                ({"message": "toomanyrequests", "filename": "x.log"},),
            ),
            (({"message": "fine", **CONSOLE},),),
        ),
    )


def test_a_name_that_is_no_number_makes_no_bug_url() -> None:
    assert read_signature("query: a\n", "disk-full.yaml", "https://bugs.example.org/{bug}").bug is None


# -- bad files

LEARN = 'write what the log line holds, such as message:"No space left on device"'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ['1:1: query is missing; write what the log line holds, such as message:"No space left"']),
        ("# nothing yet\n", ['1:1: query is missing; write what the log line holds, such as message:"No space left"']),
        ("[a, b]\n", ["1:1: the file has to hold keys with their values"]),
        ("just text\n", ["1:1: the file has to hold keys with their values"]),
        ("title: x\n", ['1:1: query is missing; write what the log line holds, such as message:"No space left"']),
        ("query:\n", ["1:1: query has no value; give it one, or take it out"]),
        ('query: ""\n', [f'1:1: query: {LEARN}, not ""']),
        ('query: " "\n', [f'1:1: query: {LEARN}, not ""']),
        ("query: 3\n", ['1:1: query has to be text, not "3"; put it in quotes']),
        ("query: [a]\n", ["1:1: query has to be text"]),
        (f"query: {'a' * 65537}\n", ["1:1: query is longer than 65536 characters; shorten it"]),
        ("query: a\nqurey: b\n", ['2:1: there is no key "qurey"; did you mean "query"?']),
        (
            "query: a\nallow_nonvoting: yes\n",
            ['2:1: there is no key "allow_nonvoting"; did you mean "allow-nonvoting"?'],
        ),
        ("query: a\nquery: b\n", ['2:1: the key "query" stands here twice; keep one']),
        ("query: a\nallow-nonvoting: maybe\n", ['2:1: allow-nonvoting has to be true or false, not "maybe"']),
        ("query: a\ncategory: other\n", ["2:1: category: input should be 'infra', 'product' or 'test', not \"other\""]),
        ("query: a\nbug: 42\n", ['2:1: bug has to be text, not "42"; put it in quotes']),
        (
            "query: a\nbug: javascript:alert(1)\n",
            [('2:1: bug: write the bug\'s whole URL, such as https://bugs.example.org/42, not "javascript:alert(1)"')],
        ),
        ("query: a\njobs: 3\n", ['2:1: jobs has to be a list, not "3"']),
        ('query: a\njobs: [x, ""]\n', ['2:11: jobs.1 has to hold something, not ""']),
        ("query: a\ntest_ids: {a: b}\n", ["2:1: test_ids has to be a list"]),
        ("query: a\ntest_ids: [1]\n", ['2:12: test_ids.0 has to be text, not "1"; put it in quotes']),
        ('query: a\ntitle: ""\n', ['2:1: title has to hold something, not ""']),
        ("query: a\nexamples: [x]\n", ["2:1: examples has to hold keys with their values"]),
        (
            "query: a\nexamples: {match: [3]}\n",
            [
                (
                    "2:20: examples.match.0: write a log line as text, a document with its fields, or a list of these,"
                    ' not "3"'
                )
            ],
        ),
        ("query: a\nexamples: {no_match: [x]}\n", ['2:12: there is no key "no_match"; did you mean "no-match"?']),
        ("query: a\nresolved_at: [x]\n", ["2:1: resolved_at has to be text"]),
        (
            "query: !!python/name:os.system a\n",
            ['1:8: the tag "!!python/name:os.system" has no place here; take it out'],
        ),
        (
            "query: a\n---\nquery: b\n",
            ["2:1: this is no YAML: expected a single document in the stream, but found another document"],
        ),
        ('query: "a\n', ["2:1: this is no YAML: found unexpected end of stream"]),
        ("query: message: a\n", ["1:15: this is no YAML: mapping values are not allowed here"]),
        ("query: a\x1b[31m\n", ["1:9: the character U+001B has no place in a YAML file; take it out"]),
        (
            "qery: a\ncategory: other\nadvice: 3\n",
            [
                '1:1: there is no key "qery"; did you mean "query"?',
                "2:1: category: input should be 'infra', 'product' or 'test', not \"other\"",
                '3:1: advice has to be text, not "3"; put it in quotes',
            ],
        ),
    ],
)
def test_bad_files_say_everything_with_its_place(text: str, told: list[str]) -> None:
    assert problems(text) == [f"f.yaml:{one}" for one in told]


def test_a_bad_pattern() -> None:
    [told] = problems("query: a\njobs: /(/\n")
    assert told == 'f.yaml:2:1: jobs.0: this is no regular expression: missing ): (, not "/(/"'


NEVER_CLOSED = "this parenthesis is never closed; close it, or write \\( for the character itself"
NEVER_ENDS = "this slash opens a regular expression that never ends; quote the value, or write \\/ for a slash"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("query: message:a AND (tags:b\n", f"1:22: query: {NEVER_CLOSED}"),
        ("title: x\nquery: >-\n  a AND\n  project:openstack/cinder\n", f"4:20: query: {NEVER_ENDS}"),
        ('title: x\nquery: |\n  a AND\n  (tags:"b"\n', f"4:3: query: {NEVER_CLOSED}"),
        ("query: 'it''s OR (b'\n", f"1:18: query: {NEVER_CLOSED}"),
        ('query: "\\"a\\" OR (b"\n', f"1:18: query: {NEVER_CLOSED}"),
        ("all_of:\n  - a\n  - >-\n    b\n    (c\n", f"5:5: all_of: {NEVER_CLOSED}"),
        ("any_of: (c\n", f"1:9: any_of: {NEVER_CLOSED}"),
    ],
)
def test_a_bad_query_says_where_it_is_written(written: str, told: str) -> None:
    assert problems(written) == [f"f.yaml:{told}"]


def test_the_query_alone_says_where_it_is_bad() -> None:
    with pytest.raises(YamlProblems) as caught:
        read_query("title: x\nquery: >-\n  a AND\n  (b\n", "f.yaml", OPENDEV)
    assert str(caught.value) == f"f.yaml:4:3: query: {NEVER_CLOSED}"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"query: a\ntitle: caf\xe9\n")
    (tmp_path / "long.yaml").write_bytes(b"#" * (256 * 1024 + 1))
    (tmp_path / "folder.yaml").mkdir()
    told = []
    for name in ("latin", "long", "folder", "none"):
        with pytest.raises(YamlProblems) as caught:
            read_text(tmp_path / f"{name}.yaml")
        told.append(str(caught.value).removeprefix(f"{tmp_path}/"))
    assert told == [
        "latin.yaml:2:1: is no UTF-8; save it as UTF-8",
        "long.yaml:1:1: the file is over 262144 bytes; split it",
        "folder.yaml:1:1: cannot be read: Is a directory",
        "none.yaml:1:1: cannot be read: No such file or directory",
    ]


def test_f25_a_bad_file_keeps_only_itself_out(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("query: (\n")
    (tmp_path / "good.yaml").write_text("query: a\n")
    (tmp_path / "latin.yaml").write_bytes(b"query: \xe9\n")
    found, wrong = read_folder([tmp_path])
    assert list(found) == ["good"]
    assert [Path(problem.file).name for problem in wrong] == ["bad.yaml", "latin.yaml"]


def test_f25_whatever_lies_in_the_folder_the_good_files_are_read(tmp_path: Path) -> None:
    corpus: dict[str, bytes] = {
        "empty": b"",
        "nul": b"query: a\0b\n",
        "tab": b"query:\t- x\n\t- y\n",
        "deep": b"query: " + b"[" * 10_000,
        "deep-map": b"{query: " * 20_000,
        "bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
            b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % (here, here, *[here - 1] * 9) for here in b"bcdefghij"
        ),
        "itself": b"query: &x [*x]\n",
        "tag": b"query: !!python/object/apply:os.system [id]\n",
        "twice": b"query: a\nquery: b\n",
        "documents": b"query: a\n---\nquery: b\n",
        "list": b"- query: a\n",
        "surrogate": b'query: "\\ud800"\n',
        "utf-16": "query: a\n".encode("utf-16"),
        "query": b"query: " + b"(" * 60_000 + b"\n",
    }  # fmt: skip
    for name, content in corpus.items():
        (tmp_path / f"{name}.yaml").write_bytes(content)
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "nowhere.yaml").symlink_to(tmp_path / "none")
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    (tmp_path / "good.yaml").write_text("query: a\n")
    found, wrong = read_folder([tmp_path])
    assert list(found) == ["good"]
    assert {Path(one.file).stem for one in wrong} == {*corpus, "pipe", "folder", "nowhere", "loop"}


def test_of_one_name_in_two_folders_the_first_counts(tmp_path: Path) -> None:
    folders = [tmp_path / "own", tmp_path / "starter"]
    for folder in folders:
        folder.mkdir()
        (folder / "disk.yaml").write_text(f"query: {folder.name}\n")
    assert read_folder(folders)[0]["disk"].query == "own"


def test_f25_the_last_good_version_of_a_file_stays(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("query: first\n")
    live_library = LiveLibrary([tmp_path], None)
    (tmp_path / "a.yaml").write_text("query: (\n")
    (tmp_path / "b.yaml").unlink()
    (tmp_path / "c.yaml").write_text("query: new\n")
    live_library.reload()
    assert {one.name: one.query for one in live_library.library.signatures} == {"a": "first", "c": "new"}
    assert [Path(problem.file).name for problem in live_library.problems] == ["a.yaml"]
    (tmp_path / "a.yaml").write_text("query: second\n")
    live_library.reload()
    assert {one.name: one.query for one in live_library.library.signatures} == {"a": "second", "c": "new"}
    assert live_library.problems == ()


# -- any text

KEYS = ["query", "title", "bug", "jobs", "advice", "category", "examples", "match", "no-match", "test_ids"]
VALUES = st.recursive(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(["infra", "recheck", 'message:"a b"', "(", "/(/", "a AND", "https://b.example.org/1", "true"]),
        st.sampled_from(["~", "3", "1e400", "2001-13-45", ".nan", "*x", "&x y", "!!int x", "<<", "[", '"\\ud800"']),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        ),
    ),
    max_leaves=6,
)
FILES = st.lists(st.tuples(st.sampled_from([*KEYS, "allow-nonvoting", "other"]), VALUES), max_size=6).map(
    lambda pairs: "".join(f"{key}: {value}\n" for key, value in pairs)
)


@given(st.one_of(st.text(), FILES, FILES.map(lambda text: f"query: a\n{text}")))
def test_f25_any_text_gives_a_signature_or_problems(text: str) -> None:
    try:
        signature = read_signature(text, "f.yaml", "https://bugs.example.org/{bug}")
    except YamlProblems as error:
        count = len(error.problems)
    else:
        count = 1
        assert signature.name == "f"
        assert signature.query
    assert count


@given(st.binary())
def test_f25_any_bytes_give_a_text_or_problems(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(data)
    found, wrong = read_folder([file.parent])
    assert bool(wrong) != ("any" in found)
