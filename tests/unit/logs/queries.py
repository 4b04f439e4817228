"""Queries and words of log lines, made up so that they often meet: for properties of the search."""

from hypothesis import strategies as st

_NAMES = st.sampled_from(
    ["error", "disk", "Full", "n-cpu", "a.b", "É", "x1", "[ERROR]", "tempest.api", "DIS\u212a", "_"]
)
WORDS = _NAMES | st.sampled_from(["erring", "tempestuous", "-"])
"""Those that queries ask for, and some that are like them."""
_LEAVES = st.one_of(
    _NAMES.map(lambda word: f'message:"{word}"'),
    st.lists(_NAMES, min_size=1, max_size=3).map(lambda words: f'message:"{" ".join(words)}"'),
    st.sampled_from(["message:disk", "message:n-cpu", "message:err*", "message:*pest*", 'tags:"console"', "disk full"]),
)
QUERIES = st.recursive(
    _LEAVES,
    lambda inner: st.builds(
        lambda parts, joints: " ".join(
            f"{joint}{part}" for part, joint in zip(parts, ["", *joints][: len(parts)], strict=True)
        ),
        st.lists(inner.map(lambda part: f"({part})") | inner, min_size=1, max_size=4),
        st.lists(st.sampled_from(["AND ", "OR ", "", "NOT ", "AND NOT ", "+", "-"]), min_size=3, max_size=3),
    ),
    max_leaves=8,
)
"""Some of them cannot be read."""
