"""How much the daemon has to do: calls by peer, and the files of a state folder."""

from pathlib import Path

from gerritbot_er.daemon.workload import by_peer, sizes


def test_lanes_are_told_by_peer_and_log_hosts_together() -> None:
    desk = {"store local logs.example.org": (2, 7), "store local other.example.org": (1, 0), "ci zuul": (1, 1)}
    loads = {"desk": desk, "poster": {"gerrit": (2, 3)}, "history": {"history": (1, 0)}, "sample": {"sample": (1, 0)}}
    loads |= {"trackers": {"bugs.launchpad.net": (1, 0), "api.github.com": (1, 2)}}
    assert by_peer(loads) == {
        "log store local": (3, 7),
        "CI zuul": (1, 1),
        "Gerrit's SSH": (2, 3),
        "Gerrit's history": (1, 0),
        "the sample's builds": (1, 0),
        "trackers": (2, 2),
    }


def test_the_state_s_files_are_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"x" * 10)
    (tmp_path / "state.db.step-1").write_bytes(b"x")
    (tmp_path / "sightings.db-wal").write_bytes(b"x" * 3)
    assert sizes(tmp_path) == {"state.db": 10, "sightings.db-wal": 3}
