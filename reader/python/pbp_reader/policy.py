"""What an application is to do with a text, by the labels that the model finds: policy.json beside the bundles.

It is changed without a new model (pbp policy set). schemas/models/policy.schema.json describes it;
test/reader/policies.json holds cases that this reader and the one in TypeScript decide alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pbp_reader.bundle import ModelsError

if TYPE_CHECKING:  # which need numpy, or torch
    from pbp_reader.classifier import Answer
    from pbp_reader.tagger import Keyphrase

ACTIONS = ("allow", "flag", "block")  # the strictest last


@dataclass(frozen=True)
class Ruling:
    """What is to be done, and which rule says so. No label: none applies, so it is what the policy says otherwise."""

    action: str
    label: str | None = None
    threshold: float | None = None


@dataclass(frozen=True)
class Policy:
    rules: Sequence[Ruling]  # in the order of the model's labels
    otherwise: Ruling

    def of_classes(self, answer: Answer) -> Ruling:
        return self.decide(answer.probabilities, frozenset(answer.classes))

    def of_keyphrases(self, keyphrases: Sequence[Keyphrase]) -> Ruling:
        surest: dict[str, float] = {}
        for found in keyphrases:
            surest[found.label] = max(found.confidence, surest.get(found.label, 0.0))
        return self.decide(surest, surest.keys())

    def decide(self, shares: Mapping[str, float], said: AbstractSet[str]) -> Ruling:
        """shares: how likely each label is; said: those that the model says. The strictest rule that applies speaks."""
        applying = [rule for rule in self.rules if applies(rule, shares, said)]
        # max() takes the first of equal ones.
        return max(applying, key=lambda rule: ACTIONS.index(rule.action), default=self.otherwise)


def applies(rule: Ruling, shares: Mapping[str, float], said: AbstractSet[str]) -> bool:
    if rule.threshold is None or rule.label is None:
        return rule.label in said
    return rule.label in shares and shares[rule.label] >= rule.threshold


class PolicyFile:
    """The policy of a registered model: PolicyFile(models.folder).current(labels)."""

    def __init__(self, place: Path) -> None:
        """place: where the model lies, Models.folder."""
        self.path = place / "policy.json"
        self._known: tuple[Any, Policy | None] = (None, None)

    def current(self, labels: Sequence[str]) -> Policy | None:
        """None: there is none. Asks the file system each time, and reads the file when it is another one.

        labels: the model's. Errors: ModelsError when it cannot be read, or has a rule for a label that the model lacks:
        then a text that must be blocked might pass.
        """
        try:
            status = self.path.stat()
            mark = (status.st_mtime_ns, status.st_size, status.st_ino, list(labels))
            if self._known[0] != mark:
                self._known = mark, read_policy(self.path.read_bytes(), labels)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ModelsError(f"{self.path} cannot be read ({error.strerror}).") from None
        return self._known[1]


def read_policy(content: bytes, labels: Sequence[str]) -> Policy:
    """Errors: as PolicyFile.current."""
    try:
        value = json.loads(content, object_pairs_hook=once)
        rules = {label: rule_of(label, rule) for label, rule in value["labels"].items()}
        otherwise = rule_of(None, {"action": value["otherwise"]})
        if value["schemaVersion"] != "1.0" or value.keys() != {"schemaVersion", "labels", "otherwise"}:
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ModelsError("policy.json is not a policy of this version. Write it with pbp policy set.") from None
    if not rules.keys() <= set(labels):
        raise ModelsError("policy.json has rules for labels that the model does not have. pbp policy show names them.")
    return Policy([rules[label] for label in labels if label in rules], otherwise)


def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Two rules for a label would be one of them. Errors: ModelsError."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ModelsError("policy.json has a name twice, that of a label perhaps. Write it with pbp policy set.")
    return value


def rule_of(label: str | None, rule: Mapping[str, Any]) -> Ruling:
    """Errors: ValueError, TypeError and the like when it is none."""
    threshold: Any = rule.get("threshold", 0)
    is_share = type(threshold) in (int, float) and 0 <= threshold <= 1
    if rule["action"] not in ACTIONS or rule.keys() - {"action", "threshold"} or not is_share:
        raise ValueError
    return Ruling(rule["action"], label, rule.get("threshold"))
