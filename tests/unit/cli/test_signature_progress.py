"""What is told while past builds are searched."""

import pytest

from gerritbot_er.cli.signature_progress import Shown


def test_nothing_that_is_quoted_speaks_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Shown() as shown:
        shown.say("the server said [b]no\x1b[2J\x1b]0;title\x07")
        shown.step("searching", 1, 2)
    assert capsys.readouterr() == ("", "the server said [b]no\n")
