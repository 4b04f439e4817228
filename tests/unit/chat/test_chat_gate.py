import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.chat import gate
from gerritbot_er.chat.pace import Pace
from gerritbot_er.cleaning import clean_line
from gerritbot_er.errors import Permanent


def test_f30_what_ends_a_line_or_hides_is_taken_out() -> None:
    hostile = (
        "disk full\r\nQUIT :bye\x00 \x02bold\x0f \x0304,01red\x03 \x01VERSION\x01 \u202egnp.exe\u2066 \ud800 a\u2028b"
    )
    assert gate.clean_text(hostile) == "disk full QUIT :bye bold red VERSION gnp.exe \ufffd a b"


def test_f30_a_target_is_one_channel() -> None:
    assert gate.clean_target("#openstack-qa") == "#openstack-qa"
    for hostile in ("#a,#b", "#a b", "nick", "", "#", "#a\r\nQUIT", "#a\x00", "#a:b", "#a\u202e", "#a\x07"):
        with pytest.raises(Permanent):
            gate.clean_target(hostile)


def test_a_notice_is_cut_to_what_the_server_passes_on() -> None:
    said = gate.line("erbot", "#qa", "x" * 600)
    assert said is not None
    arrives = f":erbot!{'~gerritbot1'}@{'h' * 63} {said}\r\n".encode()
    assert len(arrives) == 512
    assert said.endswith("x…")


def test_nothing_left_is_nothing_said() -> None:
    assert gate.line("erbot", "#qa", "\x02\r\n\x0f") is None


@given(st.text(), st.integers(min_value=3, max_value=600))
def test_text_is_cut_between_characters(text: str, size: int) -> None:
    clean = gate.clean_text(text)
    cut = gate.fit(clean, size)
    assert len(cut.encode()) <= size
    assert cut == clean or (cut.endswith("…") and clean.startswith(cut[:-1]))


@given(st.text())
def test_f30_a_line_is_one_line(text: str) -> None:
    said = gate.line("erbot", "#qa", text)
    if said is not None:
        assert clean_line(said, 512) == said
        assert len(said.encode()) < 512 - 63


def test_f34_a_burst_of_four_then_one_every_two_seconds() -> None:
    pace = Pace()
    went_out = [tenth for tenth in range(100) if pace.take(1000 + tenth / 10)]
    assert went_out == [0, 1, 2, 3, 20, 40, 60, 80]
