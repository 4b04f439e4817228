r"""Who is in a group of Gerrit's, asked with ``gerrit ls-members`` over SSH.

Facts about the peer (Gerrit 3.10.2): the exit status is 0 whatever comes; a group that is not there, or is no group of
Gerrit's own ("Registered Users", one of LDAP's), is a line without a header; of a group whose members our account does
not see, the header comes alone, or with our own account; with ``--recursive``, groups in it that our account does not
see are left out; a tab in a name is written as ``\t``, a username that is missing as ``n/a``.
"""

from gerritbot_er.cleaning import clean_line, clean_name
from gerritbot_er.errors import Misconfigured, Transient

from .ssh import Connection

_HEADER = ["id", "username"]
_NO_USERNAME = "n/a"
_SECONDS = 30.0


class GerritGroups:
    """``ports.Groups`` over SSH."""

    def __init__(self, connection: Connection, username: str) -> None:
        """``username`` is our own account."""
        self._connection = connection
        self._username = username

    def members(self, name: str) -> frozenset[str]:
        """See the port; the settings let no name break out of the quotes."""
        answer = self._connection.run(f"gerrit ls-members --recursive '{name}'", timeout=_SECONDS)
        if answer.status != 0:
            raise Transient(f"Gerrit does not tell who is in the group {name}: {answer.complaint}")
        members = read_members(answer.stdout, name)
        if not members - {self._username}:
            raise Misconfigured(
                f"our account sees nobody in the group {name}: in Gerrit, make the group visible to all registered "
                "users, or make our account one of its owners"
            )
        return members


def read_members(answer: bytes, name: str) -> frozenset[str]:
    """The usernames of an answer.  Raises Misconfigured where it tells of no such group, Transient where of nothing."""
    header, *rows = answer.decode("utf-8", "replace").split("\n")
    if header.split("\t")[:2] == _HEADER:
        usernames = (row.split("\t")[1] for row in rows if "\t" in row)
        return frozenset(clean_name(username) for username in usernames if username not in ("", _NO_USERNAME))
    if header.startswith("Group not found"):
        raise Misconfigured(
            f"Gerrit knows no group {name} that our account sees: write its name as Gerrit shows it, capitals too, "
            "and see that the group is visible to all registered users"
        )
    raise Transient(f"Gerrit's answer about the group {name} can not be read: {clean_line(header, 200)}")
