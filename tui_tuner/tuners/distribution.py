"""KerasTuner's environment variables for several machines: what of them means something here, and what does not."""

from __future__ import annotations

import os

from tui_tuner.errors import TunerError

_ADDRESS = "KERASTUNER_ORACLE_IP"
_TUNER_ID = "KERASTUNER_TUNER_ID"
_DEFAULT_TUNER_ID = "tuner0"


class NoChiefError(TunerError, RuntimeError):
    """The environment asks for KerasTuner's chief and workers, which are not here."""


def default_tuner_id() -> str:
    """The name of a tuner that is given none."""
    return os.environ.get(_TUNER_ID) or _DEFAULT_TUNER_ID


def refuse_chief() -> None:
    """Refuse to search as one of several processes that share an oracle over the network.

    A search that took no notice of the variables would run once in each process, and each would write over the others.

    Raises:
        NoChiefError: If the environment asks for that.
    """
    address = os.environ.get(_ADDRESS)
    if address:
        raise NoChiefError(
            f"The environment variable {_ADDRESS} is set (to {address!r}): it asks for KerasTuner's chief and workers, "
            "which talk over gRPC; tui-tuner has no such service.",
            "Unset KERASTUNER_ORACLE_IP, KERASTUNER_ORACLE_PORT and KERASTUNER_TUNER_ID and start the script once. To "
            "run several trials at once on this machine: tui-tuner run SCRIPT --workers N.",
        )
