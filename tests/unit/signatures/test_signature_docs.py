"""What docs/signatures.rst and the hooks say is so."""

import re
import textwrap
from pathlib import Path

import click
import pytest
import yaml

from gerritbot_er.cli.signature import signature
from gerritbot_er.signatures.file_format import SignatureFile
from gerritbot_er.signatures.lint.files import lint
from gerritbot_er.signatures.lucene import OPENDEV

PAGE = Path("docs/signatures.rst").read_text()
FILES = [textwrap.dedent(block) for block in re.findall(r"code-block:: yaml\n\n((?: +.*\n|\n)+)", PAGE)]


@pytest.mark.parametrize("text", FILES)
def test_the_pages_signatures_are_clean_and_their_examples_hold(text: str) -> None:
    assert [str(finding) for finding in lint({"f.yaml": text}, OPENDEV) if finding.counts] == []


def test_every_key_and_every_rule_is_on_the_page() -> None:
    keys = {name.replace("_", "-") if "allow" in name or "suppress" in name else name for name in _keys()}
    sources = "".join(path.read_text() for path in Path("gerritbot_er/signatures").glob("lint*.py"))
    rules = set(re.findall(r'Level\.[A-Z]+, "([\w-]+)"', sources)) | {"file", "yaml", "schema", "duplicate-query"}
    assert sorted(name for name in keys | rules if f"``{name}``" not in PAGE) == []


def _keys() -> list[str]:
    return list(SignatureFile.__dataclass_fields__)


def test_the_hooks_call_commands_that_there_are() -> None:
    hooks = yaml.safe_load(Path(".pre-commit-hooks.yaml").read_text())
    assert isinstance(signature, click.Group)
    for hook in hooks:
        program, group, command = hook["entry"].split()
        assert (program, group) == ("gerritbot-er", "signature")
        assert signature.get_command(click.Context(signature), command)
        assert f"- id: {hook['id']}" in PAGE
