"""Labelled rows of an export, the quick way: for benchmarks of the jobs alone, without the pipeline around them."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any

WORD = re.compile(r"[^\W_]+|\S")  # runs of letters and digits, and every other sign alone, as BERT splits


def export_name(export: Path) -> str:
    """As tables and figures call it."""
    return export.name.removesuffix(".gz").removesuffix("-export.json")


def read_rows(export: Path) -> tuple[list[str], dict[str, list[dict[str, Any]]]]:
    """The label set, and rows by split ("train" where the export pins none), a row a record."""
    stored = export.read_bytes()
    content = json.loads(gzip.decompress(stored) if export.suffix == ".gz" else stored)
    rows: dict[str, list[dict[str, Any]]] = {"train": [], "test": []}
    for record in content["records"]:
        if "keyphrases" in record and (row := row_of(record, content["offsetUnit"]))["tokens"]:
            rows[record.get("split", "train")].append(row)
    return content["labels"], rows


def row_of(record: dict[str, Any], offset_unit: str) -> dict[str, Any]:
    text = record["text"]
    if offset_unit == "utf16":  # a place in it, as a place in the text
        units = text.encode("utf-16-le")
        place = {offset: len(units[: 2 * offset].decode("utf-16-le", "ignore")) for offset in spans_of(record)}
    else:
        place = {offset: offset for offset in spans_of(record)}
    spans: list[tuple[int, int, str]] = []
    for span in sorted(record["keyphrases"], key=lambda span: span["start"] - span["end"]):
        start, end = place[span["start"]], place[span["end"]]
        if all(end <= first or start >= last for first, last, _ in spans):
            spans.append((start, end, span["label"]))
    words, tags, before = [], [], None
    for match in WORD.finditer(text):
        inside = next((span for span in spans if match.start() < span[1] and match.end() > span[0]), None)
        words.append(match.group())
        tags.append("O" if inside is None else f"{'I' if inside is before else 'B'}-{inside[2]}")
        before = inside
    folded = " ".join(text.split()).lower()
    return {"document": hashlib.sha256(folded.encode()).hexdigest()[:16], "tokens": words, "tags": tags}


def spans_of(record: dict[str, Any]) -> set[int]:
    return {span[end] for span in record["keyphrases"] for end in ("start", "end")}
