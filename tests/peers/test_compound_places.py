"""A compound signature means the same in files of this machine and in logs that were kept, whatever it asks."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gerritbot_er.backtest.from_retained import RetainedBuilds
from gerritbot_er.logs.local import logs_in, match_folder
from gerritbot_er.logs.retained import RetainedLogs
from gerritbot_er.model import BuildAnswer, Compound, Signature, Within

from .backtesting import NOW, build_of

_FILES = ("job-output.txt", "compute1/logs/syslog.txt", "controller/logs/n-cpu.txt")
_STAMPS = ("", "2026-11-21 09:00:0{}.5 ", "Nov 21 09:00:0{} host ", "2026-11-21T09:00:0{}Z ")
_REQUESTS = ("", " [req-0123abcd-0000-4000-8000-000000000001]", " [req-0123abcd-0000-4000-8000-000000000002]")
_QUERIES = st.sampled_from(["message:alpha", "message:beta", "message:gamma"])
_LINES = st.builds(
    lambda stamp, second, words, request: stamp.format(second) + " ".join(words) + request,
    st.sampled_from(_STAMPS),
    st.integers(0, 9),
    st.lists(st.sampled_from(["alpha", "beta", "gamma"]), max_size=2),
    st.sampled_from(_REQUESTS),
)
_COMPOUNDS = st.builds(
    Compound,
    st.lists(_QUERIES, min_size=1, max_size=3).map(tuple),
    st.lists(_QUERIES, max_size=2).map(tuple),
    st.lists(_QUERIES, max_size=1).map(tuple),
    st.sampled_from([None, Within(seconds=0.0), Within(seconds=3.0), Within(lines=0), Within(lines=2)]),
    st.lists(st.sampled_from(["file", "host", "request_id"]), max_size=2, unique=True).map(tuple),
    st.booleans(),
)


def _told(answer: BuildAnswer) -> tuple[object, ...]:
    found = [
        (match.signature, match.evidence and (match.evidence.file, match.evidence.number)) for match in answer.matches
    ]
    return found, answer.partial, answer.notes


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(st.sampled_from(_FILES), st.lists(_LINES, min_size=1, max_size=12), min_size=1),
    st.lists(_COMPOUNDS, min_size=1, max_size=8),
)
def test_files_here_and_kept_logs_agree(files: dict[str, list[str]], compounds: list[Compound]) -> None:
    signatures = [Signature(f"s{number}", compound=one) for number, one in enumerate(compounds)]
    build = build_of(100)
    with tempfile.TemporaryDirectory() as name:
        here, logs = Path(name) / "here", RetainedLogs(Path(name) / "kept")
        for path, lines in files.items():
            (here / path).parent.mkdir(parents=True, exist_ok=True)
            (here / path).write_text("\n".join(lines), encoding="utf-8")
        with logs.writer(build, kept_at=NOW) as writer:
            for log in logs_in(here)[0]:
                with writer.file(log.path, log.url) as write:
                    write((here / log.path).read_bytes())
        kept = RetainedBuilds(logs.folder, lambda _: None)
        [(_, answer)] = kept.match(signatures, kept.builds(None, None))
        assert _told(answer) == _told(match_folder(here, signatures, year=2026, until=float(build.reported_at)))
