"""Writes files here with the tools' own libraries: what edges.test.ts reads.

python3 -m venv /tmp/tools
/tmp/tools/bin/pip install label-studio-sdk==2.1.2 spacy==3.8.18 datasets==5.2.0 openpyxl==3.1.5 pandas==3.1.1
/tmp/tools/bin/python test/importers/data/edges/generate.py
"""

import json
import tempfile
from pathlib import Path

import openpyxl
import pandas
import spacy
from datasets import ClassLabel, Dataset, Features, List, Value
from label_studio_sdk.converter import Converter
from spacy.tokens import DocBin, Span
from spacy.training import Example

here = Path(__file__).parent


def label_studio(name: str, config: str, tasks: list[dict]) -> None:
    """JSON and JSON-MIN of tasks as the front end keeps them."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "tasks.json"
        source.write_text(json.dumps(tasks, ensure_ascii=False), "utf8")
        converter = Converter(config, project_dir=folder, download_resources=False)
        for form, suffix in (("JSON", ""), ("JSON_MIN", "-min")):
            out = Path(folder) / form
            converter.convert(str(source), str(out), form, is_dir=False)
            (here / f"{name}{suffix}.json").write_bytes((out / "result.json").read_bytes())


def task(number: int, data: dict, *result: dict) -> dict:
    annotation = {"id": number + 100, "completed_by": 1, "was_cancelled": False, "result": list(result)}
    return {"id": number, "data": data, "annotations": [annotation], "predictions": [], "drafts": []}


def answer(control: str, type_: str, shown: str = "text", **value: object) -> dict:
    return {"id": f"{control}1", "from_name": control, "to_name": shown, "type": type_, "value": value}


def region(control: str, text: str, said: str, label: str, shown: str = "text") -> dict:
    """The front end writes each carriage return and each line feed as backslash and n."""
    start = text.index(said)
    kept = said.replace("\r", "\\n").replace("\n", "\\n")
    return answer(control, "labels", shown, start=start, end=start + len(said), text=kept, labels=[label])


def label_studio_files() -> None:
    yes_or_no = '<Choice value="yes"/><Choice value="no"/>'
    label_studio(
        "label-studio-questions",
        f"""<View><Choices name="urgent" toName="text">{yes_or_no}</Choices>
        <Choices name="choice" toName="text" choice="multiple">{yes_or_no}</Choices>
        <Taxonomy name="topic" toName="text"><Choice value="a"/></Taxonomy><Text name="text" value="$text"/></View>""",
        [
            task(
                number,
                {"text": text},
                answer("urgent", "choices", choices=[urgent]),
                answer("choice", "choices", choices=["yes", "no"]),
                answer("topic", "taxonomy", taxonomy=[["a"]]),
            )
            for number, (text, urgent) in enumerate([("Call me", "yes"), ("Thanks", "no")], 1)
        ],
    )
    labels = '<Labels name="{0}" toName="{1}"><Label value="problem"/></Labels><Text name="{1}" value="${1}"/>'
    title, text = "Kidney stone", "CT: kidney stone 😀, no fracture"
    label_studio(
        "label-studio-texts",
        f"<View>{labels.format('ofTitle', 'title')}{labels.format('ofText', 'text')}</View>",
        [
            task(
                1,
                {"title": title, "text": text},
                region("ofTitle", title, "Kidney", "problem", "title"),
                region("ofText", text, "fracture", "problem"),
            )
        ],
    )
    broken = "First\r\n\r\nkidney\r\n\r\nstone"
    label_studio(
        "label-studio-data",
        f"<View>{labels.format('label', 'text')}</View>",
        [
            task(1, {"text": broken, "mrn": "A1"}, region("label", broken, "kidney\r\n\r\nstone", "problem")),
            # What pandas made of a CSV that was uploaded.
            task(2, {"text": None, "mrn": "A2"}),
            task(3, {"text": 4711, "mrn": "A3"}),
            # A text that the front end loads.
            task(4, {"text": "https://example.org/4.txt", "mrn": "A4"}),
        ],
    )
    label_studio(
        "label-studio-images",
        """<View><Choices name="choice" toName="image"><Choice value="good"/></Choices>
        <Image name="image" value="$image"/></View>""",
        [task(1, {"image": "/data/upload/1/ab12-1.png"}, answer("choice", "choices", "image", choices=["good"]))],
    )
    label_studio(
        "label-studio-audio",
        """<View><Labels name="label" toName="audio"><Label value="speech"/></Labels>
        <Audio name="audio" value="$audio"/></View>""",
        [
            task(
                1,
                {"audio": "s3://bucket/1.wav", "text": "What was said in it"},
                answer("label", "labels", "audio", start=0, end=4, channel=0, labels=["speech"]),
            )
        ],
    )


def spacy_files() -> None:
    nlp = spacy.blank("en")
    whole = nlp("CT showed a kidney stone.")
    whole.ents = [whole.char_span(12, 24, "problem")]
    # Its entity ends inside a word: spaCy marks the word as not annotated.
    misaligned = Example.from_dict(nlp("Kidney stones"), {"entities": [(0, 6, "organ"), (7, 12, "problem")]}).reference
    blocked = nlp("No stone here")
    blocked.set_ents([], blocked=[blocked[1:2]], default="outside")
    DocBin(docs=[whole, misaligned, blocked]).to_disk(here / "parts.spacy")
    # Words that spaCy has a number for, and a label.
    numbered = nlp("Patient ID number X_1, prep of the root: see agent mark _ DATE")
    numbered.ents = [numbered.char_span(8, 17, "ID")]
    DocBin(docs=[numbered]).to_disk(here / "numbered.spacy")
    whole.spans["sc"] = [Span(whole, 0, 1, "test")]
    only = nlp("A stone")
    only.spans["sc"] = [Span(only, 1, 2, "problem")]
    lines = [json.dumps(doc.to_json()) + "\n" for doc in (only, whole)]
    (here / "spacy-groups.jsonl").write_text("".join(lines), "utf8")


def hugging_face(name: str, features: Features | None, columns: dict) -> None:
    dataset = Dataset.from_dict(columns, features=features)
    (here / name).mkdir(exist_ok=True)
    dataset.to_json(here / name / "train.jsonl")
    with tempfile.TemporaryDirectory() as folder:
        dataset.save_to_disk(folder)
        (here / name / "dataset_info.json").write_bytes((Path(folder) / "dataset_info.json").read_bytes())


def hugging_face_files() -> None:
    hugging_face(
        "emotions",
        Features({"text": Value("string"), "labels": List(ClassLabel(names=["joy", "anger"]))}),
        {"text": ["one 😀", "two", "three"], "labels": [[], [0, 1], [1]]},
    )
    spans = [[{"start": 2, "end": 14, "label": "problem"}], []]
    hugging_face("entities", None, {"text": ["A kidney stone", "Nothing"], "entities": spans})


def tables() -> None:
    book = openpyxl.Workbook()
    book.create_chartsheet("diagram", 0)
    hidden = book.active = book.worksheets[0]
    hidden.title = "lookup"
    hidden.sheet_state = "hidden"
    about = book.create_sheet("about")
    notes = book.create_sheet("notes")
    for sheet, rows in {
        hidden: [("text", "label"), ("wrong", "x"), ("wrong too", "y")],
        about: [("Exported",), ("by the billing app",)],
        notes: [("text", "label"), ("Where is my bill?", "billing"), ("Thanks", "other")],
    }.items():
        for row in rows:
            sheet.append(row)
    book.active = 3
    book.save(here / "sheets.xlsx")
    mails = pandas.DataFrame({"text": ["Où est-elle ? 😀", "Merci"], "label": ["billing", "other"]})
    mails.to_csv(here / "utf-16.csv", index=False, encoding="utf-16-le", sep="\t")


label_studio_files()
spacy_files()
hugging_face_files()
tables()
