import pytest
from irc.client import Event, NickMask
from irc.events import Command

from gerritbot_er.chat.login import Login
from gerritbot_er.chat.pace import Pace
from gerritbot_er.chat.session import Membership, Session, alternative, password_login
from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.secret import Secret


class Talk:
    """A session on a simulated clock, and the lines it sent."""

    def __init__(self, *channels: str, login: Login | None = None) -> None:
        self.sent: list[str] = []
        self.now = 0.0
        self.members = [Membership(name) for name in channels]
        self.session = Session(
            wanted_nick="erbot", memberships=self.members, login=login, send=self.sent.append, pace=Pace(), now=0.0
        )
        self.session.open()

    def hear(self, kind: str, source: str, target: str, *words: str) -> None:
        self.session.heard(Event(Command.lookup(kind), NickMask(source), target, list(words)), self.now)

    def after(self, seconds: float) -> list[str]:
        """The lines of this time, in which the server answers every PING."""
        before = len(self.sent)
        for _ in range(int(seconds)):
            self.now += 1
            self.session.tick(self.now)
            if self.sent and self.sent[-1] == "PING :alive" and self.now % 5 == 0:
                self.hear("pong", "irc.test", "irc.test", "alive")
        return [line for line in self.sent[before:] if line != "PING :alive"]

    def welcome(self, nick: str = "erbot") -> None:
        self.hear("welcome", "irc.test", nick, "Welcome")

    def join(self, channel: str) -> None:
        self.hear("join", "erbot!gerritbot@host", channel)


def test_joins_after_the_welcome_and_speaks_only_where_it_is() -> None:
    talk = Talk("#qa", "#infra")
    assert talk.after(5) == []
    talk.welcome()
    assert talk.after(1) == ["JOIN #qa", "JOIN #infra"]
    talk.join("#QA")
    assert talk.session.joined("#qa")
    assert not talk.session.joined("#infra")


def test_f31_a_nick_in_use_is_replaced_and_regained() -> None:
    talk = Talk()
    talk.hear("433", "irc.test", "*", "erbot", "Nickname is already in use.")
    talk.hear("433", "irc.test", "*", "erbot_", "Nickname is already in use.")
    assert talk.sent == ["NICK erbot_", "NICK erbot__"]
    talk.welcome("erbot__")
    assert talk.after(1) == ["NICK erbot"]
    talk.hear("433", "irc.test", "erbot__", "erbot", "Nickname is already in use.")
    assert talk.after(59) == []
    assert talk.after(1) == ["NICK erbot"]
    talk.hear("quit", "erbot!a@b", "Ping timeout")
    assert talk.after(1) == ["NICK erbot"]
    talk.hear("nick", "erbot__!gerritbot@host", "erbot")
    assert talk.session.nick == "erbot"
    assert talk.after(200) == []


def test_f31_an_account_takes_its_nick_back_from_a_ghost() -> None:
    talk = Talk(login=Login("erbot", Secret("pw")))
    talk.hear("433", "irc.test", "*", "erbot", "Nickname is already in use.")
    talk.hear("cap", "irc.test", "*", "ACK", "sasl")
    talk.hear("authenticate", "", "+")
    talk.hear("903", "irc.test", "erbot_", "ok")
    talk.welcome("erbot_")
    assert talk.after(1) == ["NICK erbot", "PRIVMSG NickServ :REGAIN erbot"]


def test_f31_no_nick_at_all() -> None:
    talk = Talk()
    for _ in range(9):
        talk.hear("432", "irc.test", "*", "erbot", "Erroneous nickname")
    with pytest.raises(Misconfigured) as error:
        talk.hear("432", "irc.test", "*", "erbot", "Erroneous nickname")
    assert str(error.value) == (
        "the IRC server gives us no nick like 'erbot' (Erroneous nickname): choose another irc.nick"
    )


def test_other_nicks_are_no_longer_than_the_server_allows() -> None:
    assert [alternative("erbot", n) for n in (1, 2, 3)] == ["erbot_", "erbot__", "erbot3"]
    assert [alternative("gerritbot", n) for n in (1, 2, 3)] == ["gerritbo_", "gerritb__", "gerritbo3"]


