"""How it stands, in the words that systemd, status and the pages show."""

import pytest

from gerritbot_er.dependencies import Condition, Dependency, down, headline, sentence, signatures
from gerritbot_er.time_words import rate_of, span

AT = 1_800_000_000.0  # 08:00:00 UTC
STREAM = Dependency("stream", Condition.DEGRADED, AT - 90, "no answer to 2 probes", AT + 12)
IRC = Dependency("irc", Condition.MISCONFIGURED, AT - 7200, "the password was refused")
HISTORY = Dependency("history", Condition.CONNECTING, AT, "not read yet")
STORE = Dependency("log store cluster", Condition.WORKING, AT - 172_800)
FILE = Dependency("state", Condition.DEGRADED, AT, "the disk is full")


def test_all_well_is_one_word() -> None:
    assert headline([STORE]) == "working"
    assert headline([]) == "working"


def test_the_gravest_comes_first_and_gives_the_word() -> None:
    assert headline([STORE, STREAM]) == ("degraded: Gerrit's stream (no answer to 2 probes), next try at 08:00:12 UTC")
    assert headline([HISTORY, STREAM, IRC]) == (
        "misconfigured: IRC (the password was refused);"
        " Gerrit's stream (no answer to 2 probes), next try at 08:00:12 UTC; Gerrit's history (not read yet)"
    )
    assert headline([HISTORY, STREAM, IRC, FILE], ["desk"]).startswith("standing still: worker desk; IRC (")
    assert headline([HISTORY, STREAM, IRC, FILE], ["desk"]).endswith("; and 2 more")
    assert headline([HISTORY]) == "connecting: Gerrit's history (not read yet)"


def test_the_line_for_systemd_stays_one_line_whatever_a_peer_said() -> None:
    hostile = Dependency("stream", Condition.DEGRADED, AT, "one\nREADY=0\nSTATUS=fine " + "x" * 5000)
    line = headline([hostile])
    assert "\n" not in line
    assert len(line) < 250


def test_a_dependency_is_told_in_calm_words() -> None:
    assert sentence(STORE, AT) == "log store cluster: working for 2.0 d"
    assert sentence(STREAM, AT) == "Gerrit's stream: degraded for 1.5 min: no answer to 2 probes; next try in 12 s"
    assert sentence(STREAM, AT + 30) == (
        "Gerrit's stream: degraded for 2.0 min: no answer to 2 probes; being tried now"
    )
    assert sentence(IRC, AT) == "IRC: misconfigured for 2.0 h: the password was refused"


def test_what_is_needed_and_away_is_down() -> None:
    assert down([STREAM, IRC, HISTORY, STORE, FILE], frozenset({"irc"})) == (STREAM, FILE)


@pytest.mark.parametrize(("seconds", "words"), [(-3, "0 s"), (59.4, "59 s"), (90, "1.5 min"), (9000, "2.5 h")])
def test_a_span_has_the_unit_that_suits_it(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(("count", "words"), [(0, "0.0 a second"), (12, "0.1 a second"), (123456, "1235 a second")])
def test_a_rate_is_told_in_a_digit_or_two(count: int, words: str) -> None:
    assert rate_of(count, 100) == words


def test_signature_files_that_are_left_out_are_named() -> None:
    assert signatures(3, []) == "3 in use"
    assert signatures(3, ["b.yaml", "a.yaml", "b.yaml"]) == "3 in use; left out as they are now: a.yaml, b.yaml"
    assert signatures(0, "abcde") == "0 in use; left out as they are now: a, b, c and 2 more"
