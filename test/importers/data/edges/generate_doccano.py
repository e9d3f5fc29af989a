"""Writes doccano's files here with doccano's own export, on a scratch database: what edges.test.ts reads.

In the environment that ../doccano_database.py describes:

/tmp/doccano/bin/python test/importers/data/edges/generate_doccano.py
"""

import sys
import tempfile
from pathlib import Path

here = Path(__file__).parent
sys.path.insert(0, str(here.parent))

import doccano_database  # noqa: E402, F401
from data_export.celery_tasks import create_collaborative_dataset  # noqa: E402
from data_export.pipeline.factories import create_formatter, create_writer  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from examples.models import Comment, Example  # noqa: E402
from label_types.models import CategoryType  # noqa: E402
from labels.models import Category, TextLabel  # noqa: E402
from projects.models import ImageClassificationProject, Seq2seqProject, TextClassificationProject  # noqa: E402

TEXTS = [
    'Seen, with "pain" 😀',
    "Two lines\r\nof a note, here",
    "plain",
    "nobody has labelled, this",
    "with a remark",
]


def made(kind: type, name: str, project_type: str):
    return kind.objects.create(
        name=name, description=name, created_by=user, project_type=project_type, collaborative_annotation=True
    )


def write(project, file_format: str, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        create_collaborative_dataset(
            project, folder, False, create_formatter(project, file_format), create_writer(file_format)
        )
        [file] = Path(folder).iterdir()
        (here / name).write_bytes(file.read_bytes())


user = get_user_model().objects.create(username="ann")

classes = made(TextClassificationProject, "classes", "DocumentClassification")
types = [CategoryType.objects.create(project=classes, text=text) for text in ("billing", "C#")]
for number, text in enumerate(TEXTS):
    example = Example.objects.create(project=classes, text=text)
    for type_ in {0: types, 1: types[:1], 2: types[1:], 4: types[:1]}.get(number, []):
        Category.objects.create(example=example, user=user, label=type_)
    if text == "with a remark":
        Comment.objects.create(example=example, user=user, text="who wrote this?")
write(classes, "fastText", "doccano.txt")
write(classes, "CSV", "doccano.csv")

free = made(Seq2seqProject, "free", "Seq2seq")
for number in range(24):
    example = Example.objects.create(project=free, text=f"note {number}")
    TextLabel.objects.create(example=example, user=user, text=f"zqxCANARYzqx {number}")
write(free, "JSONL", "doccano-seq2seq.jsonl")

images = made(ImageClassificationProject, "images", "ImageClassification")
kind = CategoryType.objects.create(project=images, text="x-ray")
example = Example.objects.create(project=images, filename="1.png", upload_name="1.png")
Category.objects.create(example=example, user=user, label=kind)
write(images, "JSONL", "doccano-images.jsonl")
