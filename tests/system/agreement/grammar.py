"""Random queries and random documents of the same few words, so that hits are frequent; pure, the seed decides all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from gerritbot_er.model import Document
from gerritbot_er.signatures.lucene import FieldPreset

_WORDS = (
    *("foo", "Bar", "baz", "fob", "a", "b", "ab", "abcd", "error", "ERROR:", "[ERROR]", "foo.bar", "a.b.c", "foo_bar"),
    *("_", "--", "***", "x-y", "it's", "u'x'", "key:value", "/a/b", '"q"', "\\n", "1", "2.5", "503", "007", "1e3"),
    *("AND", "OR", "NOT", "TO", "and", "&&", "||", "!", "a+b", "-b", "a^2", "a~1", "{x}", "(y)", "?", "*", ">b"),
    *(
        "Ünï",
        "cafe\u0301",
        "STRASSE",
        "straße",
        "İx",
        "Σας",
        "\u017f",
        "中文",
        "ひら",
        "カタ",
        "한글",
        "ไทย",
        "שלום",
        "😀",
    ),
    *("👍🏻", "🇩🇪", "\u200b", "\u00a0", "\u3000", "ﬁn", "x\u00ady", "٣٤", "\U0001d400", "now"),
)
_NUMBERS = (0, 1, 2, 3, 503, -5, 135639, 2**40)
_DATES = ("2014-11-25T00:49:21.685+00:00", "2014-11-26T10:00:00Z", "2014-12-01", "2015", "2014-11-25T23:59:59.999Z")
_VALUES = (
    "console",
    "console.html",
    "screen-n-cpu.txt",
    "logs/screen-n-cpu.txt",
    "openstack/nova",
    "Foo Bar",
    "foo bar",
    "",
)

_TEXT_FIELDS = ("message", "tags", "filename", "zuul.host")
_NUMBER_FIELDS = ("build_change", "voting")

# Texts that say something to the parser; each may end up anywhere but within the name of a field.
_SIGNS: tuple[str, ...] = (*'()[]{}"/\\^~*?:+-!', "&&", "||")
_LETTERS_OF_NAMES = ("<", ">", "=", "&")


@dataclass(frozen=True, slots=True)
class Grammar:
    """Makes queries and documents for one preset of fields; the same ``random`` state makes the same."""

    random: Random
    fields: FieldPreset

    # -- documents

    def document(self) -> Document:
        """A log document: texts, arrays of texts, numbers, dates, an object; each field may be missing."""
        chance, choice = self.random.random, self.random.choice
        found: dict[str, object] = {}
        if chance() < 0.9:
            found["message"] = (
                self._text() if chance() < 0.9 else [self._text() for _ in range(self.random.randrange(4))]
            )
        if chance() < 0.7:
            found["tags"] = [choice(_VALUES + _WORDS) for _ in range(self.random.randrange(1, 4))]
        if chance() < 0.6:
            found["filename"] = (
                choice(_VALUES) if chance() < 0.7 else choice((None, [], "x" * 300, "é" * 256, "😀" * 129))
            )
        if chance() < 0.3:
            found["zuul"] = choice(({"host": choice(_WORDS)}, [{"host": choice(_VALUES)}, {"host": "b"}]))
        for field in _NUMBER_FIELDS:
            if chance() < 0.5:
                found[field] = choice((self._number(field), [self._number(field), self._number(field)]))
        if chance() < 0.5:
            found["@timestamp"] = choice(_DATES)
        return found

    def _number(self, field: str) -> int | str:
        """A number where the preset knows the field for one; elsewhere they are kept as texts."""
        number = self.random.choice(_NUMBERS)
        return number if field in self.fields.numbers else str(number)

    def _text(self) -> str:
        joints = (" ", " ", " ", " ", "", ".", "-", "\n", "  ")
        words = (self.random.choice(_WORDS) for _ in range(self.random.choice((0, 1, 2, 3, 5, 8, 12))))
        return "".join(word + self.random.choice(joints) for word in words)

    # -- queries

    def query(self) -> str:
        """A query, most of them well-formed."""
        text = self._group(depth=2)
        if "/" not in text and self.random.random() < 0.15:
            # Never in a field's name, nor beside a regular expression, which servers do not read for unknown fields.
            places = [0, len(text), *(at for at, each in enumerate(text) if each in ' ()"')]
            at = self.random.choice(places)
            text = text[:at] + self.random.choice(_SIGNS) + text[at:]
        return text

    def _group(self, depth: int) -> str:
        joints = (" ", " ", " AND ", " AND ", " OR ", " OR ", " && ", " || ", "  ", "\n", "\u3000")
        clauses = [self._clause(depth) for _ in range(self.random.choice((1, 1, 2, 2, 3, 4)))]
        return clauses[0] + "".join(self.random.choice(joints) + each for each in clauses[1:])

    def _clause(self, depth: int) -> str:
        sign = self.random.choice(("", "", "", "", "", "", "+", "-", "NOT ", "!", "- ", "NOT "))
        kinds: Sequence[Callable[[], str]] = (
            *(self._text_clause,) * 12,
            self._number_clause,
            self._date_clause,
            self._existing,
        )
        if depth and self.random.random() < 0.2:
            field = self.random.choice(("", "", "message:", "tags:"))
            body = f"{field}({self._group(depth - 1)}){self._boost()}"
        else:
            body = self.random.choice(kinds)()
        return sign + body

    def _text_clause(self) -> str:
        fields = ("", "", "", "message:", "tags:", "filename:", "zuul.host:", *self._exact_fields())
        kinds: Sequence[Callable[[], str]] = (
            *(self._word,) * 3,
            *(self._phrase,) * 4,
            self._wildcard,
            self._prefix,
            self._regexp,
            self._range,
            self._fuzzy,
            self._raw,
        )
        return self.random.choice(fields) + self.random.choice(kinds)() + self._boost()

    def _exact_fields(self) -> tuple[str, ...]:
        return tuple(f"{field}:" for field in ("tags.keyword", "filename.keyword") if self.fields.exact_suffix)

    def _boost(self) -> str:
        return self.random.choice(("",) * 12 + ("^2", "^0.5", "^0"))

    def _word(self) -> str:
        return escaped(self.random.choice(_WORDS + _VALUES) or "x")

    def _raw(self) -> str:
        return self.random.choice(
            (*_WORDS, *_SIGNS, *_LETTERS_OF_NAMES, "\\u0041", "\\u00e9", "a\\ b", "*", "a/b/c", "a\\", "x:y:z", '""')
        )

    def _phrase(self) -> str:
        words = [self.random.choice(_WORDS + _VALUES) for _ in range(self.random.choice((0, 1, 2, 2, 3, 4)))]
        inside = " ".join(words).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{inside}"' + self.random.choice(
            ("",) * 8 + ("~", "~0", "~1", "~2", "~3", "~10", "~100", "~1.9", "~2^3")
        )

    def _wildcard(self) -> str:
        letters = list(self.random.choice(_WORDS + _VALUES))
        for _ in range(self.random.choice((1, 1, 2, 3))):
            at = self.random.randrange(len(letters) + 1)
            letters[at : at + self.random.choice((0, 1, 2))] = self.random.choice(("\0*", "\0?", "\0*"))
        return _patterned("".join(letters))

    def _prefix(self) -> str:
        word = self.random.choice(_WORDS + _VALUES) or "x"
        return escaped(word[: self.random.randrange(1, len(word) + 1)]) + "*"

    def _fuzzy(self) -> str:
        word = list(self.random.choice(_WORDS) + "x")
        word[self.random.randrange(len(word))] = self.random.choice(("o", "b", "é", ""))
        return escaped("".join(word) or "ab") + self.random.choice(("~", "~", "~0", "~1", "~2", "~3", "~0.5", "~AUTO"))

    def _regexp(self) -> str:
        return f"/{self._expression(2)}/"

    def _expression(self, depth: int) -> str:
        parts = [self._unit(depth) for _ in range(self.random.choice((1, 2, 2, 3, 4)))]
        return "".join(part + self.random.choice(("",) * 6 + ("*", "+", "?", "{2}", "{1,2}", "{0,}")) for part in parts)

    def _unit(self, depth: int) -> str:
        if depth and self.random.random() < 0.25:
            return f"({self._expression(depth - 1)}|{self._expression(depth - 1)})"
        units = (
            "f",
            "o",
            "b",
            "a",
            "fo+",
            "ba[rz]",
            "[a-f]",
            "[^a]",
            ".",
            ".*",
            "@",
            "#",
            '"foo"',
            "\\.",
            "\\-",
            "é",
            "中",
        )
        rare = (
            "~a",
            "a&b",
            "<1-9>",
            "\\d",
            "\\w",
            "[\\s]",
            "[]a]",
            "{",
            "[",
            '"',
            "()",
            "|",
            "B",
            "A",
            "\\/",
            "^",
            "$",
            "😀",
        )
        return self.random.choice(units * 3 + rare)

    def _range(self) -> str:
        low, high = (
            self.random.choice(
                ("*", "*", "a", "b", "foo", "Foo", "1", "503", "é", "中", '"a b"', "\\*", '"*"', "z", "TO", "-")
            )
            for _ in range(2)
        )
        if self.random.random() < 0.2:
            return self.random.choice((">", ">=", "<", "<=")) + low
        return f"{self.random.choice('[{')}{low} TO {high}{self.random.choice(']}')}"

    def _number_clause(self) -> str:
        def bound() -> str:
            return str(self.random.choice((*_NUMBERS, 2.5, -0.5, "1.0", "5e2", "*")))

        exact = escaped(bound().replace("*", "1"))
        between = f"{self.random.choice('[{')}{bound()} TO {bound()}{self.random.choice(']}')}"
        compared = self.random.choice((">", ">=", "<", "<=")) + bound()
        either = f"({exact} {exact})"
        value = self.random.choice((exact, between, compared, either, "*"))
        return f"{self.random.choice(_NUMBER_FIELDS)}:{value}"

    def _date_clause(self) -> str:
        dates = (
            *_DATES,
            "2014-11",
            "2014-11-25",
            "2014-11-25T00:49",
            "2014-11-26T12:00:00+02:00",
            "1416996000000",
            "*",
        )

        def bound() -> str:
            return f'"{found}"' if (found := self.random.choice(dates)) != "*" else found

        between = f"{self.random.choice('[{')}{bound()} TO {bound()}{self.random.choice(']}')}"
        compared = self.random.choice((">", ">=", "<", "<=")) + escaped(self.random.choice(dates[:-1]))
        return f"@timestamp:{self.random.choice((bound(), between, between, compared))}"

    def _existing(self) -> str:
        names = ("message", "tags", "filename", "zuul", "zuul.host", "build_change", "@timestamp", "nothing")
        field = self.random.choice((*names, "tags.keyword", "filename.keyword"))
        return self.random.choice((f"_exists_:{field}", f"{field}:*", f'_exists_:"{field}"', "*:*", "*", "nothing:foo"))


def escaped(text: str) -> str:
    """A word as it is written outside of quotes."""
    return "".join(f"\\{each}" if each in '+-!(){}[]^"~*?:\\/&| \u3000\n\t\r' else each for each in text)


def _patterned(text: str) -> str:
    """The same where ``*`` and ``?`` behind a NUL are meant as patterns."""
    return "".join(
        piece[:1] + escaped(piece[1:]) if index else escaped(piece) for index, piece in enumerate(text.split("\0"))
    )
