"""Rows 25 to 47 of the fault table: signatures, texts of others, IRC, the process, the state."""

from .rows import Row
from .rows_25_36 import IRC, TEXTS
from .rows_37_47 import PROCESS, STATE

SECOND: tuple[Row, ...] = TEXTS + IRC + PROCESS + STATE
