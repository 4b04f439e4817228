"""Documents made from a query's own terms: what must match, near misses clause by clause, and other spellings; pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gerritbot_er.model import Document
from gerritbot_er.signatures.lucene import FieldPreset, Query
from gerritbot_er.signatures.lucene.fields import FieldKind
from gerritbot_er.signatures.lucene.syntax import (
    DEFAULT_FIELD,
    Clause,
    Fuzzy,
    Group,
    Modifier,
    Part,
    Phrase,
    Prefix,
    Range,
    Regexp,
    Term,
    Wildcard,
    Words,
)

Path = tuple[int, ...]
"""Which clause of which group: the indices from the query's root down."""
Change = Callable[[str], str | tuple[str, str] | None]
"""A clause's text as it stands in the document instead: in two values of the field, or not at all."""


@dataclass(frozen=True, slots=True)
class Made:
    """A document and what was done to make it."""

    kind: str
    document: Document


@dataclass(frozen=True, slots=True)
class _Piece:
    field: str
    text: str


def made_documents(query: Query, fields: FieldPreset) -> Iterator[Made]:
    """All documents of one query: ``whole`` first, in which every clause that must hold does."""
    if query.root is None:
        return
    whole = list(_pieces(query.root, (), None, _same))
    yield Made("whole", _document(whole, fields))
    yield Made("other order", _document(whole[::-1], fields))
    for name, spell in _SPELLINGS.items():
        yield Made(name, _document([_Piece(each.field, spell(each.text)) for each in whole], fields))
    for name, spell in _SPELLINGS.items():
        spelt = [_Piece(each.field, spell(each.text)) if each.field == DEFAULT_FIELD else each for each in whole]
        yield Made(f"{name} in the message alone", _document(spelt, fields))
    for path in _leaves(query.root, ()):
        for name, change in _CHANGES.items():
            yield Made(name, _document(list(_pieces(query.root, (), path, change)), fields))


def _leaves(group: Group, path: Path) -> Iterator[Path]:
    for index, clause in enumerate(group.clauses):
        here = (*path, index)
        if isinstance(clause.part, Group):
            yield from _leaves(clause.part, here)
        else:
            yield here


def _pieces(part: Part, path: Path, focus: Path | None, change: Change) -> Iterator[_Piece]:
    """What a document needs to be hit; the clause at ``focus`` is among it in any case, as ``change`` leaves it."""
    if isinstance(part, Group):
        for index in _chosen(part.clauses, focus[len(path)] if focus and focus[: len(path)] == path else None):
            yield from _pieces(part.clauses[index].part, (*path, index), focus, change)
        return
    field, text = _sample(part)
    if path != focus:
        yield _Piece(field, text)
        return
    changed = change(text)
    for each in (changed,) if isinstance(changed, str) else changed or ():
        yield _Piece(field, each)


def _chosen(clauses: tuple[Clause, ...], focused: int | None) -> list[int]:
    """The clauses that must hold, else the first of the optional ones; and the focused one."""
    optional = [index for index, clause in enumerate(clauses) if clause.modifier is Modifier.NONE]
    required = [
        index
        for index, clause in enumerate(clauses)
        if clause.modifier is Modifier.REQUIRED
        or (index in optional and (clause.joined or any(after.joined for after in clauses[index + 1 : index + 2])))
    ]
    if focused is None:
        return required or optional[:1]
    return sorted({*required, focused})


def _sample(part: Term | Words | Phrase | Prefix | Wildcard | Regexp | Fuzzy | Range) -> tuple[str, str]:
    """A field and a text there that this clause hits."""
    match part:
        case Term(field="_exists_") | Words(field="_exists_") | Phrase(field="_exists_"):
            return part.text, "anything"
        case Term() | Words() | Phrase() | Fuzzy():
            return part.field, part.text
        case Prefix():
            return part.field, f"{part.text}more"
        case Wildcard():
            return part.field, re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)[*?]", "x", part.pattern))
        case Regexp():
            return part.field, part.pattern
        case Range():
            return part.field, part.low or part.high or "anything"


