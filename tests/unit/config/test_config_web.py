"""The pages stay on this machine unless the configuration says otherwise in so many words."""

from pathlib import Path

import pytest

from gerritbot_er.config import read
from tests.unit.config.site import ENVIRON, RIGHT, site

OPEN = (
    "32: web.listen: {} lets other machines ask for the pages; keep 127.0.0.1 and put a web server with TLS before it,"
    " or write public: true beside it"
)


def said(folder: Path, web: str) -> list[str]:
    reading = read(site(folder, RIGHT + "web:\n" + web), ENVIRON)
    return [str(problem).rpartition("config.yaml:")[2] for problem in reading.problems]


@pytest.mark.parametrize("listen", ["127.0.0.1", "127.3.2.1", '"::1"', '"[::1]"'])
def test_this_machine_alone_may_ask(tmp_path: Path, listen: str) -> None:
    assert said(tmp_path, f"  listen: {listen}\n") == []


@pytest.mark.parametrize("listen", ["192.0.2.7", "2001:db8::7", "::"])
def test_f42_other_machines_may_ask_only_where_that_is_said(tmp_path: Path, listen: str) -> None:
    assert said(tmp_path, f'  listen: "{listen}"\n') == [OPEN.format(listen)]
    assert said(tmp_path, f'  listen: "{listen}"\n  public: true\n') == []


def test_an_address_is_no_name(tmp_path: Path) -> None:
    assert said(tmp_path, "  listen: localhost\n") == [
        '32: web.listen: write an IP address of this machine, such as 127.0.0.1, not "localhost"'
    ]
