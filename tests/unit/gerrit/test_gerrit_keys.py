"""The key files: what is wrong with one, and what to do about it, stands in the error."""

import subprocess
from pathlib import Path

import paramiko
import pytest

from gerritbot_er.errors import Misconfigured
from gerritbot_er.gerrit.keys import check_host_key, known_keys, own_key, preferred_types

OFFERED = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")


def new_key(path: Path, *, passphrase: str = "", kind: str = "ed25519") -> paramiko.PKey:
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "test", "-f", str(path)]
    subprocess.run(command, check=True)
    return paramiko.PKey.from_path(path, passphrase.encode() or None)  # type: ignore[arg-type]


def host_line(name: str, key: paramiko.PKey) -> str:
    return f"{name} {key.get_name()} {key.get_base64()}\n"


def test_f06_a_missing_key(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with pytest.raises(Misconfigured) as caught:
        own_key(path)
    assert str(caught.value) == (
        f"{path}: there is no such file; make a key with: ssh-keygen -t ed25519 -N '' -f {path}"
    )


def test_f06_a_locked_key(tmp_path: Path) -> None:
    path = tmp_path / "key"
    new_key(path, passphrase="correct horse")  # noqa: S106 - a test's own
    with pytest.raises(Misconfigured) as caught:
        own_key(path)
    assert str(caught.value) == (
        f"{path}: the key is locked by a passphrase; take it off with: ssh-keygen -p -N '' -f {path}"
    )


def test_f06_no_private_key(tmp_path: Path) -> None:
    path = tmp_path / "key"
    new_key(path)
    for wrong in (b"", b"hello\n", path.with_suffix(".pub").read_bytes(), b"\xff" * 100, path.read_bytes()[:200]):
        path.write_bytes(wrong)
        with pytest.raises(Misconfigured) as caught:
            own_key(path)
        assert str(caught.value) == (
            f"{path}: this is no private SSH key (of type ed25519, ecdsa or rsa); name the private half, not the .pub"
        )


def test_f06_a_folder_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="the key can not be read"):
        own_key(tmp_path)


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_keys_of_all_usual_types_are_taken(tmp_path: Path, kind: str) -> None:
    made = new_key(tmp_path / "key", kind=kind)
    assert own_key(tmp_path / "key").asbytes() == made.asbytes()


def test_f07_a_known_host_key_is_found_under_its_port(tmp_path: Path) -> None:
    key, other = new_key(tmp_path / "a"), new_key(tmp_path / "b")
    hashed = paramiko.HostKeys.hash_host("[review.example.org]:29418")
    path = tmp_path / "known_hosts"
    path.write_text(
        "# comment\n\nshort line\n"
        + host_line("review.example.org", other)
        + host_line("other.example.org,[Review.example.org]:29418", key)
        + host_line(hashed, key)
        + "[review.example.org]:29418 sk-of-the-future AAAA\n"
        + "@cert-authority "
        + host_line("[review.example.org]:29418", other)
    )
    assert [known.line for known in known_keys(path, "review.example.org", 29418)] == [5, 6]
    assert [known.line for known in known_keys(path, "review.example.org", 22)] == [4]
    check_host_key(path, "review.example.org", 29418, known_keys(path, "review.example.org", 29418), key)


def test_f07_two_keys_of_a_type_are_both_trusted(tmp_path: Path) -> None:
    old, new = new_key(tmp_path / "a"), new_key(tmp_path / "b")
    path = tmp_path / "known_hosts"
    path.write_text(host_line("gerrit", old) + host_line("gerrit", new))
    known = known_keys(path, "gerrit", 22)
    assert [one.line for one in known] == [1, 2]
    for key in (old, new):
        check_host_key(path, "gerrit", 22, known, key)
    with pytest.raises(Misconfigured):
        check_host_key(path, "gerrit", 22, known, new_key(tmp_path / "c"))


def test_f07_an_unknown_host_key(tmp_path: Path) -> None:
    key = new_key(tmp_path / "a")
    path = tmp_path / "known_hosts"
    path.write_text("")
    with pytest.raises(Misconfigured) as caught:
        check_host_key(path, "gerrit", 29418, known_keys(path, "gerrit", 29418), key)
    assert str(caught.value) == (
        f"{path}: the host key of gerrit port 29418 is not known; it shows ssh-ed25519 {key.fingerprint}; compare that "
        f"with what its administrator says, then trust it with: ssh-keyscan -p 29418 gerrit >> {path}"
    )
    assert key.fingerprint.startswith("SHA256:")


def test_f07_a_changed_host_key(tmp_path: Path) -> None:
    old, new = new_key(tmp_path / "a"), new_key(tmp_path / "b")
    path = tmp_path / "known_hosts"
    path.write_text("#\n" + host_line("[gerrit]:29418", old))
    with pytest.raises(Misconfigured) as caught:
        check_host_key(path, "gerrit", 29418, known_keys(path, "gerrit", 29418), new)
    assert str(caught.value) == (
        f"{path}: the host key of gerrit port 29418 has changed: line 2 holds ssh-ed25519 {old.fingerprint}; it shows "
        f"ssh-ed25519 {new.fingerprint}; compare that with what its administrator says, then forget the old one with: "
        f"ssh-keygen -R '[gerrit]:29418' -f {path} and trust it with: ssh-keyscan -p 29418 gerrit >> {path}"
    )


def test_f07_a_revoked_host_key_is_refused_though_it_is_trusted_elsewhere(tmp_path: Path) -> None:
    key = new_key(tmp_path / "a")
    path = tmp_path / "known_hosts"
    path.write_text(host_line("gerrit", key) + "@revoked " + host_line("gerrit", key))
    with pytest.raises(Misconfigured, match="is revoked"):
        check_host_key(path, "gerrit", 22, known_keys(path, "gerrit", 22), key)


@pytest.mark.parametrize("broken", ["gerrit ssh-ed25519 AAA", "gerrit ssh-ed25519 AAAA", "|1|x|y ssh-ed25519 AAAA"])
def test_f07_a_broken_line_is_named(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(f"#\n{broken}\n")
    with pytest.raises(Misconfigured) as caught:
        known_keys(path, "gerrit", 22)
    assert str(caught.value) == f"{path}, line 2: this is no host key; delete the line or repair it"


def test_f07_a_missing_known_hosts_file(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    with pytest.raises(Misconfigured) as caught:
        known_keys(path, "gerrit", 29418)
    assert str(caught.value) == (f"{path}: there is no such file; trust it with: ssh-keyscan -p 29418 gerrit >> {path}")


def test_the_server_is_asked_for_the_key_that_is_known(tmp_path: Path) -> None:
    key = new_key(tmp_path / "a", kind="rsa")
    path = tmp_path / "known_hosts"
    path.write_text(host_line("gerrit", key))
    wanted = preferred_types(known_keys(path, "gerrit", 22), OFFERED)
    assert wanted == ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256")
    assert preferred_types((), OFFERED) == OFFERED
