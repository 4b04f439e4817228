"""What signatures say to their own examples, and to builds of which there is one line alone."""

import pytest

from gerritbot_er.model import Compound, Example, Signature, Within
from gerritbot_er.signatures.compound import Chosen, Missed, Undecided
from gerritbot_er.signatures.examples import judge_example
from gerritbot_er.signatures.files import read_signature
from gerritbot_er.signatures.library import Library

BINDING = """\
all_of: ['message:"binding failed"', 'message:"spawn failed"']
within: 5s
same: request_id
examples:
  match:
    - |
      2026-11-21 10:00:00 [req-11111111-1111-4111-8111-111111111111] binding failed
      2026-11-21 10:00:04 [req-11111111-1111-4111-8111-111111111111] spawn failed
    - - {message: "[req-11111111-1111-4111-8111-111111111111] binding failed", filename: q.log,
         "@timestamp": "2026-11-21T10:00:00"}
      - "2026-11-21 10:00:05 [req-11111111-1111-4111-8111-111111111111] spawn failed"
  no-match:
    - |
      2026-11-21 10:00:00 [req-11111111-1111-4111-8111-111111111111] binding failed
      2026-11-21 10:00:04 [req-22222222-2222-4222-8222-222222222222] spawn failed
    - "2026-11-21 10:00:00 [req-11111111-1111-4111-8111-111111111111] binding failed"
    - |
      2026-11-21 10:00:00 [req-11111111-1111-4111-8111-111111111111] binding failed
      2026-11-21 10:00:06 [req-11111111-1111-4111-8111-111111111111] spawn failed
"""


def test_a_compound_s_examples_are_judged_together() -> None:
    signature = read_signature(BINDING, "binding.yaml")
    library = Library([signature])
    matched, unmatched = (
        [type(judge_example(signature, one, library)) for one in examples]
        for examples in (signature.examples.match, signature.examples.no_match)
    )
    assert (matched, unmatched) == ([Chosen, Chosen], [Missed, Missed, Missed])


def test_one_line_of_several_is_enough_for_a_plain_one() -> None:
    signature = Signature("disk", "message:full")
    example: Example = ({"message": "fine"}, {"message": "disk full"})
    assert isinstance(judge_example(signature, example, Library([signature])), Chosen)


@pytest.mark.parametrize(
    ("first", "second", "decision"),
    [("2026-11-21 10:00:00 ", "", Chosen), ("", "2026-11-21 10:00:00 ", Chosen), ("", "", Undecided)],
)
def test_a_line_without_time_has_that_of_a_neighbour(first: str, second: str, decision: type) -> None:
    signature = Signature("x", compound=Compound(("message:one", "message:two"), within=Within(seconds=1)))
    example: Example = ({"message": f"{first}one"}, {"message": f"{second}two"})
    assert isinstance(judge_example(signature, example, Library([signature])), decision)


@pytest.mark.parametrize(
    ("compound", "matches"),
    [
        (Compound(("message:NODE_FAILURE", "message:quota")), True),
        (Compound(("message:NODE_FAILURE", "message:quota"), within=Within(seconds=1), same=("file", "host")), True),
        (Compound(("message:NODE_FAILURE", "message:quota"), within=Within(lines=3)), True),
        (Compound(("message:NODE_FAILURE",), ("message:never", "message:quota")), True),
        (Compound(("message:NODE_FAILURE",), none_of=("message:never",), within=Within(seconds=1)), True),
        (Compound(("message:NODE_FAILURE",), none_of=("message:quota",), within=Within(seconds=1)), False),
        (Compound(("message:NODE_FAILURE", "message:quota"), ordered=True), False),
        (Compound(("message:NODE_FAILURE", "message:quota"), same=("request_id",)), False),
        (Compound(("message:NODE_FAILURE", "message:never")), False),
        (Compound(("message:NODE_FAILURE", 'message:"')), False),
    ],
)
def test_a_single_line_may_be_all_that_a_compound_asks_for(compound: Compound, *, matches: bool) -> None:
    signature = Signature("node", compound=compound)
    document = {"message": "NODE_FAILURE over quota", "filename": "custom-job-results.txt"}
    assert Library([signature]).matches(signature, document) is matches


def test_nothing_is_chosen_of_nothing() -> None:
    signature = Signature("x", compound=Compound(("message:one",)))
    assert judge_example(signature, (), Library([signature])) == Missed()
