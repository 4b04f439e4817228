"""However much there is to say, a comment about one failed build has 16 lines at the most, and one about several 25."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gerritbot_er.model import BugFacts, BuildVerdict, Evidence, Failure, Match, Outage, Outcome, Reach
from gerritbot_er.triage.speaking import Say
from gerritbot_er.triage.wording import Occasion, comment, token_of
from tests.unit.triage.worded import CI_SETTINGS, SIGNATURES, build, explained, verdict

START = 1_800_000_000.0
PAGE = "https://er.example.org"
LINE = explained("unit", "dns").bugs[0].evidence
assert LINE is not None
FURTHER = tuple(Evidence(f"{n}. more", file, n, None) for n, file in enumerate(("job-output.txt", "n-cpu.txt") * 2))
BUGS = tuple(SIGNATURES)
CLOSED: Mapping[str, BugFacts] = {
    one.bug: BugFacts(one.bug, "a title", "Fix Released", closed=True, fixed=True, seen_at=START)
    for one in SIGNATURES.values()
    if one.bug
}
FULL = """\
Known bug: a host name could not be resolved
https://bugs.example.org/7
The bug is marked Fix Released. If your branch should have the fix, say so on the bug.
Also here: a package mirror is down, https://bugs.example.org/8 (marked Fix Released)
Also here: a title, https://bugs.launchpad.net/bugs/1449136 (marked Fix Released)

unit failed with it. job-output.txt line 217 says:

    ERROR: toomanyrequests: You have reached your pull rate limit.

https://zuul.example.org/t/example/build/0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

This is an outage since 08:00 UTC, 1,400 changes hit: a host name could not be resolved.
What to do: wait until it is over, then run CI again; until then it will most likely fail in the same way.

gerritbot-er case 3f9a2c71d05b https://er.example.org/case/3f9a2c71d05b"""

MATCHES = st.builds(
    Match,
    st.sampled_from(BUGS),
    st.sampled_from((LINE, replace(LINE, file=""), None)),
    st.sampled_from([FURTHER[:count] for count in range(len(FURTHER) + 1)]),
    st.sampled_from(((), (("image", "docker.io/library/redis"), ("node", "n1")))),
)
TOLD = st.lists(st.lists(MATCHES, max_size=4, unique_by=lambda match: match.signature), min_size=1, max_size=9)


def found(number: int, matches: Sequence[Match]) -> BuildVerdict:
    outcome = Outcome.EXPLAINED if matches else Outcome.UNEXPLAINED
    return BuildVerdict(build("unit", uuid=f"{number:032x}"), outcome, tuple(matches))


def outage(bug: str) -> Outage:
    return Outage(1, Failure(bug), int(START), int(START) + 60, 1400, "", (), "3f9a2c71d05b")


def text_of(
    builds: Sequence[BuildVerdict], say: Say, others: int | None, lasting: Sequence[str], *, closed: bool, page: bool
) -> str:
    told = verdict(*builds)
    reaches = [
        Reach(Failure(bug), frozenset({builds[0].build.identity}), others, alone=others == 0) for bug in told.bugs
    ]
    occasion = Occasion(
        SIGNATURES,
        CI_SETTINGS,
        page=PAGE if page else None,
        bugs=CLOSED if closed else {},
        reaches=reaches,
        outages={Failure(bug): outage(bug) for bug in lasting},
    )
    text = comment(told, say, told.bugs, 3, occasion)
    assert text is not None
    return text


def test_where_there_is_everything_to_say_what_was_captured_gives_way_last() -> None:
    captured = (("image", "docker.io/library/redis"),)
    dns = Match("dns", LINE, FURTHER, captured)
    one = replace(explained("unit"), bugs=(dns, Match("mirror"), Match("1449136")))
    whole = text_of((one,), Say.COMMENT, 14, ("dns",), closed=True, page=True)
    assert whole == FULL
    less = replace(one, bugs=(dns, Match("mirror")))
    assert "\nimage: docker.io/library/redis\n" in text_of((less,), Say.COMMENT, 14, ("dns",), closed=True, page=True)
    least = text_of((replace(one, bugs=(dns,)),), Say.COMMENT, 14, (), closed=False, page=True)
    assert "    0. more\n    … and 3 more lines\n\nimage: docker.io/library/redis\n" in least


@settings(max_examples=300)
@given(
    TOLD,
    st.sampled_from((Say.COMMENT, Say.ADDITION)),
    st.sampled_from((None, 0, 14)),
    st.sets(st.sampled_from(BUGS)),
    st.fixed_dictionaries({"closed": st.booleans(), "page": st.booleans()}),
)
def test_no_comment_is_longer_and_what_counts_most_is_in_it(
    told: list[list[Match]],
    say: Say,
    others: int | None,
    lasting: set[str],
    more: dict[str, bool],
) -> None:
    builds = [found(number, matches) for number, matches in enumerate(told)]
    if not any(told):
        return
    text = text_of(builds, say, others, sorted(lasting), **more)
    hit = [matches for matches in told if matches]
    single = len(hit if say is Say.ADDITION else told) == 1
    assert len(text.split("\n")) <= (16 if single else 25)
    assert token_of(text) == "3f9a2c71d05b" + ("+" if say is Say.ADDITION else "")
    assert "\nWhat to do: " in text
    if single and hit[0][0].evidence:
        assert "\n    ERROR: toomanyrequests" in text
