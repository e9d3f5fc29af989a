"""The header of a safetensors file, for what the safetensors library does not tell: where tensors lie."""

from __future__ import annotations

import json
import os
from typing import Any, BinaryIO

MOST_BYTES = 100_000_000  # the format's own limit


def read_header(file: BinaryIO, most_bytes: int = MOST_BYTES) -> tuple[dict[str, Any], int]:
    """The header, and where in the file the tensors begin, from which their offsets count.

    Errors: ValueError when the file does not begin with a whole header.
    """
    length = int.from_bytes(file.read(8), "little")
    if length > min(most_bytes, os.fstat(file.fileno()).st_size - 8):
        raise ValueError("expected a safetensors header")
    header = json.loads(file.read(length))
    if not isinstance(header, dict):
        raise ValueError("expected a safetensors header")
    return header, 8 + length
