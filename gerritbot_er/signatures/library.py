"""The signatures in use, with their queries made ready to be asked about single documents."""

from collections.abc import Iterable

from gerritbot_er.model import Document, Signature

from .lucene import OPENDEV, FieldPreset, Matcher, QueryError, compile_query, parse


class Library:
    """An unchanging set of signatures; queries are compiled when first used."""

    def __init__(self, signatures: Iterable[Signature], fields: FieldPreset = OPENDEV) -> None:
        self.signatures = tuple(sorted(signatures, key=lambda signature: signature.name))
        self.by_name = {signature.name: signature for signature in self.signatures}
        self._fields = fields
        self._matchers: dict[str, Matcher | None] = {}

    def get(self, name: str) -> Signature | None:
        """The signature of this name."""
        return self.by_name.get(name)

    def matches(self, signature: Signature, document: Document) -> bool:
        """Whether the signature's query finds the document; one whose query is refused finds nothing.

        No single document is all that a compound signature asks for.
        """
        if signature.query is None:
            return False
        if signature.name not in self._matchers:
            try:
                self._matchers[signature.name] = compile_query(parse(signature.query), self._fields)
            except QueryError:
                self._matchers[signature.name] = None
        matcher = self._matchers[signature.name]
        return matcher is not None and matcher.matches(document)
