"""Words, quotes, patterns and escapes that mean something else to Lucene than to people: rules of lint; pure."""

import re
from collections.abc import Iterator

from gerritbot_er.signatures.clauses import Condition
from gerritbot_er.signatures.lucene.analysis import tokens
from gerritbot_er.signatures.lucene.plan import Combined, Fitting, Tokens
from gerritbot_er.signatures.lucene.syntax import DEFAULT_FIELD, Phrase, Prefix, Regexp, Term, Wildcard, Words

from .remarks import Level, Remark

TRACEBACK = ("traceback", "most", "recent", "call", "last")
"""The words of the line that every traceback of Python begins with."""

_OPERATORS = frozenset({"and", "or", "not"})
_PUT_FOR = {"n": "a newline", "t": "a tab", "r": "a carriage return", "d": "a digit", "s": "a blank", "w": "a letter"}
_ESCAPED_LETTER = re.compile(r"(?<!\\)(?:\\\\)*(?P<escape>\\(?P<letter>[a-tv-zA-Z]))")
_STAR = re.compile(r"(?<![\w*])\w[\w.]*\*(?![\w*])|(?<![\w*])\*\w[\w.]*(?![\w*])|\w\*\w")
_NO_TOKEN = re.compile(r"""[\s\-/\\()\[\]{}<>|=+&%$#@!~^"`]""")
_LITERALS = re.compile(r"(?:\\(?P<escaped>.)|(?P<plain>[^*?\\]))", re.DOTALL)
_MOST_SHOWN = 4
_LONGEST_VALUE = 200
_VALUE = re.compile(r'[^\s()"]*')
_OTHER = r"'\u2018-\u201e"
"""Single quotes, and those that word processors put: none of them means anything to Lucene."""
_OTHER_QUOTES = re.compile(
    rf'(?<![^\s(])(?:(?P<field>[\w.@-]+):)?[{_OTHER}](?P<text>[^{_OTHER}"()]{{3,200}})[{_OTHER}](?![^\s)])'
)
_MESSAGE_BEFORE = re.compile(rf'(?<![^\s(]){DEFAULT_FIELD}:(?P<value>[^\s:()"]+)\s+\Z')
_WORD_BEFORE = re.compile(r'(?:(?P<field>[\w.@-]+):)?(?P<value>[^\s:()"]+)\Z')


