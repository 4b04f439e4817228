"""``replay --ask``: recorded events, and the logs that a CI still has of their builds."""

import json
from pathlib import Path

from click.testing import CliRunner

from gerritbot_er.cli import main
from gerritbot_er.sandbox.ci import SandboxCI

CONFIG = """\
gerrit: {{host: review.example.org, username: er, key: {folder}/key, known_hosts: {folder}/known_hosts}}
cis: [{{name: zuul, kind: zuul, account: zuul, log_store: logs, web: "{web}", tenant: {tenant}}}]
log_stores: {{logs: {{kind: local, workers: 1, allow_private: [127.0.0.0/8]}}}}
signatures: {{directories: [{folder}/signatures]}}
rules: [{{mode: "on"}}]
"""
CONSOLE = b"2026-11-21 09:00:00.000001 | node | begin\n2026-11-21 09:00:01.5 | node | cp: No space left on device\n"
PLACE = {"project": "acme/widgets", "branch": "main", "number": 11, "status": "NEW"}


def test_the_logs_of_recorded_builds_are_searched(tmp_path: Path) -> None:
    with SandboxCI() as ci:
        buildset = ci.add_buildset(11, 1, project="acme/widgets")
        build = ci.add_build(buildset, "unit", "FAILURE")
        ci.upload_logs(build.uuid, {"job-output.txt": CONSOLE})
        event = {
            "type": "comment-added",
            "change": PLACE,
            "patchSet": {"number": 1},
            "author": {"username": "zuul"},
            "comment": f"Patch Set 1: Verified-1\n\n{ci.comment(buildset)}",
            "eventCreatedOn": 1_795_254_900,
        }
        (tmp_path / "events.jsonl").write_text(json.dumps(event))
        (tmp_path / "signatures").mkdir()
        (tmp_path / "signatures" / "disk-full.yaml").write_text('query: message:"No space left on device"')
        for name in ("key", "known_hosts"):
            (tmp_path / name).touch(mode=0o600)
        config = tmp_path / "config.yaml"
        config.write_text(CONFIG.format(folder=tmp_path, web=ci.url, tenant=ci.tenant))

        command = ["replay", str(tmp_path / "events.jsonl"), "-c", str(config), "--ask", "--json"]
        shown = CliRunner().invoke(main, command)

        first, last = map(json.loads, shown.stdout.splitlines())
        assert (first["outcome"], first["bugs"], first["said"]) == ("explained", ["disk-full"], "comment")
        assert first["asked"] == {"facts": 1, "readiness": 1, "match": 1}
        text = first["posts"][0]["text"]
        assert f"    node | cp: No space left on device\n\n{ci.url}/t/example/build/{build.uuid}" in text
        assert last["summary"]["outcomes"] == {"explained": 1}
        assert last["summary"]["open"] == 0
