"""Fine-tuning as transformers' own example does it (run_ner.py): Trainer, rows padded and cut to 128, fp32.

    SAGEMAKER_BASE_DIR=/tmp/job .venv/bin/python bench/jobs/usual_recipe.py   same folders as train.py

The yardstick of train_bench.py, started by it. With --best, that of the GPU bench: bf16, rows of like length together,
padded to the longest of a batch only.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    Trainer,
    TrainingArguments,
)


def main(base: Path, best: bool) -> None:
    given = json.loads((base / "input/config/hyperparameters.json").read_text("utf-8"))
    labels = json.loads((base / "input/data/labels/labels.json").read_text("utf-8"))
    tags = ["O", *(f"{kind}-{label}" for label in labels for kind in ("B", "I"))]
    number_of = {tag: number for number, tag in enumerate(tags)}
    rows = [json.loads(line) for line in (base / "input/data/train/train.jsonl").open(encoding="utf-8")]
    tokenizer = AutoTokenizer.from_pretrained(base / "input/data/model")
    longest = int(given["maxSequenceLength"])

    def encode(row: dict[str, Any]) -> dict[str, list[int]]:
        encoded = tokenizer(row["tokens"], is_split_into_words=True, truncation=True, max_length=longest)
        words = encoded.word_ids()
        first = [word is not None and word not in words[:place] for place, word in enumerate(words)]
        gold = [number_of[row["tags"][word]] if use else -100 for word, use in zip(words, first, strict=True)]
        return {"input_ids": encoded["input_ids"], "attention_mask": encoded["attention_mask"], "labels": gold}

    model = AutoModelForTokenClassification.from_pretrained(
        base / "input/data/model", id2label=dict(enumerate(tags)), label2id=number_of, dtype="float32"
    )
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(base / "trainer"),
            num_train_epochs=int(given["epochs"]),
            per_device_train_batch_size=int(given["batchSize"]),
            learning_rate=float(given["learningRate"]),
            warmup_steps=0.1,
            weight_decay=0.01,
            seed=int(given["seed"]),
            save_strategy="no",
            bf16=best and torch.cuda.is_available(),
            train_sampling_strategy="group_by_length" if best else "random",
            report_to=[],
            disable_tqdm=True,
        ),
        train_dataset=[encode(row) for row in rows],
        data_collator=DataCollatorForTokenClassification(tokenizer, padding=best or "max_length", max_length=longest),
    )
    trainer.train()
    model.save_pretrained(base / "model")
    tokenizer.save_pretrained(base / "model")


if __name__ == "__main__":
    main(Path(os.environ["SAGEMAKER_BASE_DIR"]), "--best" in sys.argv)