# -- how a document says it


def _document(pieces: list[_Piece], fields: FieldPreset) -> Document:
    texts: dict[str, list[str]] = {}
    for piece in pieces:
        texts.setdefault(fields.source(piece.field), []).append(piece.text)
    return {field: _value(field, each, fields) for field, each in texts.items()}


def _value(field: str, texts: list[str], fields: FieldPreset) -> object:
    kind = fields.kind(field)
    if kind is FieldKind.NUMBER:
        return [int(text) for text in texts if re.fullmatch("[0-9]{1,9}", text)]
    if kind is FieldKind.DATE:
        return [text for text in texts if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text)]
    if field == DEFAULT_FIELD:
        return f"10:00:01.5 | {' | '.join(texts)} | the end"
    return texts[0] if len(texts) == 1 else texts


# -- what is done to one clause's text: each of these may make the document a miss


def _same(text: str) -> str:
    return text


def _missing(_text: str) -> None:
    return None


def _other_end(text: str) -> str:
    return re.sub(r"\w(?=\W*$)", lambda found: "x" if found[0] != "x" else "y", text)


def _other_beginning(text: str) -> str:
    return re.sub(r"\w", lambda found: "x" if found[0] != "x" else "y", text, count=1)


def _longer(text: str) -> str:
    return f"a{text}z"


def _word_between(text: str) -> str:
    words = text.split(" ")
    middle = (len(words) + 1) // 2
    return " ".join([*words[:middle], "between", *words[middle:]])


def _words_turned(text: str) -> str:
    return " ".join(reversed(text.split(" ")))


def _word_left_out(text: str) -> str:
    words = text.split(" ")
    return " ".join([*words[: len(words) // 2], *words[len(words) // 2 + 1 :]])


def _in_two_values(text: str) -> tuple[str, str]:
    return text[: len(text) // 2], text[len(text) // 2 :]


_CHANGES: Mapping[str, Change] = {
    "by this clause": _same,
    "clause missing": _missing,
    "last character changed": _other_end,
    "first character changed": _other_beginning,
    "longer words": _longer,
    "a word between": _word_between,
    "words turned around": _words_turned,
    "a word left out": _word_left_out,
    "in two values": _in_two_values,
}


# -- the same said in another way: the analyzer decides whether it is still the same


def _strange_letters(text: str) -> str:
    """Letters whose lower case is ASCII, and look-alikes whose lower case is not."""
    return text.translate(str.maketrans("kKsiA", "\u212a\u212a\u017f\u0130\uff21"))


_SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "upper case": str.upper,
    "lower case": str.lower,
    "other case": str.swapcase,
    "no punctuation": lambda text: re.sub(r"[^\w\s]", " ", text),
    "punctuation gone": lambda text: re.sub(r"[^\w\s]", "", text),
    "dashes for blanks": lambda text: text.replace(" ", "-"),
    "dots for blanks": lambda text: text.replace(" ", "."),
    "underscores for blanks": lambda text: text.replace(" ", "_"),
    "underscores apart": lambda text: text.replace("_", " "),
    "blanks gone": lambda text: text.replace(" ", ""),
    "words quoted": lambda text: re.sub(r"\w+", r"'\g<0>'", text),
    "words in brackets": lambda text: re.sub(r"\S+", r"[\g<0>]", text),
    "a comma after each word": lambda text: re.sub(r"(\w)(?=\s|$)", r"\1,", text),
    "other blanks": lambda text: text.replace(" ", "\u00a0\t\u3000"),
    "lines": lambda text: text.replace(" ", "\r\n"),
    "strange letters": _strange_letters,
    "combining marks": lambda text: re.sub(r"(\w)\b", "\\1\u0301", text),
    "soft hyphens": lambda text: re.sub(r"(\w)(\w)", "\\1\u00ad\\2", text),
    "zero width blanks": lambda text: re.sub(r"(\w)(\w)", "\\1\u200b\\2", text),
    "emoji between": lambda text: text.replace(" ", " \U0001f600 "),
}
