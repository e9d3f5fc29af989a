"""What the Dockerfiles promise, checked without Docker."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

from pbp_jobs.contract import CONTAINERS

import pytest
import yaml
from job_folders import run_job

ROOT = CONTAINERS.parent
JOBS = ["embed", "evaluate", "train"]
IMAGES = [*JOBS, "serve", "functions"]
GPU = r"\S+/huggingface-pytorch-training:[0-9]\S+-gpu-\S+"
CPU = r"python:3\.[0-9]+-slim-[a-z]+"
NODE = r"node:24\.[0-9]+\.[0-9]+-[a-z]+-slim"
BASES = {"embed": GPU, "train": GPU, "evaluate": CPU, "serve": CPU, "functions": NODE}


@pytest.mark.parametrize("name", JOBS)
def test_an_image_holds_the_job_the_shared_package_and_the_schemas_at_their_places(
    name: str,
) -> None:
    lines = (CONTAINERS / name / "Dockerfile").read_text("utf-8").splitlines()
    copied = [line.split()[1:] for line in lines if line.startswith("COPY ")]
    for source, target in copied:
        assert list(ROOT.glob(source)), source
        assert Path(source).parent / Path(target).name == Path(target) or target == f"{Path(source).parent}/"
    sources = {source for source, _ in copied}
    assert {
        "schemas/common.schema.json",
        "schemas/tables/*.json",
        "containers/pbp_jobs",
        f"containers/{name}",
        "containers/requirements.txt",
    } <= sources
    entry = next(json.loads(line.removeprefix("ENTRYPOINT ")) for line in lines if line.startswith("ENTRYPOINT "))
    assert entry == ["python", f"/opt/pbp/containers/{name}/{name}.py"]
    assert "WORKDIR /opt/pbp" in lines


@pytest.mark.parametrize("name", BASES)
def test_an_image_is_built_on_a_pinned_base(name: str) -> None:
    text = (CONTAINERS / name / "Dockerfile").read_text("utf-8")
    (base,) = re.findall(r"^ARG BASE_IMAGE=(\S+)$", text, re.MULTILINE)
    assert re.fullmatch(BASES[name], base)
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"${BASE_IMAGE}"}


@pytest.mark.parametrize("name", ["evaluate", "serve"])
def test_an_image_gets_the_cpu_build_of_torch_before_anything_could_get_the_other(
    name: str,
) -> None:
    text = (CONTAINERS / name / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    installs = re.findall(r"^RUN (.*)$", text, re.MULTILINE)[0]
    first, second = installs.split("&&")
    assert "--index-url https://download.pytorch.org/whl/cpu" in first
    pattern = re.search(r"\$\(grep (\S+) containers/requirements.txt\)", first)
    assert pattern
    requirements = (CONTAINERS / "requirements.txt").read_text("utf-8").splitlines()
    assert [line for line in requirements if re.match(pattern[1], line)] == [requirements[-1]]
    assert requirements[-1].startswith("torch==")
    assert second.split()[-2:] == ["-r", "containers/requirements.txt"]


def test_embed_and_train_share_every_layer_but_their_own_folder() -> None:
    embed, train = ((CONTAINERS / name / "Dockerfile").read_text("utf-8") for name in ("embed", "train"))
    assert embed.replace("embed", "train") == train
    assert embed.index("containers/pbp_jobs") < embed.index("COPY containers/embed")


def test_the_workflow_builds_every_image_under_the_commit_and_tries_it_before_it_pushes() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/images.yml").read_text("utf-8"))
    (job,) = workflow["jobs"].values()
    built = " ".join(entry["images"] for entry in job["strategy"]["matrix"]["include"]).split()
    assert sorted(built) == sorted(IMAGES)
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    for script in scripts:
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    build = scripts[-1]
    assert 'image="$OURS/$name:$GITHUB_SHA"' in build
    assert "latest" not in "".join(scripts)
    tries = "then try_serve; else try_job; fi"
    assert build.index("docker buildx build") < build.index(tries) < build.index("docker push")


@pytest.mark.parametrize("name", JOBS)
def test_a_job_without_inputs_fails_as_the_workflow_expects(tmp_path: Path, name: str) -> None:
    """So that the workflow's trial of an image tells a job that works from one that cannot start."""
    build = (ROOT / ".github/workflows/images.yml").read_text("utf-8")
    file = re.search(rf"\[{name}\]=(\w+)", build)
    pattern = re.search(r"\$said =~ (\S+) \]\]", build.replace("\\ ", "\\s"))
    assert file and pattern
    assert run_job(name, tmp_path).returncode == 1
    assert re.match(pattern[1], (tmp_path / "output" / file[1]).read_text("utf-8"))


