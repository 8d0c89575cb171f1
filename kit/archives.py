"""What reading a zip or gzip archive raises when it is not right: its list, its content, its sums, its password, or a way of packing nobody knows."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from typing import Final

DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError,
)  # fmt: skip
"""The standard library names no common one: a bad deflate stream is `zlib.error`, a bad offset ValueError, an unknown method
NotImplementedError (a RuntimeError), a password RuntimeError."""
