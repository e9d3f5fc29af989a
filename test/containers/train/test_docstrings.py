"""The commands in the docstring of the training job, as written, but in a folder of the test and with fewer rows."""

import ast
import os
import re
import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]


def commands(script: str) -> list[str]:
    docstring = ast.get_docstring(ast.parse((ROOT / script).read_text("utf-8"))) or ""
    return re.findall(r"(?:[A-Z_]+=\S+ )*\.venv/bin/python .*", docstring)


def test_the_commands_that_try_a_training_by_hand_do_train(tmp_path: Path) -> None:
    lay_out, train = commands("containers/train/train.py")
    few = re.sub(r"--rows \d+", "--rows 24 --epochs 1", lay_out)
    assert few != lay_out
    for line in (few, train):
        words = shlex.split(line.replace("/tmp/job", str(tmp_path / "job")))
        given = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
        subprocess.run(words[len(given) :], cwd=ROOT, env=os.environ | given, check=True, timeout=300)
    assert (tmp_path / "job/model/manifest.json").is_file()
