"""A bundle's folder becomes a version of a models folder, as a promotion makes one. For tests and benches."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


def add_version(models: Path, draft: Path, generation: int = 1, **manifest: Any) -> str:
    """manifest: what stands in the version's manifest beside its name, digest and files. Gives its name."""
    files = {
        str(path.relative_to(draft)): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "sizeBytes": path.stat().st_size,
        }
        for path in draft.rglob("*")
        if path.is_file()
    }
    lines = sorted(f"{file['sha256']}  {name}\n" for name, file in files.items())
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    version = f"{generation:06}-{digest[:12]}"
    whole = {**manifest, "version": version, "digest": digest, "files": files}
    (draft / "manifest.json").write_text(json.dumps(whole), "utf-8")
    (models / "versions").mkdir(exist_ok=True)
    draft.rename(models / "versions" / version)
    return version
