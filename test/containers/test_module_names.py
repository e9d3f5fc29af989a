"""A script's folder comes first in Python's search path. A module there that is named like one of the standard library
takes its place for whatever imports that. So embed/profile.py once broke Embed on every GPU: attention there loads
torch's compiler, which loads cProfile. No run on a CPU sees that."""

import subprocess
import sys
from pathlib import Path

CONTAINERS = Path(__file__).parents[2] / "containers"


def test_no_module_of_ours_has_the_name_of_one_in_the_standard_library() -> None:
    names = [
        path
        for path in CONTAINERS.rglob("*.py")
        if path.stem in sys.stdlib_module_names and not path.stem.startswith("__")
    ]
    assert names == []


def test_what_a_gpu_loads_can_be_imported_from_the_folder_of_every_job() -> None:
    folders = sorted({str(path.parent) for path in CONTAINERS.glob("*/*.py")})
    script = f"import sys; sys.path[:0] = {folders}; import torch.nn.attention.varlen"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=CONTAINERS)
