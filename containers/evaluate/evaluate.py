"""The evaluation job: scores challenger and champion on the same test rows.

    CPU, or the host's GPU  SAGEMAKER_BASE_DIR=/tmp/job .venv/bin/python containers/evaluate/evaluate.py
    as SageMaker, CPU       docker run -v /tmp/job:/opt/ml <image of containers/evaluate/Dockerfile>

Reads processing/input/{test/test.jsonl, labels/labels.json, facets/facets.jsonl, train/train.jsonl,
challenger/model.tar.gz, champion/model.tar.gz}, the last of them only where there is a champion. Writes to
processing/output/evaluation/: for the gate documents.jsonl and, last, metrics.json; for people analysis.json,
errors.jsonl and suspects.jsonl (schemas/evaluation/). Documents that the champion was trained on are left out for both
and counted; labels that the champion does not know, or that are no longer used, compare nothing. Fails as
EvaluationFailed, or as ChampionUnreadable when it is the champion's archive that is at fault.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pbp_jobs.analysis.analysis import analyse, tally
from pbp_jobs.analysis.errors import listing
from pbp_jobs.analysis.items import Comparison
from pbp_jobs.analysis.slices import FacetsOf
from pbp_jobs.analysis.tally import Tally
from pbp_jobs.archive import unpack_model
from pbp_jobs.contract import (
    JobError,
    Paths,
    Progress,
    StopSignal,
    read_json,
    run_job,
    say,
    sha256_file,
    write_bytes,
    write_json,
)
from pbp_jobs.hardware import choose_hardware
from pbp_jobs.kinds import KINDS, Answers, Kind, is_suspicious
from pbp_jobs.model_folder import ModelFolder
from pbp_jobs.scoring import Counts
from pbp_jobs.tokens import read_labels

FAILED = "EvaluationFailed"
UNREADABLE = "ChampionUnreadable"


@dataclass(frozen=True)
class Judged:
    counts: dict[str, Counts]  # by document, over the labels that are compared
    given: Answers  # likewise
    scores: dict[str, Any]  # as metrics.json has them: over the labels that are compared; by label, over all
    errors: Tally  # over all labels


def main(paths: Paths, stop: StopSignal) -> None:
    # Models
    labels = read_labels(read_json(paths.processing_input("labels") / "labels.json", FAILED), FAILED)
    with tempfile.TemporaryDirectory(dir=paths.base) as scratch:
        challenger = unpack(paths, scratch, "challenger", FAILED)
        if challenger.labels != labels:
            raise JobError(FAILED, "challenger/model.tar.gz: expected a model of the labels in labels.json")
        champion = None
        if paths.processing_input("champion").is_dir():
            champion = unpack(paths, scratch, "champion", UNREADABLE)
            if champion.kind != challenger.kind:
                raise JobError(UNREADABLE, f"champion/model.tar.gz: expected a model of the kind {challenger.kind}")
        kind = KINDS[challenger.kind]

        # Rows that both may be judged on
        test_file = paths.processing_input("test") / "test.jsonl"
        rows_of: dict[str, list[Any]] = {}  # by document, in the order of the text
        for row in kind.read_rows(test_file, FAILED):
            rows_of.setdefault(row.document, []).append(row)
        seen = champion.train_documents if champion else frozenset()
        judged = {document: rows for document, rows in rows_of.items() if document not in seen}
        excluded = len(rows_of) - len(judged)
        say(f"{len(judged):,} documents to score, {excluded:,} left out: the champion was trained on them")

        compared = [label for label in labels if champion is None or label in champion.labels]
        changed = champion is not None and set(champion.labels) != set(labels)

        def comparable(answers: Answers) -> Answers:
            """Over a label that only one of them knows, the two cannot be compared."""
            return kind.only(compared, answers) if changed else answers

        facets = FacetsOf(paths.processing_input("facets") / "facets.jsonl", judged, FAILED)
        output = paths.processing_output("evaluation")
        output.mkdir(parents=True, exist_ok=True)
        right = kind.right_answers(judged)
        compared_right = comparable(right)

        def judge(
            model: ModelFolder, name: str, error_name: str, on_document: Callable[[str, Comparison], None]
        ) -> Judged:
            given = answer(name, model, judged, error_name, stop)
            compared_given = comparable(given)
            counts = count(kind, compared, compared_right, compared_given)
            every = count(kind, labels, right, given) if changed else counts
            shown, by_label = kind.measure(model, labels, right, given, error_name)
            per_label = total(every).per_label(labels)
            scores = {
                "modelSha256": model.archive_sha256,
                "labels": model.labels,
                "scores": total(counts).scores(),
                "perLabel": {label: {**found, **by_label.get(label, {})} for label, found in per_label.items()},
                **shown,
            }
            errors = tally(kind, judged, right, given, every, facets, model.precision, on_document)
            return Judged(counts, compared_given, scores, errors)

        with listing(output) as errors:
            ours = judge(challenger, "challenger", FAILED, errors.add)
        theirs = judge(champion, "champion", UNREADABLE, lambda *_: None) if champion else None

    # Result, metrics last
    tallies = {"challenger": ours.errors, **({"champion": theirs.errors} if theirs else {})}
    train_file = paths.processing_input("train") / "train.jsonl"
    analysis = {
        "kind": challenger.kind,
        "documents": len(judged),
        "champion": None,
        **analyse(kind, labels, tallies, train_file, FAILED),
    }
    write_json(output / "analysis.json", analysis)
    lines = [
        {
            "document": document,
            "units": counts.units,
            "challenger": counts.row(),
            "champion": theirs.counts[document].row() if theirs else None,
            **kind.line(labels, compared_right[document], ours.given[document], theirs and theirs.given[document]),
        }
        for document, counts in ours.counts.items()
    ]
    write_bytes(output / "documents.jsonl", "".join(f"{json.dumps(line)}\n" for line in lines).encode())
    every = total(ours.counts)
    baselines = kind.baselines(compared, compared_right)
    # The gate's warning says whether a single word gives the answer away
    suspicious = is_suspicious(challenger.kind, ours.scores["scores"])
    separated_by = kind.separated_by(judged, labels) if suspicious else None
    metrics: dict[str, Any] = {
        "testSha256": sha256_file(test_file),
        "kind": challenger.kind,
        "documents": len(judged),
        "rows": sum(len(rows) for rows in judged.values()),
        "units": every.units,
        "items": every.items,
        "excludedDocuments": excluded,
        "labels": labels,
        "comparedLabels": compared,
        "challenger": ours.scores,
        "champion": theirs.scores if theirs else None,
        "baselines": {
            name: total(count(kind, compared, compared_right, given)).scores() for name, given in baselines.items()
        },
        **({"separatedBy": separated_by} if separated_by else {}),
    }
    write_json(output / "metrics.json", metrics)
    say("challenger: " + ", ".join(f"{name} {score:.4f}" for name, score in ours.scores["scores"].items()))


def unpack(paths: Paths, scratch: str, name: str, error_name: str) -> ModelFolder:
    folder = Path(scratch) / name
    folder.mkdir()
    return unpack_model(paths.processing_input(name) / "model.tar.gz", folder, error_name)


def answer(
    name: str, model: ModelFolder, judged: dict[str, list[Any]], error_name: str, stop: StopSignal
) -> dict[str, Any]:
    """One model's answers by document."""
    progress: Progress | None = None

    def on_batch(done: int, windows: int) -> None:
        nonlocal progress
        stop.check()
        progress = progress or Progress(f"evaluate {name}", windows, "windows")
        progress.update(done)

    device, _ = choose_hardware(error_name)
    return KINDS[model.kind].answer(model, judged, device, error_name, on_batch)


def count(kind: Kind, labels: list[str], right: Answers, given: Answers) -> dict[str, Counts]:
    """Counts by document."""
    return {document: kind.count(one, given[document], labels) for document, one in right.items()}


def total(counts: dict[str, Counts]) -> Counts:
    every = Counts()
    for one in counts.values():
        every.add(one)
    return every


if __name__ == "__main__":
    run_job("processing", FAILED, main)
