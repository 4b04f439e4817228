"""``replay --ask``: recorded events, and the logs that a CI still has of their builds."""

import json
from pathlib import Path

from click.testing import CliRunner

from gerritbot_er.cli import main
from gerritbot_er.sandbox.ci import Answer, Buildset, SandboxCI

CONFIG = """\
gerrit: {{host: review.example.org, username: er, key: {folder}/key, known_hosts: {folder}/known_hosts}}
cis: [{{name: zuul, kind: zuul, account: zuul, log_store: logs, web: "{web}", tenant: {tenant}}}]
log_stores: {{logs: {{kind: local, workers: 1, allow_private: [127.0.0.0/8]}}}}
signatures: {{directories: [{folder}/signatures]}}
rules: [{{mode: "on"}}]
"""
CONSOLE = b"2026-11-21 09:00:00.000001 | node | begin\n2026-11-21 09:00:01.5 | node | cp: No space left on device\n"
PLACE = {"project": "acme/widgets", "branch": "main", "number": 11, "status": "NEW"}


def replaying(folder: Path, ci: SandboxCI, buildset: Buildset) -> list[str]:
    """The command that replays the report of this buildset."""
    event = {
        "type": "comment-added",
        "change": PLACE,
        "patchSet": {"number": 1},
        "author": {"username": "zuul"},
        "comment": f"Patch Set 1: Verified-1\n\n{ci.comment(buildset)}",
        "eventCreatedOn": 1_795_254_900,
    }
    (folder / "events.jsonl").write_text(json.dumps(event))
    (folder / "signatures").mkdir()
    (folder / "signatures" / "disk-full.yaml").write_text('query: message:"No space left on device"')
    for name in ("key", "known_hosts"):
        (folder / name).touch(mode=0o600)
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(folder=folder, web=ci.url, tenant=ci.tenant))
    return ["replay", str(folder / "events.jsonl"), "-c", str(config), "--ask", "--json"]


def test_the_logs_of_recorded_builds_are_searched(tmp_path: Path) -> None:
    with SandboxCI() as ci:
        buildset = ci.add_buildset(11, 1, project="acme/widgets")
        build = ci.add_build(buildset, "unit", "FAILURE")
        ci.upload_logs(build.uuid, {"job-output.txt": CONSOLE})
        command = replaying(tmp_path, ci, buildset)

        shown = CliRunner().invoke(main, command)

        first, last = map(json.loads, shown.stdout.splitlines())
        assert (first["outcome"], first["bugs"], first["said"]) == ("explained", ["disk-full"], "comment")
        assert first["asked"] == {"facts": 1, "readiness": 1, "match": 1, "lines": 0}
        text = first["posts"][0]["text"]
        assert f"    node | cp: No space left on device\n\n{ci.url}/t/example/build/{build.uuid}" in text
        assert last["summary"]["outcomes"] == {"explained": 1}
        assert last["summary"]["open"] == 0


def test_the_lines_of_an_unexplained_build_are_asked_for_and_counted(tmp_path: Path) -> None:
    with SandboxCI() as ci:
        buildset = ci.add_buildset(11, 1, project="acme/widgets")
        build = ci.add_build(buildset, "unit", "FAILURE")
        ci.upload_logs(build.uuid, {"job-output.txt": CONSOLE.replace(b"cp: No space", b"ERROR: no room")})

        shown = CliRunner().invoke(main, replaying(tmp_path, ci, buildset))

    *_, decided, _ = map(json.loads, shown.stdout.splitlines())
    assert (decided["outcome"], decided["final"]) == ("unexplained", True)
    assert decided["asked"] == {"facts": 1, "readiness": 1, "match": 2, "lines": 2}


def test_a_server_that_is_down_is_asked_a_few_times_and_then_no_more(tmp_path: Path) -> None:
    with SandboxCI() as ci:
        buildset = ci.add_buildset(11, 1, project="acme/widgets")
        ci.add_build(buildset, "unit", "FAILURE")
        command = replaying(tmp_path, ci, buildset)
        ci.misbehave("*", Answer(503))

        shown = CliRunner().invoke(main, command)

        assert len(ci.requests()) == 10
        last = json.loads(shown.stdout.splitlines()[-1])["summary"]
        assert list(last["given_up"]) == ["CI zuul"]
        assert (last["open"], last["said"]) == (0, {"not everything could be searched": 1})
