"""Multinomial logistic regression on soft targets, for features that are partly dense and partly sparse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix  # a plan asks for the version of links, and fits none

VERSION = 1
"""Raised when the same features and targets give another regression."""

ITERATIONS = 60
"""Steps of L-BFGS. The held-out accuracy no longer changes well before that."""


@dataclass(frozen=True)
class Softmax:
    """Weights of a regression to C classes."""

    dense: np.ndarray
    """(D, C) float32."""
    sparse: np.ndarray
    """(V, C) float32."""
    bias: np.ndarray
    """(C,) float32."""

    def __call__(self, dense: np.ndarray, sparse_part: csr_matrix) -> np.ndarray:
        """(N, C) probabilities of N phrases, whose features are (N, D) and (N, V)."""
        return _softmax(dense @ self.dense + sparse_part @ self.sparse + self.bias)

    def flat(self) -> np.ndarray:
        """All weights as one vector, to be kept in a cache."""
        return np.concatenate([self.dense.ravel(), self.sparse.ravel(), self.bias])

    @staticmethod
    def from_flat(flat: np.ndarray, dense: int, sparse_columns: int) -> Softmax:
        """The inverse of `flat`, for D dense and V sparse features."""
        classes = flat.size // (dense + sparse_columns + 1)
        split = np.split(flat, [dense * classes, (dense + sparse_columns) * classes])
        return Softmax(split[0].reshape(dense, classes), split[1].reshape(sparse_columns, classes), split[2])


def fit_softmax(dense: np.ndarray, sparse_part: csr_matrix, targets: np.ndarray, strength: float) -> Softmax:
    """The regression that minimises the cross-entropy plus an L2 penalty on the weights.

    Args:
        dense: (N, D) float32.
        sparse_part: (N, V) float32.
        targets: (N, C), each row a distribution over the classes.
        strength: The inverse of the penalty: loss = Σ cross-entropy + |W|² / (2 · strength). The bias is free.
    """
    # Here, since who asks for a version alone would wait for it.
    from scipy.optimize import minimize

    transposed = sparse_part.T.tocsr()
    features, classes = dense.shape[1] + sparse_part.shape[1], targets.shape[1]
    targets = targets.astype(np.float32)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = Softmax.from_flat(flat.astype(np.float32), dense.shape[1], sparse_part.shape[1])
        predicted = weights(dense, sparse_part)
        residual = predicted - targets
        gradient = np.concatenate(
            [(dense.T @ residual).ravel(), (transposed @ residual).ravel(), residual.sum(axis=0)]
        ).astype(np.float64)
        penalised = flat[: features * classes]
        gradient[: features * classes] += penalised / strength
        cross_entropy = -float((targets * np.log(predicted + 1e-12)).sum(dtype=np.float64))
        return cross_entropy + 0.5 / strength * float(penalised @ penalised), gradient

    optimum = minimize(
        loss, np.zeros((features + 1) * classes), jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}
    )
    return Softmax.from_flat(optimum.x.astype(np.float32), dense.shape[1], sparse_part.shape[1])


def _softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)
