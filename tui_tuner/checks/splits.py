"""Whether the validation rows can tell configurations apart, and whether each part has each class."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from tui_tuner.worker.jobs import Finding

_ENOUGH_ROWS = 80
_DISAGREE = 0.1
"""Two configurations of a search predict about so many of the rows differently."""


def few_validation_rows(rows: int, *, is_classes: bool, folds: int = 1) -> Finding | None:
    """Validation rows that are too few for the differences that a search looks for.

    For classes it says which differences of the accuracy are chance: two standard errors of the difference between two
    models that disagree on a tenth of the rows.

    Args:
        rows: Of the validation part.
        folds: With cross-validation each training row is in one of them, so its rows count.
    """
    if rows >= _ENOUGH_ROWS or rows == 0:
        return None
    if is_classes:
        chance = max(1 / rows, 2 * math.sqrt(_DISAGREE / rows))
        told = f"differences of the accuracy up to about {chance:.2g} are chance"
    else:
        told = "small differences of the score are chance"
    more = "More rows, or search.executions_per_trial" if folds > 1 else "search.cross_validation: 5"
    fix = f"{more}: the score is then a mean over more." if folds > 1 else f"{more} validates on all training rows."
    few = f"{rows} validation rows are few" if rows > 1 else "a single validation row"
    return Finding("validation", f"{few}: {told}", fix)


def missing_classes(
    parts: Mapping[str, Collection[int]], names: Sequence[str] | None, *, is_table: bool
) -> Finding | None:
    """Classes that are in one part of the rows and not in another.

    Args:
        parts: The class numbers in each part, by its name; the training part first.
        names: Of the classes, or `None`.
        is_table: Whether the config splits the rows.
    """
    known = sorted(set().union(*map(set, parts.values())))
    found = []
    for part, there in parts.items():
        lacking = [label for label in known if label not in there]
        if lacking:
            shown = ", ".join(
                str(names[label]) if names and label < len(names) else str(label) for label in lacking[:8]
            )
            found.append(f"the {part} rows have none of class {shown}{', …' if len(lacking) > 8 else ''}")
    if not found:
        return None
    fix = "Set data.stratify: true." if is_table else "Shuffle the rows, or keep the classes' shares, in the loader."
    if "validation" in " ".join(found):
        fix += " fit.validation_split takes the last training rows as they come; search.cross_validation shuffles."
    return Finding("classes", "; ".join(found), fix)
