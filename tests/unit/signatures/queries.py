"""Queries and log lines made from few words, so that they meet often: for properties about what queries mean."""

import random

from hypothesis import strategies as st

WORDS = ["disk", "full", "error", "x.y", "n", "cpu.txt", "screen", "Timed", "out", "a_b", "7"]
FIELDS = ["", "message:", "tags:", "filename:", "build_status:", "message.keyword:", "voting:"]

_words = st.sampled_from(WORDS)
_texts = st.lists(_words, min_size=1, max_size=3).map(" ".join)
_phrases = _texts.map(lambda text: f'"{text}"')
_patterns = _words.flatmap(
    lambda word: st.sampled_from([f"{word[:2]}*", f"*{word[1:]}", "*", "?isk", f"{word}~", f"/{word}.*/"])
)
_plain = st.one_of(_phrases, _phrases, _words, st.just('"--"'), _words.map(lambda word: f"{word}-{word}"))
_text_leaves = st.tuples(st.sampled_from(FIELDS[:4]), st.one_of(_plain, _plain, _patterns)).map("".join)
LEAVES = st.one_of(
    _text_leaves,
    _text_leaves,
    _text_leaves,
    st.tuples(st.sampled_from(FIELDS[4:6]), _plain).map("".join),
    st.sampled_from(["voting:1", "voting:0", "voting:>0", "_exists_:message", "_exists_:module", "*:*"]),
)


def _join(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    clause = st.tuples(st.sampled_from(["", "", "", "+", "-", "NOT "]), st.one_of(inner, LEAVES)).map("".join)
    rest = st.lists(st.tuples(st.sampled_from([" ", " AND ", " OR ", "  "]), clause).map("".join), max_size=3)
    group = st.tuples(clause, rest).map(lambda both: f"{both[0]}{''.join(both[1])}")
    return st.one_of(group, group.map(lambda text: f"({text})"), group.map(lambda text: f"message:({text})"))


QUERIES = st.recursive(LEAVES, _join, max_leaves=6)


def _document(chance: random.Random) -> dict[str, object]:
    return {
        "message": " ".join(chance.choices([*WORDS, "--", "zz"], k=chance.randint(1, 7))) + " zz",
        "filename": chance.choice(["screen-n-cpu.txt", "job-output.txt", "disk full"]),
        "tags": chance.choices([*WORDS, "screen-n-cpu.txt", "console"], k=chance.randint(1, 3)),
        "build_status": chance.choice(["FAILURE", "error", "disk", "x.y n"]),
        "@timestamp": "2026-11-21T10:00:00",
        "build_name": "job",
        "build_uuid": "0" * 32,
        "voting": chance.choice([0, 1]),
    }


_CHANCE = random.Random(1)  # noqa: S311 - the same lines each time
DOCUMENTS = [_document(_CHANCE) for _ in range(100)]
"""Documents as log stores hold them, of the fields that queries ask about."""
