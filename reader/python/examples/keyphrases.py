"""Keyphrases of a new note, read from stdin: python keyphrases.py /mnt/models < note.txt

A service keeps `models` and calls models.refresh() now and then, say once a minute.
"""

import sys

from pbp_reader import Models
from pbp_reader.tagger import Tagger

models = Models(sys.argv[1], load=Tagger)

for keyphrase in models.current().keyphrases(sys.stdin.read()):
    print(f"{keyphrase.start}-{keyphrase.end}\t{keyphrase.label}\t{keyphrase.text}")
