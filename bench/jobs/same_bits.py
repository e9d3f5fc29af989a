"""Whether Train and Evaluate write the same bytes as those of another commit, from the same rows.

    .venv/bin/python bench/jobs/same_bits.py samples/exports/sample-export.json.gz HEAD~1

For changes that are to change nothing: prints the digest of both jobs' files at either commit, fails if they differ.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from export_rows import read_rows
from job_folder import add_hyperparameters, hyperparameters, lay_out, make_base_model

ROOT = Path(__file__).resolve().parents[2]
MODELS_OWN = "modelSha256"  # of the archive, which we pack here


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the jobs' files with those of another commit.")
    parser.add_argument("export", type=Path)
    parser.add_argument("commit")
    parser.add_argument("--rows", type=int, default=200, help="of either side (default: %(default)s)")
    add_hyperparameters(parser)
    options = parser.parse_args()
    labels, splits = read_rows(options.export)
    rows = splits["train"][: options.rows]
    test = (splits["test"] or splits["train"][options.rows :])[: options.rows]
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        make_base_model(scratch / "base")
        check_out(options.commit, scratch / "tree")
        digests = []
        for name, tree in (("before", scratch / "tree"), ("now", ROOT)):
            job = scratch / name
            lay_out(job, rows, labels, hyperparameters(options))
            (job / "input/data/model").symlink_to(scratch / "base")
            run(tree, "train", job)
            lay_out_evaluation(job, test, labels)
            run(tree, "evaluate", job)
            digests.append(digest(job))
            print(f"{name:8}{digests[-1]}", flush=True)
    sys.exit("the files differ" if digests[0] != digests[1] else None)


def check_out(commit: str, folder: Path) -> None:
    packed = subprocess.run(
        ["git", "archive", commit, "containers", "schemas"], cwd=ROOT, check=True, capture_output=True
    )
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")


def run(tree: Path, name: str, job: Path) -> None:
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(job)}
    subprocess.run([sys.executable, str(tree / "containers" / name / f"{name}.py")], env=environment, check=True)


def lay_out_evaluation(job: Path, rows: list[dict[str, Any]], labels: list[str]) -> None:
    given = job / "processing/input"
    for name in ("test", "labels", "challenger"):
        (given / name).mkdir(parents=True)
    (given / "test/test.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    (given / "labels/labels.json").write_text(json.dumps(labels), "utf-8")
    with tarfile.open(given / "challenger/model.tar.gz", "w:gz", compresslevel=1) as archive:
        for path in sorted((job / "model").iterdir()):
            archive.add(path, path.name)


def digest(job: Path) -> str:
    every = hashlib.sha256()
    for path in sorted((job / "model").iterdir()):
        every.update(path.name.encode() + path.read_bytes())
    output = job / "processing/output/evaluation"
    metrics = json.loads((output / "metrics.json").read_text("utf-8"))
    del metrics["challenger"][MODELS_OWN]
    every.update(json.dumps(metrics).encode() + (output / "documents.jsonl").read_bytes())
    return every.hexdigest()


if __name__ == "__main__":
    main()
