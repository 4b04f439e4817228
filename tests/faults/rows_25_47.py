"""Rows 25 to 47 of the fault table: signatures, texts of others, IRC, the process, the state."""

from .rows import Row

SECOND: tuple[Row, ...] = ()
