"""Names and values that others chose, shown so that Markdown and its readers leave them alone; pure."""

import re

from gerritbot_er.cleaning import clean_line

LONGEST_NAME = 100
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+:/-]*(?:_+[A-Za-z0-9.+:/-]+)*")
_LINK = re.compile(r"://|^(?:www\.|mailto:)", re.IGNORECASE)


def literal(name: str) -> str:
    """As it is where that is plain, else as code; what could become a link is not plain."""
    name = clean_line(name, LONGEST_NAME)
    if _PLAIN.fullmatch(name) and not _LINK.search(name):
        return name
    return "`" + name.replace("`", "'") + "`"
