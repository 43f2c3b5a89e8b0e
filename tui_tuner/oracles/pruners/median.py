"""The median rule."""

from __future__ import annotations

from tui_tuner.oracles.pruners.checks import check_whole
from tui_tuner.oracles.pruners.comparison import ComparingPruner
from tui_tuner.oracles.pruners.pruner import told
from tui_tuner.oracles.pruners.standings import Standing


class MedianPruner(ComparingPruner):
    """Stops a trial whose best value so far is worse than the median of what the others had shown by the same epoch.

    Others are all trials that have come to that epoch, whether they still run, were stopped later or have ended.

    Source: the median stopping rule of Golovin et al., "Google Vizier: A Service for Black-Box Optimization", KDD 2017,
    section 3.2, which takes running averages of the others and only those that were completed; the best so far suits
    scores that are those of the best epoch.

    Args:
        direction: `"min"` or `"max"`.
        min_trials: A trial is judged where at least so many others have come to the same epoch.
        warmup_epochs: The first epochs, after which nothing is judged.
        interval: Judge after every so many epochs only, from the first one after the warm-up.

    Raises:
        ValueError: If a number is too small.
    """

    def __init__(self, direction: str, min_trials: int = 5, warmup_epochs: int = 5, interval: int = 1) -> None:
        super().__init__(direction)
        self._min_trials = check_whole("min_trials", min_trials, 1)
        self._warmup_epochs = check_whole("warmup_epochs", warmup_epochs, 0)
        self._interval = check_whole("interval", interval, 1)

    def stage(self, epoch: int, before: int) -> int | None:
        judged = epoch >= self._warmup_epochs and (epoch - self._warmup_epochs) % self._interval == 0
        return epoch if judged else None

    bar_name = "median"

    def bar(self, stage: int, standing: Standing) -> tuple[int, float] | None:
        return (stage, standing.median()) if len(standing) >= self._min_trials else None

    def compare(self, epoch: int, best: float, standing: Standing) -> str | None:
        others = len(standing) - 1
        if others < self._min_trials:
            return None
        median = standing.median_without(best)
        if best <= median:
            return None
        own, theirs = told(self.number(best), self.number(median))
        return f"epoch {epoch + 1}: {own} worse than the median {theirs} of {others}"