def quoted(field: str, text: str) -> str:
    """A clause that looks for a text as a phrase."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if field == "" else f'{field}:"{escaped}"'


def bare_value(query: str, slash: int) -> tuple[int, int, str] | None:
    """The place of the unquoted value that a slash stands in, with its field, and the same quoted."""
    start = max(0, slash - _LONGEST_VALUE)
    before = _WORD_BEFORE.search(query[start:slash])
    after = _VALUE.match(query, slash)
    if before is None or after is None:
        return None
    return start + before.start(), after.end(), quoted(before["field"] or "", before["value"] + after[0])


def words(query: str, leaf: Condition) -> Iterator[Remark]:
    """What is wrong with one clause, wherever the field is indexed as words or as whole values."""
    part = leaf.part
    if leaf.vanishes:
        said = f"{leaf.text} holds no letter or digit: it is left out of the search; write words, or take it out"
        yield _on(leaf, Level.WARNING, "no-word", said)
    elif isinstance(part, Term | Words):
        yield from _unquoted(query, leaf, part)
    elif isinstance(part, Phrase):
        yield from _phrase(leaf, part)
    elif isinstance(part, Wildcard | Prefix | Regexp):
        yield from _pattern(query, leaf, part)
    if isinstance(part, Term | Words | Phrase):
        yield from _escapes(query, leaf)


def _on(leaf: Condition, level: Level, rule: str, message: str, mended: str | None = None) -> Remark:
    return Remark(level, rule, message, leaf.start, leaf.end, mended)


def _unquoted(query: str, leaf: Condition, part: Term | Words) -> Iterator[Remark]:
    other = _other_quotes(query, leaf)
    if other:
        if other.start() == leaf.start:
            said = 'these quotes make no phrase, each word is looked for alone; write "'
            mended = quoted(other["field"] or "", " ".join(other["text"].split()))
            yield Remark(Level.WARNING, "unquoted", said, other.start(), other.end(), mended)
        return
    small = [word for word in part.text.split(" ") if word in _OPERATORS]
    if small and part.field == DEFAULT_FIELD and leaf.start == part.at:
        mended = " ".join(word.upper() if word in _OPERATORS else word for word in leaf.text.split(" "))
        said = f'"{small[0]}" in small letters is a word to look for, any line with it is matched; write it in capitals'
        yield _on(leaf, Level.WARNING, "small-operator", said, mended)
        return
    found = tokens(part.text) if isinstance(leaf.plan, Tokens | Combined) else []
    if len(found) > 1:
        shown = ", ".join(found[:_MOST_SHOWN]) + (" …" if len(found) > _MOST_SHOWN else "")
        before = _MESSAGE_BEFORE.search(query, max(0, leaf.start - _LONGEST_VALUE), leaf.start)
        if before and leaf.start == part.at:
            said = f"without quotes any one of these words is enough ({before['value']}, {shown}); put them in quotes"
            mended = quoted(DEFAULT_FIELD, f"{before['value']} {part.text}")
            yield Remark(Level.WARNING, "unquoted", said, before.start(), leaf.end, mended)
            return
        field = "" if leaf.start == part.at else part.field
        said = f"without quotes any one of its words is enough ({shown}); put it in quotes"
        yield _on(leaf, Level.WARNING, "unquoted", said, quoted(field, part.text))


def _other_quotes(query: str, leaf: Condition) -> re.Match[str] | None:
    """The words in quotes of another kind that the clause is among."""
    nearby = _OTHER_QUOTES.finditer(query, max(0, leaf.start - 2 * _LONGEST_VALUE), leaf.end + 2 * _LONGEST_VALUE)
    here = (found for found in nearby if found.start() <= leaf.start < found.end())
    return next((found for found in here if len(found["text"].split()) > 1), None)


def _phrase(leaf: Condition, part: Phrase) -> Iterator[Remark]:
    if _STAR.search(part.text):
        said = "within quotes * is no pattern but left out of the search; write the words alone, or several clauses"
        yield _on(leaf, Level.WARNING, "pattern-in-quotes", said)


def _escapes(query: str, leaf: Condition) -> Iterator[Remark]:
    found = _ESCAPED_LETTER.search(query, leaf.start, leaf.end)
    if found is None:
        return
    letter, start = found["letter"], found.start("escape")
    around = re.compile(r"\w+").match(query, start + 1)
    what = f', so that "{around[0]}" is looked for' if around and len(around[0]) > 1 else ""
    meant = f", not {_PUT_FOR[letter]}" if letter in _PUT_FOR else ""
    said = f"\\{letter} is the letter {letter} to Lucene{meant}{what}; take it out"
    yield Remark(Level.WARNING, "escaped-letter", said, start, start + 2, "")


def _pattern(query: str, leaf: Condition, part: Wildcard | Prefix | Regexp) -> Iterator[Remark]:
    if isinstance(part, Regexp):
        yield from _regexp(query, leaf, part)
        return
    text = part.text if isinstance(part, Prefix) else part.pattern
    literal = text if isinstance(part, Prefix) else _literal(text)
    if not isinstance(leaf.plan, Fitting) or not leaf.plan.analysed:
        return
    bad = _NO_TOKEN.search(literal)
    if bad:
        said = (
            f'a pattern is compared with single words here, and no word has "{bad[0]}" in it: nothing is matched; '
            "compare it with the whole value"
        )
        yield _on(leaf, Level.ERROR, "pattern-over-words", said, _over_words(part, leaf))


def _literal(pattern: str) -> str:
    return "".join(found["escaped"] or found["plain"] for found in _LITERALS.finditer(pattern))


def _over_words(part: Wildcard | Prefix, leaf: Condition) -> str | None:
    """The same as a phrase, where the pattern only leaves the beginning or the end of a value open, else exactly."""
    if part.field == "filename" and isinstance(part, Wildcard):
        name = re.sub(r"^(?:logs)?[*/]+", "", part.pattern)
        return quoted(part.field, name) if name and not re.search(r"[*?\\]", name) else None
    if part.field == DEFAULT_FIELD:
        inner = part.text if isinstance(part, Prefix) else part.pattern.strip("*")
        return None if re.search(r"[*?\\]", inner) else quoted("message", inner.strip())
    value = leaf.text.partition(":")[2]
    return f"{part.field}.keyword:{value}"


def _regexp(query: str, leaf: Condition, part: Regexp) -> Iterator[Remark]:
    glued = part.at > 0 and query[part.at - 1] not in ' \t\n:(+-!"'
    value = bare_value(query, part.at) if glued else None
    if value:
        start, end, mended = value
        said = (
            "this slash opens a regular expression that reaches up to the next slash, over all between them; quote "
            "the value"
        )
        yield Remark(Level.ERROR, "slash", said, start, end, mended)
        return
    if not isinstance(leaf.plan, Fitting) or not leaf.plan.analysed:
        return
    plain = re.sub(r"\\.", "", part.pattern)
    if re.search("[A-Z]", plain):
        said = "words are in small letters and this expression is not: nothing is matched; write it in small letters"
        mended = re.sub(r"\\.|[^\\]", lambda found: found[0].lower(), leaf.text[leaf.text.index("/") :])
        opening = leaf.text[: leaf.text.index("/")]
        yield _on(leaf, Level.ERROR, "capitals-in-regexp", said, opening + mended)
    elif " " in plain:
        said = (
            "an expression is compared with single words here, and no word has a blank in it: nothing is matched; "
            "look for a phrase"
        )
        yield _on(leaf, Level.ERROR, "pattern-over-words", said)
