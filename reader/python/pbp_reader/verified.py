"""Which files of which version this machine has read and found to be those promoted, kept on its own disk."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path


class Verified:
    """With it a process that starts again only compares sizes and times: the rest of a bundle that was whole last time.

    Without it, every process hashes what it reads (a second for a gigabyte). `folder` must be the application's own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def knows(self, version: str, name: str, status: os.stat_result) -> bool:
        return self._entries(version).get(name) == [status.st_size, status.st_mtime_ns]

    def remember(self, version: str, name: str, status: os.stat_result) -> None:
        """Two processes at once: one entry may be lost, and is hashed again the next time."""
        entries = {**self._entries(version), name: [status.st_size, status.st_mtime_ns]}
        # Where it cannot be written, everything is hashed: slower, but no reason to be without a model.
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder) as drafts:
                draft = Path(drafts) / "entries.json"
                draft.write_text(json.dumps(entries), "utf-8")
                draft.replace(self.folder / f"{version}.json")

    def _entries(self, version: str) -> dict[str, list[int]]:
        try:
            entries = json.loads((self.folder / f"{version}.json").read_bytes())
        except (OSError, ValueError):
            return {}  # never written, or not readable: then everything is hashed
        return entries if isinstance(entries, dict) else {}
