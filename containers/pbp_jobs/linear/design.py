"""What the documents look like to the regression: products with their features, and the points between which it moves.

A point is kept with its image, the scores of all documents that it leads to, so that a line search costs no product
with the features. And where features are sparse, and more of them than documents, a point is not kept as weights but
as one number for each document and label, of which the weights are the transposed features times these: the gradient
always has that form, so the iterates are the same, and vectors are shorter by the ratio of the two (80 for long
notes).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True)
class Point:
    place: Tensor  # [coordinates + 1, labels]; the last row is the bias
    image: Tensor  # [documents, labels], without the bias

    @property
    def scores(self) -> Tensor:
        return self.image + self.place[-1]

    def plus(self, other: Point, share: Tensor) -> Point:
        """share: one number, or one a label."""
        return Point(torch.addcmul(self.place, other.place, share), torch.addcmul(self.image, other.image, share))

    def times(self, share: Tensor) -> Point:
        return Point(self.place * share, self.image * share)


class Design(Protocol):
    """What the documents look like: products with their features, in some coordinates for the weights."""

    documents: int
    coordinates: int

    def gradient(self, residuals: Tensor, place: Tensor, decay: float) -> Point: ...

    def inner(self, one: Point, other: Point) -> Tensor:
        """Of the weights alone, by label."""

    def weights(self, place: Tensor) -> Tensor:
        """[features, labels]"""


class Dense:
    """Vectors [documents, features]; the coordinates are the weights."""

    def __init__(self, vectors: Tensor) -> None:
        self.vectors = vectors
        self.documents, self.coordinates = vectors.shape

    def gradient(self, residuals: Tensor, place: Tensor, decay: float) -> Point:
        slope = self.vectors.T @ residuals + decay * place[:-1]
        return Point(torch.cat([slope, residuals.sum(0, keepdim=True)]), self.vectors @ slope)

    def inner(self, one: Point, other: Point) -> Tensor:
        return (one.place[:-1] * other.place[:-1]).sum(0)

    def weights(self, place: Tensor) -> Tensor:
        return place[:-1]


class Sparse:
    """A sparse matrix [documents, features]; the coordinates are the documents."""

    def __init__(self, rows: Tensor) -> None:
        self.rows = rows
        self.documents, features = rows.shape
        self.coordinates = self.documents
        # A matrix of its own, each of whose rows one thread sums up in one order.
        turned = rows.to_sparse_csc()
        self.turned = compressed(
            turned.ccol_indices(), turned.row_indices(), turned.values(), (features, self.documents)
        )

    def gradient(self, residuals: Tensor, place: Tensor, decay: float) -> Point:
        slope = residuals + decay * place[:-1]
        return Point(torch.cat([slope, residuals.sum(0, keepdim=True)]), self.rows @ (self.turned @ slope))

    def inner(self, one: Point, other: Point) -> Tensor:
        return (one.place[:-1] * other.image).sum(0)

    def weights(self, place: Tensor) -> Tensor:
        return self.turned @ place[:-1]


def compressed(starts: Tensor, columns: Tensor, values: Tensor, shape: tuple[int, int]) -> Tensor:
    """A sparse matrix by rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that it is new in torch; the tests hold what is used of it
        return torch.sparse_csr_tensor(starts, columns, values, shape, check_invariants=True)
