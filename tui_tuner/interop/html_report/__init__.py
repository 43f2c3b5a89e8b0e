"""A search as one HTML file with interactive plots, which loads nothing from anywhere: to open, to keep, to mail."""

from __future__ import annotations

import html
import json
import re
from importlib.resources import files
from pathlib import Path

from tui_tuner.analysis.text import clean
from tui_tuner.engine.reader import SearchReader
from tui_tuner.interop.html_report.data import report_data
from tui_tuner.worker.atomic import replacing

NAME = "report.html"


def write_report(reader: SearchReader, folder: Path) -> Path:
    """Write `report.html`; one that is there is replaced.

    Raises:
        OSError: If it cannot be written.
    """
    path = folder / NAME
    with replacing(path) as new:
        new.write_text(report(reader), encoding="utf-8", errors="replace")
    return path


def report(reader: SearchReader) -> str:
    """The page."""
    data = report_data(reader)
    text = json.dumps(data, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    parts = {
        "TITLE": html.escape(clean(f"{data['name']}: {data['tuner']} search, {data['state']}")),
        "STYLE": _asset("report.css"),
        "SCRIPT": _asset("report.js"),
        "SEARCH": text.replace("<", "\\u003c"),  # nothing in it can end the element, or begin a comment
    }
    return re.sub(r"%([A-Z]+)%", lambda mark: parts[mark[1]], _asset("report.html"))


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
