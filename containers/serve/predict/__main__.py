"""Answers the notes of a whole file by one generation, and goes on where it was cut short.

    PBP_MODELS=/mnt/pbp/models python -m serve.predict answers.jsonl specialty <digest of the file> < notes.jsonl

Reads notes from stdin as answers.py has them. Writes a line for each, in order, into <answers>.part/,
which becomes the file when it is whole. Tells on stdout how many are done. `pbp predict` calls it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from pbp_reader import Bundle, Models, ModelsError
from pbp_reader.bundle import open_bundle
from pbp_reader.policy import PolicyFile

from ..engine import Engine
from ..generations.champion import generation_of
from .answers import CutShort, Note, answers, read_notes


class CannotPredict(Exception):  # noqa: N818 - it says what is the case
    """The message says what, and what to do."""


def main(out: Path, model: str, source: str) -> None:
    models = Models(os.environ["PBP_MODELS"], lambda bundle: bundle, model=model)
    draft = Draft(out, source)
    if draft.is_done():
        return
    begun = draft.begin(lambda: newest(models))
    engine = Engine(bundle_of(models, begun["version"]), None)
    policy = PolicyFile(models.folder).current(engine.bundle.labels)
    named = {"generation": begun["generation"], "version": begun["version"]}

    with draft.answers.open("r+b") as file:
        done, notes = draft.go_on(file, read_notes(sys.stdin))
        print(json.dumps({"done": done, **named}), flush=True)
        for lines, count in answers(engine, policy, named, notes):
            file.write(lines)
            file.flush()
            done += count
            print(json.dumps({"done": done}), flush=True)
        os.fsync(file.fileno())
    draft.finish()


def newest(models: Models[Bundle]) -> dict[str, Any]:
    version = models.current().version
    return {"generation": generation_of(models.folder / "history", version), "version": version}


def bundle_of(models: Models[Bundle], version: str) -> Bundle:
    """The generation that the first answer came from, also when another one has come into use since."""
    try:
        return open_bundle(models.folder / "versions" / version)
    except FileNotFoundError:
        raise CannotPredict(f"{version}, which gave the first answers, was removed. Remove the .part folder.") from None


class Draft:
    """<answers>.part/ with begun.json and answers.jsonl, of which only the last line may be cut short."""

    def __init__(self, out: Path, source: str) -> None:
        self.out, self.source = out, source
        self.folder = out.with_name(f"{out.name}.part")
        self.answers = self.folder / "answers.jsonl"

    def is_done(self) -> bool:
        """Whether this very file was finished, and only the folder was left. Errors: CannotPredict for another one."""
        if not self.out.exists():
            return False
        if not (self.answers.exists() and self.answers.samefile(self.out)):
            raise CannotPredict(f"{self.out} is there already. Remove it, or name another one with --out.")
        shutil.rmtree(self.folder)
        return True

    def begin(self, choose: Any) -> dict[str, Any]:
        """What was begun, or is from now on."""
        begun = self.folder / "begun.json"
        if not begun.exists():
            self.folder.mkdir(exist_ok=True)
            self.answers.write_bytes(b"")
            draft = self.folder / f"begun-{os.getpid()}.json"
            draft.write_text(json.dumps({"source": self.source, **choose()}), "utf-8")
            draft.rename(begun)
        found: dict[str, Any] = json.loads(begun.read_bytes())
        if found["source"] != self.source:
            raise CannotPredict(
                f"{self.folder} has answers to another file. Remove it, or name another one with --out."
            )
        return found

    def go_on(self, file: IO[bytes], notes: Iterator[Note]) -> tuple[int, Iterator[Note]]:
        """How many notes are answered, and the others. A line that was cut short is written again."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # until this process ends, however
        except BlockingIOError:
            raise CannotPredict(
                f"Another process writes {self.folder}. Wait until it has ended, or name another file with --out."
            ) from None
        done, end = 0, 0
        for line in file:
            if not line.endswith(b"\n"):
                break
            if json.loads(line)["recordId"] != next(notes, {}).get("recordId"):
                raise CannotPredict(f"{self.folder} has answers to other records. Remove it.")
            done, end = done + 1, end + len(line)
        file.seek(end)
        file.truncate()
        return done, notes

    def finish(self) -> None:
        try:
            os.link(self.answers, self.out)
        except FileExistsError:
            raise CannotPredict(f"{self.out} has come meanwhile; the answers are in {self.answers}.") from None
        shutil.rmtree(self.folder)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
    except (CannotPredict, CutShort, ModelsError) as error:
        sys.exit(str(error))
    except OSError as error:
        # What was answered stays, and the same command goes on from there.
        sys.exit(f"{error.filename or sys.argv[1]} cannot be written or read: {error.strerror}.")