def test_the_workflow_builds_again_what_any_dockerfile_copies_from() -> None:
    """Else a change of the reader would leave the service's image as it was, under the new commit's name."""
    workflow = (ROOT / ".github/workflows/images.yml").read_text("utf-8")
    (folders,) = re.findall(r"git log --max-count=1 --format=%H -- (.*)\)$", workflow, re.MULTILINE)
    dockerfiles = [(CONTAINERS / name / "Dockerfile").read_text("utf-8") for name in IMAGES]
    copied = {source for text in dockerfiles for source in re.findall(r"^COPY (?!--)([^/\s]+)", text, re.MULTILINE)}
    assert set(folders.split()) == copied


def test_the_functions_image_has_the_node_of_the_tests_and_the_function_that_is_asked_for() -> None:
    text = (CONTAINERS / "functions/Dockerfile").read_text("utf-8")
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    assert f"node:{package['devDependencies']['node']}-" in text
    definition = json.loads((ROOT / "test/states/golden/definition.asl.json").read_text("utf-8"))
    asked = definition["States"]["PreprocessJob"]["Arguments"]["AppSpecification"]["ContainerArguments"]
    (override,) = definition["States"]["PromoteTask"]["Arguments"]["Overrides"]["ContainerOverrides"]
    build = (ROOT / ".github/workflows/images.yml").read_text("utf-8")
    assert [f"[functions]={name}" for name in asked] == re.findall(r"parameters=\((.*)\)", build)
    for name in (*asked, override["Command"][0]):
        assert f"dist/tasks/{name} dist/tasks/{name}" in text


def functions_image(folder: Path, name: str, bundle: str) -> None:
    """The files alone that the image has, but for the bundle."""
    text = (CONTAINERS / "functions/Dockerfile").read_text("utf-8")
    for source in re.findall(r"^COPY (?!--)(?!package)(\S+) \S+$", text.split("FROM")[-1], re.MULTILINE):
        (folder / source).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / source).is_dir() else shutil.copy)(ROOT / source, folder / source)
    file = folder / f"dist/tasks/{name}/index.mjs"
    file.parent.mkdir(parents=True)
    file.write_text(bundle, "utf-8")


@pytest.mark.parametrize("variables", [{}, {"AWS_REGION": "us-gov-west-1"}])
def test_a_job_of_functions_knows_its_region_by_the_variable_or_by_its_own_arn(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    """AWS's SDK needs one, and no page promises the variable to a processing job."""
    functions_image(tmp_path, "preprocess", "export const handler = () => ({ region: process.env.AWS_REGION })")
    arn = "arn:aws-us-gov:sagemaker:us-gov-west-1:123456789012:processing-job/billing-preprocess-0"
    for place, content in (
        ("config/processingjobconfig.json", {"ProcessingJobArn": arn}),
        ("processing/input/run/run.json", {}),
    ):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).write_text(json.dumps(content), "utf-8")
    node = [str(ROOT / "node_modules/.bin/node"), "containers/functions/functions.ts", "preprocess"]
    subprocess.run(node, cwd=tmp_path, env={"SAGEMAKER_BASE_DIR": str(tmp_path), **variables}, check=True)
    answer = tmp_path / "processing/output/answer/answer.json"
    assert json.loads(answer.read_text("utf-8")) == {"region": "us-gov-west-1"}


def test_a_task_without_its_event_says_so_as_the_workflow_expects(tmp_path: Path) -> None:
    functions_image(tmp_path, "promote", "export const handler = () => {}")
    variables = {
        "OBJECT_STORE": f"file:{tmp_path}/store",
        "DATA_BUCKET": "trial",
        "TIME_LIMIT_SECONDS": "60",
    }
    node = [str(ROOT / "node_modules/.bin/node"), "containers/functions/task.ts"]
    ended = subprocess.run(
        [*node, "promote", "event", "answer"],
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    build = (ROOT / ".github/workflows/images.yml").read_text("utf-8")
    assert f'"$said" != "{ended.stderr.strip()}"' in build


def test_every_requirement_is_pinned() -> None:
    for name in ("requirements.txt", "serve/requirements.txt", "requirements-dev.txt"):
        for line in (CONTAINERS / name).read_text("utf-8").splitlines():
            assert line.startswith("#") or re.fullmatch(r"[a-z0-9-]+(\[[a-z0-9,]+\])?==[0-9][0-9.]*", line), line