def test_f32_a_silent_server_is_given_up() -> None:
    talk = Talk()
    talk.welcome()
    talk.now = 60
    talk.session.tick(talk.now)
    assert talk.sent == ["PING :alive"]
    talk.now = 89
    talk.session.tick(talk.now)
    talk.now = 90
    with pytest.raises(Transient) as error:
        talk.session.tick(talk.now)
    assert str(error.value) == "the IRC server was silent for 90 s"


def test_f32_the_servers_last_words_are_told() -> None:
    talk = Talk()
    with pytest.raises(Transient) as error:
        talk.hear("error", "", "Closing link: (gerritbot@127.0.0.1) [\x02Netsplit\r\n]")
    assert str(error.value) == "the IRC server closed the connection: Closing link: (gerritbot@127.0.0.1) [Netsplit ]"


def test_f33_kicked_once_back_after_a_minute_kicked_again_after_an_hour() -> None:
    talk = Talk("#qa")
    talk.welcome()
    talk.after(1)
    talk.join("#qa")
    talk.hear("kick", "op!o@h", "#qa", "erbot", "noise")
    assert not talk.session.joined("#qa")
    assert talk.members[0].why == "kicked: noise"
    assert talk.after(59) == []
    assert talk.after(1) == ["JOIN #qa"]
    talk.join("#qa")
    talk.hear("kick", "op!o@h", "#qa", "erbot", "noise")
    assert talk.after(3599) == []
    assert talk.after(1) == ["JOIN #qa"]


@pytest.mark.parametrize("numeric", ["471", "473", "474", "475", "477", "403", "405", "489", "520"])
def test_f33_a_refused_channel_is_tried_after_a_minute_then_hourly(numeric: str) -> None:
    talk = Talk("#qa")
    talk.welcome()
    assert talk.after(1) == ["JOIN #qa"]
    talk.hear(numeric, "irc.test", "erbot", "#qa", "Cannot join channel")
    assert talk.after(60) == ["JOIN #qa"]
    talk.hear(numeric, "irc.test", "erbot", "#qa", "Cannot join channel")
    assert talk.after(3599) == []
    assert talk.after(1) == ["JOIN #qa"]


def test_f33_a_join_without_an_answer_is_tried_again() -> None:
    talk = Talk("#qa")
    talk.welcome()
    talk.after(1)
    talk.after(30)
    assert talk.members[0].why == "the server did not answer the JOIN"
    assert talk.after(60) == ["JOIN #qa"]


def test_f33_a_channel_that_lets_us_in_and_not_speak_is_told() -> None:
    talk = Talk("#qa")
    talk.welcome()
    talk.after(1)
    talk.join("#qa")
    talk.hear("404", "irc.test", "erbot", "#qa", "Cannot send to channel (+m)")
    assert talk.members[0].why == ("what we say there is refused: Cannot send to channel (+m) (cannotsendtochan)")


def test_f35_let_in_without_sasl_is_not_stayed() -> None:
    talk = Talk(login=Login("erbot", Secret("pw")))
    assert talk.sent == ["CAP REQ :sasl"]
    with pytest.raises(Transient) as error:
        talk.welcome()
    assert str(error.value) == "the IRC server let us in without SASL: we do not stay without our account"


def test_f35_each_step_of_the_login_has_its_time() -> None:
    talk = Talk(login=Login("erbot", Secret("pw")))
    talk.now = 29
    talk.session.tick(talk.now)
    talk.hear("cap", "irc.test", "*", "ACK", "sasl")
    talk.now = 58
    talk.session.tick(talk.now)
    talk.hear("authenticate", "", "+")
    talk.now = 88
    with pytest.raises(Transient) as error:
        talk.session.tick(talk.now)
    assert str(error.value) == (
        "the IRC login stands still: waited 30 s for the answer of the network's services to the password"
    )


def test_f35_chatter_does_not_prolong_the_login() -> None:
    talk = Talk()
    for second in range(30):
        talk.now = second
        talk.hear("privnotice", "irc.test", "*", "*** Looking up your hostname...")
        talk.session.tick(talk.now)
    talk.now = 30
    with pytest.raises(Transient):
        talk.session.tick(talk.now)


def test_an_account_needs_a_password() -> None:
    assert password_login(None, None) is None
    with pytest.raises(Misconfigured):
        password_login("erbot", None)
