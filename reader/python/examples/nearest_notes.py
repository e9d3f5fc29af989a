"""Past notes that are like a new one, read from stdin: python nearest_notes.py /mnt/models <base model> < note.txt

<base model> is the folder that pbp base-model get <name> --out <folder> makes.
"""

import sys

from pbp_reader import Bundle, Models, Notes
from pbp_reader.embedder import Embedder


def load(bundle: Bundle) -> tuple[Notes, Embedder]:
    notes = Notes(bundle)
    return notes, Embedder(sys.argv[2], notes.embedding_key)


notes, embedder = Models(sys.argv[1], load).current()
for neighbour in notes.nearest(embedder.vector(sys.stdin.read()), 5):
    print(f"{neighbour.similarity:.4f}\t{' '.join(neighbour.record_ids)}")
