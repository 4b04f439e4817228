"""The signatures in use, with their queries made ready to be asked about single documents."""

from collections.abc import Iterable

from gerritbot_er.model import Document, Signature

from .compound import Candidate, Chosen, decide
from .lucene import OPENDEV, AnalysedDocument, FieldPreset, Matcher, QueryError, compile_query, parse
from .parts import parts_of
from .sameness import same_of


class Library:
    """An unchanging set of signatures; queries are compiled when first used."""

    def __init__(self, signatures: Iterable[Signature], fields: FieldPreset = OPENDEV) -> None:
        self.signatures = tuple(sorted(signatures, key=lambda signature: signature.name))
        self.by_name = {signature.name: signature for signature in self.signatures}
        self._fields = fields
        self._matchers: dict[str, tuple[Matcher, ...]] = {}

    def get(self, name: str) -> Signature | None:
        """The signature of this name."""
        return self.by_name.get(name)

    def matches(self, signature: Signature, document: Document) -> bool:
        """Whether the signature finds the document, as if it were all that a build's logs hold."""
        parts = self.parts_matching(signature, document)
        if signature.compound is None or not parts:
            return bool(parts)
        file = str(document.get("filename", ""))
        same = same_of(signature)(document, file)
        lines = (Candidate(part, file, 1, None, "", same) for part in parts)
        return isinstance(decide(signature.compound, lines), Chosen)

    def parts_matching(self, signature: Signature, document: Document) -> tuple[int, ...]:
        """The numbers of the signature's parts whose queries find the document; none where one of them is refused."""
        matchers = self._matchers.get(signature.name)
        if matchers is None:
            try:
                matchers = tuple(compile_query(parse(part.query), self._fields) for part in parts_of(signature))
            except QueryError:
                matchers = ()
            self._matchers[signature.name] = matchers
        analysed = AnalysedDocument(document)
        return tuple(number for number, matcher in enumerate(matchers) if matcher.matches(analysed))
