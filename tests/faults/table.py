"""The fault table, whole: its first and its second half."""

from .rows import Row
from .rows_01_24 import FIRST
from .rows_25_47 import SECOND

ROWS: tuple[Row, ...] = FIRST + SECOND
