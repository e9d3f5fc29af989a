"""The texts of an export, plain or gzipped, of either form: one object, or JSON Lines."""

from __future__ import annotations

import gzip
import json
from pathlib import Path


def texts_of(export: Path) -> list[str]:
    stored = export.read_bytes()
    text = (gzip.decompress(stored) if export.suffix == ".gz" else stored).decode()
    try:
        return [record["text"] for record in json.loads(text)["records"]]
    except (ValueError, KeyError):
        return [json.loads(line)["text"] for line in text.splitlines()[1:]]
