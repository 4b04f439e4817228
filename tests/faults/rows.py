"""One row of the fault table: a fault, the test that makes it happen, and the function that survives it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A fault and its treatment.

    ``test`` is a pytest node id from the root of the checkout.  ``treats`` is ``module:Class.method`` or
    ``module:function``.  ``careless`` is the Python source of a function of the same name and signature: what a program
    does that never thought of the fault.
    """

    number: int
    fault: str
    test: str
    treats: str
    careless: str
