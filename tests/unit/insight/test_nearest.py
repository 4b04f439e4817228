"""The known name that somebody may have meant."""

from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.insight.nearest import nearest

KNOWN = ("openstack/nova", "openstack/nova-specs", "openstack/neutron", "Zuul/zuul")


def test_a_part_of_a_name_means_the_shortest_that_has_it() -> None:
    assert nearest("nova", KNOWN) == "openstack/nova"
    assert nearest("zuul", KNOWN) == "Zuul/zuul"


def test_a_mistyped_name_means_the_one_most_like_it() -> None:
    assert nearest("openstack/nuetron", KNOWN) == "openstack/neutron"


def test_what_is_like_none_means_none() -> None:
    assert nearest("nosuch", KNOWN) is None
    assert nearest("nosuch", ()) is None


@given(st.text(), st.lists(st.text()))
def test_what_is_meant_is_known(name: str, known: list[str]) -> None:
    assert nearest(name, known) in (*known, None)
