"""What a signature says to one of its own examples, without any log store; pure."""

from gerritbot_er.model import Example, Signature

from .library import Library


def example_holds(signature: Signature, example: Example, library: Library) -> bool:
    """Whether the signature, one of the library's, matches the example's lines, as if they were a build's logs."""
    return any(library.matches(signature, document) for document in example)
