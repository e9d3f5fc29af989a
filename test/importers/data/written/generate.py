"""Writes this folder's files with the tools' own libraries, from corpus.json: texts with emoji, combining marks,
right-to-left scripts and CRLF, with spans in code points. The tools are not dependencies of ours; a virtual
environment for this once:

    python3 -m venv /tmp/tools && /tmp/tools/bin/pip install label-studio-sdk==2.1.2 spacy==3.8.18
    /tmp/tools/bin/python test/importers/data/written/generate.py
"""

import json
import tempfile
from pathlib import Path

import spacy
from label_studio_sdk.converter import Converter
from spacy.tokens import DocBin

here = Path(__file__).parent
corpus = json.loads((here / "corpus.json").read_text("utf8"))
CONFIG = """<View>
  <Labels name="label" toName="text"><Label value="problem"/><Label value="test"/></Labels>
  <Text name="text" value="$text"/>
</View>"""


def label_studio_task(number: int, document: dict) -> dict:
    """As the front end keeps it: offsets in code points, line breaks in the shown text as backslash and n."""
    text = document["text"]
    result = [
        {
            "id": f"r{at}",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {
                "start": span["start"],
                "end": span["end"],
                "text": text[span["start"] : span["end"]].replace("\r", "\\n").replace("\n", "\\n"),
                "labels": [span["label"]],
            },
        }
        for at, span in enumerate(document["spans"])
    ]
    annotation = {"id": number + 100, "completed_by": 1, "was_cancelled": False, "result": result}
    return {"id": number, "data": {"text": text}, "annotations": [annotation], "predictions": []}


def label_studio() -> None:
    with tempfile.TemporaryDirectory() as folder:
        tasks = Path(folder) / "tasks"
        tasks.mkdir()
        for number, document in enumerate(corpus, 1):
            task = json.dumps(label_studio_task(number, document))
            (tasks / f"{number:04}.json").write_text(task, "utf8")
        converter = Converter(CONFIG, project_dir=None)
        for name, convert in {
            "label-studio": converter.convert_to_json,
            "label-studio-min": converter.convert_to_json_min,
        }.items():
            out = Path(folder) / name
            out.mkdir()
            convert(str(tasks), str(out))
            (here / f"{name}.json").write_bytes((out / "result.json").read_bytes())
        out = Path(folder) / "conll"
        out.mkdir()
        converter.convert_to_conll2003(str(tasks), str(out))
        (here / "label-studio.conll").write_bytes((out / "result.conll").read_bytes())


def spacy_files() -> None:
    nlp = spacy.blank("en")
    docs = []
    for document in corpus:
        doc = nlp(document["text"])
        spans = [doc.char_span(one["start"], one["end"], one["label"]) for one in document["spans"]]
        if None in spans:
            raise SystemExit("A span of corpus.json is not made of whole words of spaCy's.")
        doc.ents = spans
        docs.append(doc)
    DocBin(docs=docs).to_disk(here / "corpus.spacy")
    lines = [
        json.dumps({"text": doc.text, "entities": doc.to_json()["ents"]}, ensure_ascii=False) + "\n" for doc in docs
    ]
    (here / "spacy.jsonl").write_text("".join(lines), "utf8", newline="")


label_studio()
spacy_files()
