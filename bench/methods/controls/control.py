"""What the control rows share: they are run as ours is, and held to their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from exiqa.bank.schema import Bank
from exiqa.bench.methods.exiqa import METHOD as OURS
from exiqa.bench.methods.exiqa import predict
from exiqa.bench.methods.method import Method
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.bench.protocol import ProtocolId
from exiqa.core.errors import UserError

CONTROL_BANKS = ("names", "random", "shuffled")
"""Methods, and what the names of their banks end with: `kadid10k-shuffled@1`."""
FROZEN = "frozen"
"""The method whose backbone is not tuned; its bank is ours."""


def predict_with_its_bank(task: PredictionTask) -> np.ndarray:
    """`exiqa.bench.methods.exiqa.predict` of a control's cell.

    Raises:
        UserError: As `check_control`.
    """
    check_control(task)
    return predict(task)


def control(
    label: str,
    meaning: str,
    predict: Callable[[PredictionTask], np.ndarray] = predict_with_its_bank,
    protocols: tuple[ProtocolId, ...] = OURS.protocols,
) -> Method:
    """The row of a control: of the same version as ours, since it is run by the same code.

    Args:
        label: What tables call it.
        meaning: What is taken away, one clause.
        predict: Where another bank or tuning than ours is not all.
        protocols: Those that it has an answer for.
    """
    return replace(OURS, label=label, meaning=meaning, kind="control", predict=predict, protocols=protocols)


def check_control(task: PredictionTask) -> None:
    """Hold a control's cell to its method's name.

    Raises:
        UserError: The cell's bank or tuning is not what the name promises.
    """
    method = task.cell.method
    if method == FROZEN and task.cell.tuning != "frozen":
        raise UserError(
            f"the method {method} stands for an untuned backbone, and the suite tunes it ({task.cell.tuning}); set "
            f'tuning = {{ mode = "frozen", prompt_length = 0 }} in [methods.{method}]'
        )
    if method in CONTROL_BANKS:
        for bank in (task.bank, task.train_bank):
            if bank is None or not is_control(bank, method):
                problem = "there is none" if bank is None else f"{bank.id} is none"
                raise UserError(
                    f"the method {method} stands for a control bank called …-{method}, and {problem}; name one in the "
                    f"data sets' banks and set bank in [methods.{method}]"
                )


def is_control(bank: Bank, kind: str) -> bool:
    """Whether a bank was made as a control of this kind (`CONTROL_BANKS`)."""
    return bank.provenance.method == "control" and bank.name.endswith(f"-{kind}")
