"""Puts other queries into the text of a signature file, and leaves all else in it as it stands; pure."""

import re
from collections.abc import Mapping, Sequence

import yaml

from gerritbot_er.typed_yaml import YamlDocument

_WIDTH = 100
_KEY = re.compile(r"""^(?:query|"query"|'query')[ \t]*:""", re.MULTILINE)
_WORD = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^ "])+')


def with_queries(document: YamlDocument, queries: Sequence[str], lines: int) -> str | None:
    """The file's text with its ``query`` replaced: by one, or by several of lines so near in one file.

    None where the key does not begin a line of the file.
    """
    node = document.texts.get(("query",))
    keys = list(_KEY.finditer(document.text, 0, node.start_mark.index)) if node else []
    if node is None or not keys:
        return None
    start = keys[-1].start()
    rest = document.text[node.end_mark.index :]
    return document.text[:start] + _written(queries, lines) + rest.removeprefix("\n")


def entry_of(queries: Sequence[str], lines: int) -> Mapping[str, object]:
    """The keys that stand for ``query``, as data."""
    if len(queries) == 1:
        return {"query": queries[0]}
    return {"all_of": list(queries), "same": "file", "within": f"{lines} lines"}


def _written(queries: Sequence[str], lines: int) -> str:
    if len(queries) == 1:
        return f"query: {_text(queries[0], 2)}"
    items = "".join(f"  - {_text(query, 4)}" for query in queries)
    return f"all_of:\n{items}same: file\nwithin: {lines} lines\n"


def _text(query: str, indent: int) -> str:
    """A folded block, broken outside of quotes alone; quoted where a block cannot hold a character."""
    words = _WORD.findall(query)
    if " ".join(words) != query or not query.isprintable():
        return yaml.safe_dump(query, default_style='"', width=10**9, allow_unicode=True)
    written = ""
    line = " " * indent + words[0]
    for word in words[1:]:
        if len(line) + 1 + len(word) > _WIDTH:
            written += f"{line}\n"
            line = " " * indent + word
        else:
            line += f" {word}"
    return f">-\n{written}{line}\n"
