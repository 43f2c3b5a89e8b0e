"""While you were away: a panel over the search, until it is closed."""

from __future__ import annotations

from textual.content import Content

from tui_tuner.analysis.away import Away
from tui_tuner.analysis.formatting import format_count, format_duration, format_metric, format_state
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import SearchView
from tui_tuner.tui.look import SEARCH_LOOKS, facts, style
from tui_tuner.tui.widgets.plain import Plain

_WIDTH = 72
_FRAME = 4
_LABEL = 8
_CAUSES = 3


class AwayPanel(Plain):
    """Takes no keys, so that those of the search go on working; it is closed by an action of the screen."""

    def __init__(self) -> None:
        super().__init__("away")
        self._told: tuple[Away, SearchView] | None = None
        self.display = False

    def show(self, away: Away, view: SearchView) -> None:
        """Tell what has happened."""
        self._told = (away, view)
        self.border_title = Content.assemble(
            "While you were away", ("   " + format_duration(away.away_s), style("dim"))
        )
        self.border_subtitle = Content("esc closes")
        self.display = True
        self.lay_out(self.app.size.width)

    def lay_out(self, screen_width: int) -> None:
        """Fit into a screen so wide."""
        if self._told is None:
            return
        width = min(_WIDTH, screen_width - 2)
        self.styles.width = width
        self.put(Content("\n").join(_lines(*self._told, width - _FRAME)))

    def close(self) -> None:
        """Take it away."""
        self._told = None
        self.display = False


def _lines(away: Away, view: SearchView, width: int) -> list[Content]:
    room = max(8, width - _LABEL)
    rows: list[tuple[str, str | Content]] = []
    if away.state_before is not None:
        look = SEARCH_LOOKS[view.state]
        detail = clean(view.detail)
        now = Content.assemble((f"{look.symbol} {format_state(view.state)}", style(look.colour) + " bold"))
        was = Content.styled(f", was {format_state(away.state_before)}", style("dim"))
        rows.append(("state", now.append(was)))
        if detail:
            rows.append(("", truncate(detail, room)))
    rows.append(("trials", _trials(away)))
    objective = truncate(clean(view.objective.name), 24)
    if away.best is not None:
        before = "" if away.best_before is None else f"{format_metric(away.best_before.score)} → "
        rows.append(
            (
                "best",
                Content.assemble(
                    (f"{objective} {before}", style("dim")),
                    (format_metric(away.best.score), style("best") + " bold"),
                    (f" in trial {clean(away.best.trial_id)}", style("dim")),
                ),
            )
        )
    elif away.best_before is not None:
        rows.append(("best", Content.styled(f"{objective} {format_metric(away.best_before.score)} as before", "")))
    for number, cause in enumerate(away.causes[:_CAUSES]):
        count = f"{len(cause.trial_ids)} \N{MULTIPLICATION SIGN} "
        text = truncate(clean(cause.example) or "no message", room - len(count))
        rows.append(("failed" if not number else "", Content.assemble((count, style("failed")), text)))
    if len(away.causes) > _CAUSES:
        more = format_count(len(away.causes) - _CAUSES, "more cause")
        rows.append(("", Content.styled(f"and {more}", style("dim"))))
    if away.eta_s is not None:
        rows.append(("left", f"about {format_duration(away.eta_s)}"))
    return facts(rows, width)


def _trials(away: Away) -> Content:
    parts = [
        (away.completed, "completed", "completed"),
        (away.stopped, "stopped", "warning"),
        (away.failed, "failed", "failed"),
    ]
    shown = [(f"{count:,} {word}", style(colour)) for count, word, colour in parts if count]
    if not shown:
        return Content("none has ended")
    separated = [part for each in shown for part in ((", ", ""), each)][1:]
    return Content.assemble((f"{away.ended:,} ended: ", ""), *separated)
