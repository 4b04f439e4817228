"""Rows 1 to 24 of the fault table: the stream, the history, the log stores, the outbox, the configuration."""

from .rows import Row

FIRST: tuple[Row, ...] = (
    Row(
        number=1,
        fault="the SSH connection is reset or ends",
        test="tests/unit/gerrit/test_gerrit_backoff.py::test_f01_waits_grow_with_full_jitter",
        treats="gerritbot_er.gerrit.stream:backoff",
        careless="""
def backoff(attempt: int, roll: float, *, misconfigured: bool = False) -> float:
    return 1.0
""",
    ),
)
