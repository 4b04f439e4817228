"""The ``explain`` command as its tests call it and read it."""

import re
from collections.abc import Mapping

from click.testing import CliRunner, Result

from gerritbot_er.cli import main
from gerritbot_er.sandbox.ci import Build, SandboxCI

NOW = 1_795_254_900.0
CONSOLE = b"2026-11-21 09:00:00.000001 | node | begin\n2026-11-21 09:00:01.5 | node | cp: No space left on device\n"


def explain(*words: object, env: Mapping[str, str] | None = None) -> Result:
    result = CliRunner().invoke(main, ["explain", *map(str, words)], env=dict(env or {}))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


def told(result: Result, ci: SandboxCI) -> str:
    """What stands on stdout, with the sandbox's port and the ids of builds told by their use."""
    return re.sub(r"[0-9a-f]{32}", "UUID", result.stdout.replace(ci.url, "http://ci")).replace("/logs/", "/LOGS/")


def page(ci: SandboxCI, build: Build) -> str:
    return f"{ci.url}/t/{ci.tenant}/build/{build.uuid}"
