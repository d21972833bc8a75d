"""The five-parameter logistic that some papers map predicted scores through before they take Pearson's correlation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.special import expit

PARAMETERS = 5
_STEPS = 200


@dataclass(frozen=True)
class Logistic:
    """q(x) = β1 (1/2 − 1/(1 + exp(β2 (x − β3)))) + β4 x + β5, on x and q shifted and scaled to a spread of 1."""

    beta: tuple[float, float, float, float, float]
    x_mean: float
    x_spread: float
    y_mean: float
    y_spread: float

    def __call__(self, predicted: np.ndarray) -> np.ndarray:
        """(N,) predicted scores to (N,) on the scale of the true ones, not clipped."""
        scaled = (np.asarray(predicted, dtype=np.float64) - self.x_mean) / self.x_spread
        return _curve(np.array(self.beta), scaled) * self.y_spread + self.y_mean


def fit_logistic(predicted: np.ndarray, truth: np.ndarray) -> Logistic:
    """The logistic of least squares from predicted to true scores.

    It is unconstrained, as in the field, so it may fall. Two starts are taken, a rising or falling sigmoid and the
    regression line, and the better end is kept: it is never worse than the line, and the same every time. The fit
    uses the very scores that are then evaluated, which flatters every method, the more the fewer images there are.
    Source: Sheikh, Sabir, Bovik, A statistical evaluation of recent full reference image quality assessment
    algorithms, IEEE TIP 15 (2006), Eqs. 5 and 6, after VQEG's report on full-reference television models (phase II).

    Args:
        predicted: (N,) scores, N > 5, not constant, all finite.
        truth: (N,) likewise.
    """
    predicted, truth = np.asarray(predicted, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    scale = (predicted.mean(), predicted.std(), truth.mean(), truth.std())
    x, y = (predicted - scale[0]) / scale[1], (truth - scale[2]) / scale[3]
    slope = float(np.mean(x * y))
    starts = (
        np.array([np.copysign(np.ptp(y), slope), 1.0, 0.0, 0.0, 0.0]),
        np.array([0.0, 1.0, 0.0, slope, 0.0]),
    )
    # Where the curve is all but straight, β1 and β2 trade against each other for ever and the fit no longer gains.
    fits = [
        least_squares(
            lambda beta: _curve(beta, x) - y, start, jac=lambda beta: _slopes(beta, x), method="lm", max_nfev=_STEPS
        )
        for start in starts
    ]
    best = min(fits, key=lambda fit: float(fit.cost))
    b1, b2, b3, b4, b5 = (float(value) for value in best.x)
    return Logistic((b1, b2, b3, b4, b5), *(float(value) for value in scale))


def _curve(beta: np.ndarray, x: np.ndarray) -> np.ndarray:
    return beta[0] * (expit(beta[1] * (x - beta[2])) - 0.5) + beta[3] * x + beta[4]


def _slopes(beta: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(N, 5): the curve's derivatives by its parameters."""
    sigmoid = expit(beta[1] * (x - beta[2]))
    steepness = beta[0] * sigmoid * (1 - sigmoid)
    return np.stack([sigmoid - 0.5, steepness * (x - beta[2]), -steepness * beta[1], x, np.ones_like(x)], axis=1)
