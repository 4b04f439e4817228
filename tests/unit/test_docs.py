"""The pages can be read: they are rendered without a complaint, lead somewhere, and name every command and module."""

import dataclasses
import re
from io import StringIO
from pathlib import Path
from typing import get_args, get_type_hints

import click
import pytest
from docutils.core import publish_string

from gerritbot_er.cli import main
from gerritbot_er.cli.signature import signature
from gerritbot_er.web.pages import HOME, Page
from gerritbot_er.web.pages import PAGES as JSON_PAGES

PAGES = sorted([Path("README.rst"), *Path("docs").glob("*.rst")])
README = Path("README.rst").read_text()
OPERATIONS = Path("docs/operations.rst").read_text()
ROOMS = Path("docs/rooms.rst").read_text()


def _rendered(page: Path) -> tuple[str, str]:
    """The page in HTML, and what docutils has to say of it."""
    said = StringIO()
    settings = {"warning_stream": said, "report_level": 2, "output_encoding": "unicode"}
    html = publish_string(page.read_text(), str(page), writer="html5", settings_overrides=settings)
    return str(html), said.getvalue()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_is_rendered_whole_and_leads_somewhere(page: Path) -> None:
    html, said = _rendered(page)
    assert said == ""
    links = re.findall(r'href="([^"]+)"', html)
    files = [link for link in links if not link.startswith(("#", "http://", "https://"))]
    assert [link for link in files if not (page.parent / link).is_file()] == []
    assert [link for link in links if link[0] == "#" and f'id="{link[1:]}"' not in html] == []


def test_the_readme_names_every_command() -> None:
    groups = ((main, ""), (signature, "signature "))
    names = [
        f"{before}{name}"
        for group, before in groups
        if isinstance(group, click.Group)
        for name in group.list_commands(click.Context(group))
        if name != "signature"
    ]
    assert [name for name in names if not re.search(rf"``{name}[ `]", README)] == []


@pytest.mark.parametrize("page", JSON_PAGES, ids=lambda page: page.path or HOME)
def test_the_fields_of_a_page_as_json_are_those_that_scripts_were_told(page: Page) -> None:
    made = get_type_hints(page.content)["return"]
    (content,) = [one for one in (get_args(made) or (made,)) if dataclasses.is_dataclass(one)]
    row = re.search(rf"\* - ``/{page.path or HOME}\.json``\n     - (.*?)(?=\n   \* -|\n\n)", OPERATIONS, re.DOTALL)
    assert row is not None
    assert re.findall("``(.*?)``", row[1]) == [one.name for one in dataclasses.fields(content)]


def test_every_module_has_its_place_among_the_rooms() -> None:
    here = Path("gerritbot_er")
    modules = [path.name for path in here.glob("*.py") if path.name != "__init__.py"]
    folders = [f"{path.parent.name}/" for path in here.glob("*/__init__.py")]
    assert sorted(name for name in modules + folders if f"``{name}``" not in ROOMS) == []


def test_every_module_that_the_rooms_name_is_there() -> None:
    named = re.findall(r"``([\w/]+\.py)``", ROOMS)
    assert [name for name in named if not any(Path("gerritbot_er").rglob(name))] == []


def test_every_method_that_the_rooms_name_is_there() -> None:
    package = "\n".join(path.read_text("utf-8") for path in Path("gerritbot_er").rglob("*.py"))
    named = re.findall(r"``([A-Z]\w+)\.([a-z]\w*)``", ROOMS)
    assert named
    missing = [f"{owner}.{method}" for owner, method in named if not re.search(_METHOD.format(owner, method), package)]
    assert missing == []


_METHOD = r"(?m)^class {}\b.*(?:\n(?!class ).*)*\n    def {}\b"
