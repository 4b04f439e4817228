import base64

import pytest

from gerritbot_er.chat.login import Login, Step
from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.secret import Secret

LOGIN = Login("erbot", Secret("hunter2"))


def lines(answers: tuple[Secret, ...]) -> list[str]:
    return [answer.reveal() for answer in answers]


def at(step: Step) -> Login:
    return Login("erbot", Secret("hunter2"), step)


@pytest.mark.parametrize("offer", ["sasl", "sasl ", " sasl", "sasl multi-prefix"])
def test_each_step_is_answered_and_blanks_around_a_capability_do_not_matter(offer: str) -> None:
    login, answers = LOGIN.seen("cap", ("*", "ACK", offer))
    assert lines(answers) == ["AUTHENTICATE PLAIN"]
    login, answers = login.seen("authenticate", ("+",))
    assert lines(answers) == ["AUTHENTICATE " + base64.b64encode(b"\0erbot\0hunter2").decode()]
    login, answers = login.seen("loggedin", ("erbot", "erbot!u@h", "erbot", "You are now logged in as erbot"))
    assert answers == ()
    login, answers = login.seen("saslsuccess", ("erbot", "SASL authentication successful"))
    assert lines(answers) == ["CAP END"]
    assert login.step is Step.DONE


def test_a_long_password_goes_in_pieces() -> None:
    for size in (291, 292, 293, 294, 600):
        _, answers = Login("erbot", Secret("p" * size), Step.MECHANISM).seen("authenticate", ("+",))
        pieces = [line.removeprefix("AUTHENTICATE ") for line in lines(answers)]
        assert len(pieces[-1]) < 400
        assert base64.b64decode("".join(pieces).removesuffix("+")) == b"\0erbot\0" + b"p" * size


def test_f35_no_sasl_on_offer() -> None:
    with pytest.raises(Transient) as error:
        LOGIN.seen("cap", ("*", "NAK", "sasl"))
    assert str(error.value) == (
        "the IRC server offers no SASL now: its services may be away; if it never does, remove irc.sasl_username"
    )


@pytest.mark.parametrize("kind", ["saslfail", "nicklocked", "sasltoolong", "saslaborted"])
@pytest.mark.parametrize("step", [Step.CAPABILITY, Step.MECHANISM, Step.RESULT])
def test_f35_a_refusal_ends_it_at_any_step(kind: str, step: Step) -> None:
    with pytest.raises(Misconfigured):
        at(step).seen(kind, ("erbot", "SASL authentication failed"))


def test_f35_the_text_of_a_refusal() -> None:
    with pytest.raises(Misconfigured) as error:
        at(Step.RESULT).seen("saslfail", ("erbot", "SASL authentication failed"))
    assert str(error.value) == (
        "the IRC server refuses the account erbot (904 SASL authentication failed): "
        "check irc.sasl_username and its password"
    )


def test_f39_the_password_is_shown_nowhere() -> None:
    _, answers = at(Step.MECHANISM).seen("authenticate", ("+",))
    shown = f"{LOGIN!r} {LOGIN} {answers!r}"
    assert "hunter2" not in shown
    assert base64.b64encode(b"\0erbot\0hunter2").decode() not in shown
