"""Where a build's page lies: its identity as one part of a path, whatever is in it.  Pure."""

import base64
import binascii
import re

_PLAIN = re.compile(r"[0-9A-Za-z]{1,64}")
_ENCODED = "~"
"""Opens a part that is not the identity itself: URLs and job names hold slashes, on which paths are cut."""


def part_of(identity: str) -> str:
    """The part of a path for a build."""
    if _PLAIN.fullmatch(identity):
        return identity
    return _ENCODED + base64.urlsafe_b64encode(identity.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def identity_of(part: str) -> str | None:
    """The identity of the build at this part of a path; None where no build is."""
    if _PLAIN.fullmatch(part):
        return part
    if not part.startswith(_ENCODED):
        return None
    text = part.removeprefix(_ENCODED)
    try:
        padded = text + "=" * (-len(text) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
