"""The log files of the demo's story: a build that an image registry refused to serve, the same in every run."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

CAUSE = "toomanyrequests: You have reached your pull rate limit."
"""What the registry said; the line that a signature should find."""

_HOST = "ubuntu-noble"
_ATTEMPTS = 3
_IMAGE = "docker.io/library/postgres:16"
_START = datetime(2026, 11, 20, 9, 14, 3)  # noqa: DTZ001 - consoles have UTC without saying so
_REFUSAL = (
    f"Error response from daemon: {CAUSE} You may increase the limit by authenticating and upgrading: "
    "https://www.docker.com/increase-rate-limit"
)
_PACKAGES = (
    "attrs", "certifi", "click", "coverage", "greenlet", "httpx", "idna", "iniconfig", "itsdangerous", "jinja2",
    "jsonschema", "mako", "markupsafe", "packaging", "pluggy", "psycopg", "pygments", "pytest", "pyyaml", "referencing",
    "requests", "rpds-py", "sqlalchemy", "stevedore", "tomli", "typing-extensions", "urllib3", "werkzeug", "wheel",
)  # fmt: skip
_TESTS = (
    "api",
    "cache",
    "catalogue",
    "cli",
    "colours",
    "export",
    "index",
    "labels",
    "pages",
    "search",
    "sizes",
    "store",
)


def files() -> dict[str, bytes]:
    """Path → content of every file that the build leaves behind."""
    console = "".join(_console()).encode()
    inventory = (
        f"all:\n  hosts:\n    {_HOST}:\n      ansible_connection: ssh\n      nodepool:\n        label: {_HOST}\n"
    )
    play = {"play": {"name": "Run the unit tests"}, "tasks": [{"hosts": {_HOST: {"failed": True, "msg": _REFUSAL}}}]}
    versions = "".join(f"{name}=={number % 7 + 1}.{number % 5}.{number % 3}\n" for number, name in enumerate(_PACKAGES))
    return {
        "job-output.txt": console,
        "job-output.json": json.dumps([{"phase": "run", "playbook": "unit-tests.yaml", "plays": [play]}]).encode(),
        "zuul-info/inventory.yaml": inventory.encode(),
        f"{_HOST}/pip-freeze.txt": versions.encode(),
        f"{_HOST}/docker/daemon.log": "".join(_daemon_log()).encode(),
    }


def _console() -> Iterator[str]:
    """job-output.txt as Zuul's executor writes it: a stamp, the node where there is one, the text."""
    now = _START
    for step, (seconds, text) in enumerate(_steps()):
        now += timedelta(seconds=seconds, microseconds=137 * step % 9_973)
        yield f"{now:%Y-%m-%d %H:%M:%S.%f} | {text}\n"


def _steps() -> Iterator[tuple[float, str]]:
    """Seconds since the line before, and the text of each line."""
    for text in ("Job console starting", "Updating git repos", "Cloning repos into workspace", "Restoring repo states"):
        yield 0.3, text
    for text in ("Merging changes", "Checking out repos", "Preparing playbooks", "Running Ansible setup"):
        yield 1.4, text
    yield from _playbook(
        "PRE-RUN", "trusted : review.example.org/example/jobs/playbooks/base/pre.yaml@main", _prepare()
    )
    yield from _playbook(
        "RUN", "untrusted : review.example.org/example/widgets/playbooks/unit-tests.yaml@master", _test()
    )
    yield from _playbook(
        "POST-RUN", "trusted : review.example.org/example/jobs/playbooks/base/post.yaml@main", _collect()
    )


def _playbook(phase: str, name: str, lines: Iterator[tuple[float, str]]) -> Iterator[tuple[float, str]]:
    yield 0.4, f"{phase} START: [{name}]"
    yield from lines
    yield 0.3, f"{phase} END RESULT_NORMAL: [{name}]"


def _prepare() -> Iterator[tuple[float, str]]:
    yield from _task("PLAY [all]")
    yield from _task("TASK [Gathering Facts]", "ok")
    yield from _task("TASK [validate-host : Collect information about the host]", "changed")
    for number in range(1, 9):
        yield from _task(f"TASK [configure-mirrors : Use the mirror of this region ({number}/8)]", "changed")
    yield from _task("TASK [ensure-python : Install the packages of the job]", "changed")
    for number, name in enumerate(_PACKAGES):
        version = f"{number % 7 + 1}.{number % 5}.{number % 3}"
        yield 0.21, f"{_HOST} | Collecting {name}=={version}"
        yield (
            0.04,
            f"{_HOST} |   Downloading {name.replace('-', '_')}-{version}-py3-none-any.whl ({41 + 17 * number} kB)",
        )
    yield 0.9, f"{_HOST} | Installing collected packages: {', '.join(_PACKAGES)}"
    yield from _recap(failed=0)


def _test() -> Iterator[tuple[float, str]]:
    yield from _task("PLAY [all]")
    yield from _task("TASK [Run the tests that need no database]", "")
    for number, module in enumerate(_TESTS):
        for case in range(1, 7):
            yield 0.17, f"{_HOST} | tests/unit/test_{module}.py::test_{module}_{case} PASSED"
        yield 0.05, f"{_HOST} | {module}: 6 passed in {0.8 + number / 10:.2f}s"
    yield from _task("TASK [Start the database for the other tests]", "")
    for attempt in range(1, _ATTEMPTS + 1):
        yield 20.0 * attempt - 19.0, f"{_HOST} | Pulling {_IMAGE} (attempt {attempt} of {_ATTEMPTS})"
        yield 2.6, f"{_HOST} | {_REFUSAL}"
        if attempt < _ATTEMPTS:
            yield 0.1, f"{_HOST} | Waiting {20 * attempt} seconds before the next attempt"
    yield 0.1, f"{_HOST} | ERROR"
    result = {"cmd": ["docker", "pull", _IMAGE], "delta": "0:01:12.417", "msg": "non-zero return code", "rc": 1}
    for line in json.dumps(result, indent=2).splitlines():
        yield 0.0, f"{_HOST} | {line}"
    yield from _recap(failed=1)


def _collect() -> Iterator[tuple[float, str]]:
    yield from _task("PLAY [all]")
    for name in ("fetch-output : Copy the files of the job", "fetch-output : Pack what is large"):
        yield from _task(f"TASK [{name}]", "changed")
    yield from _task("TASK [Tell how full the disk is]", "")
    yield 0.4, f"{_HOST} | Filesystem      Size  Used Avail Use% Mounted on"
    yield 0.0, f"{_HOST} | /dev/vda1        78G   11G   67G  15% /"
    yield from _recap(failed=0)


def _task(title: str, outcome: str | None = None) -> Iterator[tuple[float, str]]:
    yield 0.1, ""
    yield 0.0, title
    if outcome:
        yield 1.2, f"{_HOST} | {outcome}"


def _recap(*, failed: int) -> Iterator[tuple[float, str]]:
    yield 0.1, ""
    yield 0.0, "PLAY RECAP"
    yield 0.0, f"{_HOST} | ok: 9 changed: 4 unreachable: 0 failed: {failed} skipped: 2 rescued: 0 ignored: 0"
    yield 0.0, ""


def _daemon_log() -> Iterator[str]:
    for number in range(40):
        stamp = f"{_START + timedelta(seconds=90 + 3 * number):%Y-%m-%dT%H:%M:%S}.000000000Z"
        yield f'time="{stamp}" level=info msg="Attempting next endpoint for pull" try={number}\n'
