"""True Zuul comments, composed by the reporter of Zuul 14.3.0 itself, in its own process, from builds that we name."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid as uuids
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import fetch
from .processes import ServerFailed

ZUUL = "zuul==14.3.0"
WEB_ROOT = "https://zuul.example.org/t/openstack/"
_SECONDS = 60.0
_COMPOSER = Path(__file__).with_name("zuul_composer.py")


@dataclass(frozen=True, slots=True)
class ZuulBuild:
    """A finished build as Zuul knows it. ``seconds`` None: it never started; ``detail`` is Zuul's ``error_detail``."""

    job: str
    result: str = "FAILURE"
    seconds: float | None = 65.0
    detail: str = ""
    voting: bool = True
    uuid: str = field(default_factory=lambda: uuids.uuid4().hex)
    success_message: str = ""
    failure_message: str = ""


def comment(
    builds: Sequence[ZuulBuild] = (),
    *,
    pipeline: str = "check",
    buildset: str = "",
    web_root: str = WEB_ROOT,
    action: str = "failure",
    failure_message: str = "Build failed.",
    success_message: str = "Build succeeded.",
    footer: str = "",
    warnings: Sequence[str] = (),
    config_error: str = "",
    merge_conflict: bool = False,
    cycle: int = 1,
) -> str:
    """What Zuul would post, without the ``Patch Set N:`` that Gerrit puts before it.

    :param buildset: its uuid; a new one by default.
    :param web_root: the tenant's page, ended by a slash; empty: URLs are relative, as from a Zuul without one.
    :param action: one of Zuul's report actions: success, failure, start, dequeue, merge-conflict, config-error …
    :param cycle: how many changes of a dependency cycle are reported together.
    """
    report = {
        "builds": [asdict(build) for build in builds],
        "pipeline": pipeline,
        "buildset": buildset or uuids.uuid4().hex,
        "web_root": web_root,
        "action": action,
        "failure_message": failure_message,
        "success_message": success_message,
        "footer": footer,
        "warnings": list(warnings),
        "config_error": config_error,
        "merge_conflict": merge_conflict,
        "cycle": cycle,
    }
    # -S: none of the installed packages, so that the text is the same whatever is installed beside us.
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(_COMPOSER), str(fetch.pip_unpacked(ZUUL))],
        input=json.dumps(report),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise ServerFailed(f"Zuul's reporter failed:\n{done.stderr[-3000:]}")
    return str(json.loads(done.stdout))
