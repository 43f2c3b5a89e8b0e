"""What would spoil a search, in the app."""

from __future__ import annotations

from dataclasses import replace

from support.fake_source import FakeSource, make_trial, make_view
from support.running_app import running

from tui_tuner.worker.jobs import Finding

LEAK = Finding("leak", "the column [b]alive[/b] alone predicts the target", "data.drop: [alive].")
FEW = Finding("validation", "29 validation rows are few", "search.cross_validation: 5")


async def test_each_warning_is_told_once_to_everybody_who_looks() -> None:
    view = replace(make_view([make_trial(0)]), findings=(LEAK,))
    source = FakeSource(view)
    async with running(source, attached=True) as app:
        source.put(findings=(LEAK, FEW))
        await app.until(lambda: len(app.app._notifications) == 2)
        assert [(note.title, note.message, note.severity) for note in app.app._notifications] == [
            ("Warning", "the column [b]alive[/b] alone predicts the target. data.drop: [alive].", "warning"),
            ("Warning", "29 validation rows are few. search.cross_validation: 5", "warning"),
        ]
