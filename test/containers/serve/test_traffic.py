"""Two generations side by side: who gets which, what is counted, and what ends it."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from serve.generations.champion import Champion
from serve.generations.traffic import Arm, key_of, newest_arm, part_of, place_of
from serve.messages import SCHEMA_OF
from serve.record.histogram import COUNTS, bin_of
from serve.settings import read_settings

import pytest
from class_folders import CLASSES, make_texts
from jsonschema import Draft202012Validator
from pbp_reader import ModelsError
from referencing import Registry, Resource
from serving import Serving, promote, serving, use, waits_for

SALT = "9f86d081884c7d65"
TEXTS = [row["text"] for row in make_texts(40, 8, "multi-label")]


def arm(weight: float, **more: Any) -> dict[str, Any]:
    return {
        "generation": 1,
        "version": "000001-9f86d081884c",
        "beside": 2,
        "weight": weight,
        "shadow": False,
        "salt": SALT,
        **more,
    }


def check(name: str, value: Any) -> Any:
    """As whoever reads it checks it."""
    registry = Registry().with_resources(
        (schema, Resource.from_contents(contents)) for schema, contents in SCHEMA_OF.items()
    )
    Draft202012Validator(SCHEMA_OF[f"{name}.schema.json"], registry=registry).validate(value)
    return value


def set_traffic(models: Path, wanted: dict[str, Any] | None) -> None:
    """As pbp traffic writes it: an entry more."""
    folder = models / "traffic"
    folder.mkdir(exist_ok=True)
    entry = len(list(folder.iterdir())) + 1
    record = {
        "model": models.name,
        "entry": entry,
        "arm": wanted,
        "at": "2026-11-27T08:02:11Z",
        "actor": "a",
        "reason": "b",
    }
    check("traffic-record", record)
    (folder / f"{entry:06}.json").write_text(json.dumps(record), "utf-8")


@pytest.mark.parametrize(
    ("salt", "key", "place"),
    # Computed by Node's crypto, so that whoever asks from TypeScript agrees.
    [
        (SALT, "user-1", 3652),
        (SALT, "", 2456),
        ("0000000000000000", "Ünïcode ✓", 1585),
        ("f" * 16, "x" * 1000, 4901),
    ],
)
def test_a_place_is_what_another_language_computes(salt: str, key: str, place: int) -> None:
    assert place_of(salt, key.encode()) == place


@pytest.mark.parametrize("weight", [0.01, 0.29, 1.1, 10, 50, 99.99, 100])
def test_shares_are_within_binomial_bounds_and_a_larger_one_contains_a_smaller_one(
    weight: float,
) -> None:
    keys = [f"caller-{number}".encode() for number in range(20_000)]
    of = Arm(**arm(weight))
    taken = sum(of.takes(key) for key in keys)
    share = weight / 100
    # Five standard deviations: one such test in a million fails by chance, and the keys are always the same.
    assert abs(taken - share * len(keys)) <= 5 * math.sqrt(share * (1 - share) * len(keys)) + 1e-9
    wider = Arm(**arm(min(100, 2 * weight)))
    assert all(wider.takes(key) for key in keys if of.takes(key))
    # The parts of the drift tests have nothing to do with who is in the arm.
    parts = Counter(part_of(key) for key in keys if of.takes(key))
    assert len(parts) == 16 or taken < 200


def test_weights_count_in_hundredths_exactly() -> None:
    for hundredths in (1, 29, 110, 1000, 5001, 9999, 10_000):
        of = Arm(**arm(hundredths / 100))
        assert of.takes(at_place(hundredths - 1))
        assert hundredths == 10_000 or not of.takes(at_place(hundredths))


def at_place(place: int) -> bytes:
    return next(key for key in (str(number).encode() for number in range(400_000)) if place_of(SALT, key) == place)


def test_without_a_key_of_the_caller_the_texts_are_the_key() -> None:
    assert key_of(None, ["a", "b"]) == key_of(None, ["a", "b"]) != key_of(None, ["ab"])
    assert key_of(b"user-1", ["a"]) == key_of(b"user-1", ["b"])
    assert key_of(None, ["\ud800"]) != key_of(None, ["?"])


def test_bins_are_those_of_an_exports_profile() -> None:
    assert [first for first, _ in COUNTS[:10]] == [0, 1, 2, 3, 4, 6, 8, 12, 16, 24]
    assert COUNTS[-1][1] == 2**53 - 2
    for count in [*range(3000), 2**20, 2**21, 2**40]:
        first, last = COUNTS[bin_of(count)]
        assert first <= count <= last


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"entry": 2, "arm": null}',
        '{"entry": 1, "arm": {"generation": 1}}',
        json.dumps({"entry": 1, "arm": arm(0)}),
        json.dumps({"entry": 1, "arm": arm(10, version="../000001-9f86d081884c")}),
    ],
)
def test_a_damaged_entry_is_told_without_what_it_holds(tmp_path: Path, text: str) -> None:
    assert newest_arm(tmp_path / "traffic") is None
    (tmp_path / "000001.json").write_text(text, "utf-8")
    with pytest.raises(ModelsError, match=r"entry 000001\.json is damaged\. pbp traffic stop"):
        newest_arm(tmp_path)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, class_models: dict[tuple[str, str], Path]) -> Path:
    """routing has two generations: a linear model, and then the same one again, with another version."""
    folder = tmp_path_factory.mktemp("two") / "models"
    place = folder / "registered" / "routing"
    place.mkdir(parents=True)
    for _ in range(2):
        promote(
            place,
            class_models["single-label", "linear"],
            "model",
            "single-label",
            "linear",
            CLASSES,
        )
    return place


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def beside(two: Path, counted: Path) -> Iterator[Serving]:
    with serving(two.parents[1], PBP_SERVED=str(counted), PBP_SERVED_MODELS="routing") as service:
        yield service


def versions(place: Path) -> list[str]:
    return sorted(path.name for path in (place / "versions").iterdir())


def ask(service: Serving, sticky: str | None, text: str = TEXTS[0]) -> tuple[str, int]:
    headers = {} if sticky is None else {"x-pbp-sticky": sticky}
    answer = service.ask("POST", "/v1/classes", {"notes": [{"text": text}]}, headers)
    body = answer.json()
    assert answer.headers["x-pbp-generation"] == str(body["generation"])
    return body["arm"], body["generation"]


def counts_in(folder: Path) -> list[dict[str, Any]]:
    """Checked against their schema."""
    found = [json.loads(path.read_bytes()) for path in sorted(folder.glob("routing/*/*.json"))]
    return [check("served-counts", one) for one in found]


def test_each_caller_has_one_generation_and_the_counters_add_up(two: Path, beside: Serving, counted: Path) -> None:
    first, _ = versions(two)
    assert ask(beside, "anybody") == ("champion", 2)
    set_traffic(two, arm(30, version=first))
    beside.wait_for("beside")
    callers = [f"caller-{number}" for number in range(500)]
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda caller: ask(beside, caller), callers))
        again = list(many.map(lambda caller: ask(beside, caller, TEXTS[1]), callers))
    # Sticky: whatever the text is.
    assert answers == again
    expected = ["arm" if place_of(SALT, caller.encode()) < 3000 else "champion" for caller in callers]
    assert [name for name, _ in answers] == expected
    assert {(name, generation) for name, generation in answers} == {
        ("arm", 1),
        ("champion", 2),
    }
    assert abs(expected.count("arm") - 150) < 5 * math.sqrt(500 * 0.3 * 0.7)
    # Without a key, the text decides.
    by_text = {text: ask(beside, None, text)[0] for text in TEXTS}
    assert by_text == {text: ask(beside, None, text)[0] for text in TEXTS}
    assert set(by_text.values()) == {"arm", "champion"}

    listed = beside.ask("GET", "/v1/models").json()["models"]
    assert [(one["generation"], one["arm"]) for one in listed] == [(2, "champion"), (1, "arm")]
    set_traffic(two, arm(60, version=first))
    beside.wait_for("beside")
    assert all(ask(beside, caller)[0] == "arm" for caller, name in zip(callers, expected, strict=True) if name == "arm")

    metrics = beside.ask("GET", "/metrics").content.decode()
    sent = 1 + 2 * len(callers) + 2 * len(TEXTS) + expected.count("arm")
    arms = [line for line in metrics.splitlines() if line.startswith("pbp_answers_total{")]
    assert sum(float(line.split()[-1]) for line in arms) == sent
    assert any('arm="arm"' in line for line in arms)
    assert beside.ask("GET", "/readyz").status == 200


def test_a_shadow_is_counted_and_never_sent(two: Path, beside: Serving) -> None:
    first, _ = versions(two)
    set_traffic(two, arm(100, version=first, shadow=True))
    beside.wait_for("beside")
    assert {ask(beside, f"caller-{number}") for number in range(20)} == {("champion", 2)}


def test_shadows_that_there_is_no_time_for_are_counted(
    tmp_path: Path, class_models: dict[tuple[str, str], Path]
) -> None:
    """The model waits for a word of the test, and callers come meanwhile until no more are let in."""
    place = tmp_path / "models" / "registered" / "routing"
    place.mkdir(parents=True)
    files = class_models["single-label", "linear"]
    first, _ = [promote(place, files, "model", "single-label", "linear", CLASSES) for _ in range(2)]
    set_traffic(place, arm(100, version=first, shadow=True))
    word = tmp_path / "word"
    waits_for(word, tmp_path)
    with serving(place.parents[1], also_path=str(tmp_path), PBP_SERVED_MODELS="routing") as service:
        service.wait_for("ready")
        with ThreadPoolExecutor(256) as many:
            held = many.submit(ask, service, None, "waits for a word")
            with word.open("w"):
                long = {"notes": [{"text": TEXTS[0] * 200} for _ in range(8)]}
                callers = [many.submit(service.ask, "POST", "/v1/classes", long)]
                while not any(one.done() for one in callers):
                    before = len(service.log)
                    callers.append(many.submit(service.ask, "POST", "/v1/classes", long))
                    wait(callers, 0.05, FIRST_COMPLETED)
                assert service.wait_for("request", after=before)["status"] == 429
            assert held.result() == ("champion", 2)
            statuses = Counter(one.result().status for one in callers)
        assert statuses.keys() == {200, 429}
        answered = 1 + 8 * statuses[200]
        while read_or_skipped(service) < 2 * answered:
            pass
        assert read_or_skipped(service) == 2 * answered
        assert 1 <= service.metric("pbp_shadow_skipped_total") <= answered


def read_or_skipped(service: Serving) -> float:
    """Texts, in the shadow too."""
    return service.metric("pbp_answers_total") + service.metric("pbp_shadow_skipped_total")


def test_another_generation_ends_it_and_a_damaged_log_leaves_the_champion(two: Path, beside: Serving) -> None:
    first, second = versions(two)
    set_traffic(two, arm(100, version=first))
    beside.wait_for("beside")
    assert ask(beside, "anybody") == ("arm", 1)
    # A rollback to the very version in use would be refused; another generation of it stands for any.
    use(two, first)
    beside.wait_for("in-use")
    assert ask(beside, "anybody") == ("champion", 3)
    set_traffic(two, arm(100, version=second, generation=2, beside=3))
    beside.wait_for("beside")
    assert ask(beside, "anybody") == ("arm", 2)
    (two / "traffic" / "000009.json").write_text("{", "utf-8")
    beside.wait_for("not-taken-up")
    assert ask(beside, "anybody") == ("champion", 3)
    (two / "traffic" / "000009.json").unlink()


def test_traffic_stops_although_the_policy_fits_no_longer(two: Path) -> None:
    settings = read_settings({"PBP_MODELS": str(two.parents[1])})
    newest = json.loads(max((two / "history").iterdir()).read_bytes())["generation"]
    set_traffic(two, arm(100, version=versions(two)[0], beside=newest))
    champion = Champion(settings, "routing")
    champion.look()
    before = champion.route(b"anybody")
    assert before is not None and before.arm == "arm"
    policy = two / "policy.json"
    labels = {"of another model": {"action": "block"}}
    policy.write_text(json.dumps({"schemaVersion": "1.0", "labels": labels, "otherwise": "allow"}), "utf-8")
    with pytest.raises(ModelsError, match="labels that the model does not have"):
        champion.look()
    # What was in use answers on, the arm too.
    assert champion.route(b"anybody") == before
    set_traffic(two, None)
    with pytest.raises(ModelsError, match="labels that the model does not have"):
        champion.look()
    held = champion.route(b"anybody")
    assert held is not None and (held.arm, held.generation) == ("champion", newest)
    policy.unlink()


def test_what_was_counted_is_written_by_the_end(beside: Serving, counted: Path) -> None:
    assert beside.stop() == 0
    log = "".join(beside.log)
    assert "caller-" not in log
    answered = sum(json.loads(line).get("notes", 0) for line in beside.log if '"event": "request"' in line)
    found = counts_in(counted)
    tallies = [tally for one in found for tally in one["served"]]
    by_arm = Counter[str]()
    for tally in tallies:
        by_arm[tally["arm"]] += tally["answers"]
        assert sum(each["documents"] for each in tally["lengths"]) == tally["answers"]
        assert sum(each["documents"] for each in tally["annotations"]) == tally["answers"]
        # A single class each.
        assert sum(sum(each["parts"]) for each in tally["labels"]) == tally["answers"]
        assert sum(each["documents"] for each in tally["confidences"]) == tally["answers"]
    assert by_arm["champion"] + by_arm["arm"] == answered
    assert by_arm["shadow"] == 20
    (shadow,) = [shadow for one in found for shadow in one["shadow"]]
    assert shadow == {
        "generation": 1,
        "beside": 2,
        "compared": 20,
        "same": 20,
        "labels": [],
    }
    text = "".join(path.read_text("utf-8") for path in counted.rglob("*.json"))
    assert "caller-" not in text
    assert not any(word in text for word in TEXTS[0].split() if len(word) > 12)
