"""Whether a file is what its name says. Downloads of models go wrong in a few ways, each with its own remedy."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

from pbp_jobs.contract import JobError
from pbp_jobs.safetensors_header import read_header

if TYPE_CHECKING:
    from pathlib import Path

AGAIN = "download it again and compare its size with the one on the model's page"


def check_download(path: Path) -> None:
    """Errors: InvalidInput when a file cannot be read, is empty, a Git LFS pointer or a web page."""
    try:
        with path.open("rb") as file:
            beginning = file.read(256)
    except OSError as error:
        raise JobError("InvalidInput", f"{path}: expected a file that can be read ({error.strerror})") from None
    if not beginning:
        raise JobError("InvalidInput", f"{path} is empty: {AGAIN}")
    if beginning.startswith(b"version https://git-lfs."):
        raise JobError(
            "InvalidInput",
            f"{path} is a Git LFS pointer, not the file itself: install git-lfs and run `git lfs pull` in its"
            " repository, or download the file from the model's page",
        )
    if re.match(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|head)\b", beginning, re.IGNORECASE):
        raise JobError(
            "InvalidInput",
            f"{path} is a web page, not the file: use the page's download link (…/resolve/…, not …/blob/…),"
            " and log in first if the model asks for it",
        )


def damage_of(path: Path) -> str:
    """What is wrong with a file of weights that its own library refuses to open."""
    size = path.stat().st_size
    if path.suffix == ".safetensors":
        if (expected := safetensors_size(path)) is not None and size < expected:
            return f"{path} is cut off, {size:,} of {expected:,} bytes are there: {AGAIN}"
        return f"{path}: expected a whole safetensors file: {AGAIN}"
    with path.open("rb") as file:
        is_archive = file.read(2) == b"PK"
    if is_archive and not zipfile.is_zipfile(path):
        return f"{path} is cut off, its end is missing: {AGAIN}"
    return f"{path}: expected a file of tensors and nothing else, whole: {AGAIN}, or take model.safetensors instead"


def safetensors_size(path: Path) -> int | None:
    """Bytes that the file should have by its own header; None when there is no whole header."""
    with path.open("rb") as file:
        try:
            header, start = read_header(file)
            return start + max(int(entry["data_offsets"][1]) for name, entry in header.items() if name[:2] != "__")
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return None
