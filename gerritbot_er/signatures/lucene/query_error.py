"""The one error of this room: what is wrong with a query, where, and how to write it instead."""

from gerritbot_er.errors import GerritbotError


class QueryError(GerritbotError):
    """A query that Lucene refuses, or that asks for something not supported here.

    ``offset`` counts characters from 0, ``line`` and ``column`` from 1; ``message`` says what is wrong and the remedy.
    """

    def __init__(self, message: str, query: str, offset: int) -> None:
        before = query[:offset]
        self.message = message
        self.offset = offset
        self.line = before.count("\n") + 1
        self.column = offset - (before.rfind("\n") + 1) + 1
        super().__init__(f"line {self.line}, column {self.column}: {message}")
