"""The same as a processing job of SageMaker, of the image `serve`: one archive that Publish made, one file of notes,
and the policy by label if there is one.

    SAGEMAKER_BASE_DIR=/tmp/ml PBP_GENERATION=43 PYTHONPATH=containers:reader/python \\
      python containers/serve/predict/job.py

Reads processing/input/model/serving.tar.gz, processing/input/notes/notes.jsonl and, if whoever asked gave that input,
processing/input/policy/policy.json; writes processing/output/answers/answers.jsonl, whole or not at all. The log has
counts only.
"""

from __future__ import annotations

import os
import tarfile
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a thread a batch: more would wait for each other by spinning

from pbp_jobs.contract import JobError, Paths, StopSignal, replacing, run_job, say, show_progress
from serve.engine import Engine
from serve.predict.answers import CutShort, answers, read_notes

from pbp_reader import ModelsError
from pbp_reader.bundle import Bundle, open_bundle
from pbp_reader.policy import PolicyFile

FAILED = "PredictionFailed"
NOTES_BETWEEN_LINES = 10_000


def main(paths: Paths, stop: StopSignal) -> None:
    source = paths.processing_input("notes") / "notes.jsonl"
    output = paths.processing_output("answers")
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            engine = Engine(unpack(paths.processing_input("model") / "serving.tar.gz", Path(scratch)), None)
            policy = PolicyFile(paths.processing_input("policy")).current(engine.bundle.labels)
            # The archive is of a version; which generation it came into use as, whoever starts the job knows.
            named = {"generation": int(os.environ["PBP_GENERATION"]), "version": engine.bundle.version}
            done, told = 0, 0
            with (
                source.open(encoding="utf-8") as notes,
                replacing(output / "answers.jsonl") as draft,
                draft.open("wb") as file,
            ):
                for lines, count in answers(engine, policy, named, read_notes(notes)):
                    stop.check()
                    file.write(lines)
                    done += count
                    show_progress("answering", done=done, unit="notes")
                    if done - told >= NOTES_BETWEEN_LINES:
                        told = done
                        say(f"{done:,} notes answered")
                file.flush()
        except ModelsError as error:
            raise JobError(FAILED, str(error)) from None
        except CutShort:
            raise JobError(FAILED, "notes.jsonl: expected an end, which it has not") from None
    say(f"{done:,} notes answered by {named['version']}, generation {named['generation']}")


def unpack(archive: Path, folder: Path) -> Bundle:
    """Errors: JobError; ModelsError. Every file is held against the manifest when it is read."""
    try:
        with tarfile.open(archive) as members:
            members.extractall(folder, filter="data")
    except (OSError, tarfile.TarError):
        raise JobError(FAILED, f"{archive.name}: expected the archive of a bundle") from None
    return open_bundle(folder, is_named=False)


if __name__ == "__main__":
    run_job("processing", FAILED, main)
