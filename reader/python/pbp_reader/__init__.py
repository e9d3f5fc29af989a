"""Reads what predictive-billing-pipeline has promoted: docs/promotion.md, "What a reader must do".

Models, Bundle and Notes need numpy and safetensors. pbp_reader.tagger and pbp_reader.embedder, which read new notes,
need torch and tokenizers as well (pip install "pbp-reader[models]").
"""

from pbp_reader.bundle import Bundle, ModelsError
from pbp_reader.models import Models
from pbp_reader.notes import Neighbour, Notes, UnknownRecord

__all__ = ["Bundle", "Models", "ModelsError", "Neighbour", "Notes", "UnknownRecord"]
