"""Which notes are chosen, without a model: test/e2e/run.test.ts has the whole way."""

from suggest.choose import choose
from suggest.judge import tags_of

import numpy as np


def unit(*values):
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


def test_doubtful_notes_come_first_and_like_ones_after_unlike_ones():
    vectors = [unit(1, 0), unit(1, 0.01), unit(0, 1)]
    assert choose([0.9, 0.8, 0.5], vectors, 2) == [0, 2]
    assert choose([0.9, 0.8, 0.5], vectors, 3) == [0, 2, 1]


def test_a_copy_of_a_chosen_note_is_not_chosen():
    vectors = [unit(3, 1), unit(3, 1), unit(-1, 3)]
    assert choose([0.9, 0.9, 0.1], vectors, 3) == [0, 2]


def test_a_note_without_a_vector_is_like_no_other():
    assert choose([0.9, 0.8, 0.7], [unit(1, 0), None, None], 3) == [0, 1, 2]
    assert choose([0.9, 0.8], [None, None], 5) == [0, 1]
    assert choose([], [], 5) == []


def test_tags_are_those_of_preprocess():
    class Word:
        def __init__(self, start, end):
            self.start, self.end = start, end

    words = [Word(0, 2), Word(3, 9), Word(10, 15), Word(15, 16)]
    inner = {"start": 3, "end": 9, "label": "test"}
    outer = {"start": 3, "end": 14, "label": "problem"}  # snapped to whole words
    assert tags_of([inner, outer], words) == ["O", "B-problem", "I-problem", "O"]
