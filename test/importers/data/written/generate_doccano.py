"""Writes doccano.jsonl and doccano-relations.jsonl with doccano's own export, from corpus.json, on a scratch database.

In the environment that ../doccano_database.py describes:

/tmp/doccano/bin/python test/importers/data/written/generate_doccano.py
"""

import json
import sys
import tempfile
from pathlib import Path

here = Path(__file__).parent
corpus = json.loads((here / "corpus.json").read_text("utf8"))
sys.path.insert(0, str(here.parent))

import doccano_database  # noqa: E402, F401
from data_export.celery_tasks import create_collaborative_dataset  # noqa: E402
from data_export.pipeline.factories import create_formatter, create_writer  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from examples.models import Example  # noqa: E402
from label_types.models import RelationType, SpanType  # noqa: E402
from labels.models import Relation, Span  # noqa: E402
from projects.models import SequenceLabelingProject  # noqa: E402


def utf16(text: str, position: int) -> int:
    """What the browser counts, whose offsets doccano keeps."""
    return len(text[:position].encode("utf-16-le")) // 2


def export(name: str, use_relation: bool) -> None:
    user = get_user_model().objects.create(username=name)
    project = SequenceLabelingProject.objects.create(
        name=name,
        description=name,
        created_by=user,
        collaborative_annotation=True,
        use_relation=use_relation,
        project_type="SequenceLabeling",
    )
    types = {
        label: SpanType.objects.create(project=project, text=label, suffix_key=label[0])
        for label in ("problem", "test")
    }
    finds = RelationType.objects.create(project=project, text="finds", suffix_key="f") if use_relation else None
    for number, document in enumerate(corpus):
        text = document["text"]
        example = Example.objects.create(project=project, text=text, meta={"recordId": f"r-{number}"})
        spans = [
            Span.objects.create(
                example=example,
                user=user,
                label=types[one["label"]],
                start_offset=utf16(text, one["start"]),
                end_offset=utf16(text, one["end"]),
            )
            for one in document["spans"]
        ]
        if finds and len(spans) > 1:
            Relation.objects.create(example=example, user=user, type=finds, from_id=spans[0], to_id=spans[1])
    with tempfile.TemporaryDirectory() as folder:
        create_collaborative_dataset(project, folder, False, create_formatter(project, "JSONL"), create_writer("JSONL"))
        (here / f"{name}.jsonl").write_bytes((Path(folder) / "all.jsonl").read_bytes())


export("doccano", use_relation=False)
export("doccano-relations", use_relation=True)
