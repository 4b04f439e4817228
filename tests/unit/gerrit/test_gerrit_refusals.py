"""What a refused comment means: wait for the end of maintenance, change a right, or give the one comment up."""

import pytest

from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent, Transient
from gerritbot_er.gerrit.reviews import refusal


def refused(complaint: str) -> tuple[type[GerritbotError], str]:
    error = refusal("Gerrit", "change 1: ", complaint)
    return type(error), str(error)


@pytest.mark.parametrize(
    "complaint",
    [
        "fatal: Gerrit is under maintenance - all data is READ ONLY",
        "Gerrit is under maintenance; all projects are READ ONLY",
        "fatal: blocked by readonly, contact gerrit administrators for more details",
        "error: project state READ_ONLY does not permit write fatal: one or more reviews failed; review output above",
    ],
)
def test_maintenance_ends_and_the_comment_is_posted_then(complaint: str) -> None:
    error = refusal("Gerrit", "change 1: ", complaint)
    assert isinstance(error, Transient)
    assert (error.after, str(error)) == (300.0, "Gerrit is under maintenance and takes no comments")


def test_a_missing_right_is_a_persons_business_and_costs_no_comment() -> None:
    assert refused("error: review not permitted fatal: one or more reviews failed; review output above") == (
        Misconfigured,
        (
            "Gerrit does not permit our account to comment: see its answer in the log, and let the account read and "
            "comment on the changes of that project"
        ),
    )


@pytest.mark.parametrize(
    "complaint",
    [
        'fatal: "4711" no such change',
        'fatal: "1,9" no such patch set',
        "error: One or more comments were rejected in validation: Comment size exceeds limit (17000 > 16384)",
    ],
)
def test_what_is_refused_for_good_is_given_up(complaint: str) -> None:
    assert refused(complaint) == (Permanent, f"change 1: {complaint}")


def test_f46_what_nobody_knows_is_tried_again_and_names_no_change_on_the_board() -> None:
    assert refused("fatal: internal server error while reviewing 1,1") == (
        Transient,
        "Gerrit did not take a comment: see its answer in the log",
    )
