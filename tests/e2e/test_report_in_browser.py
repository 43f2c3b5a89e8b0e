"""The report in a real browser: what its plots and its table do."""

from __future__ import annotations

import html
import json
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.stored_search import store_search

from tui_tuner.engine.reader import SearchReader
from tui_tuner.interop.html_report import report

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome is installed here")

PERSON = """
<script>
const all = (selector) => [...document.querySelectorAll(selector)];
const seen = {};
window.onerror = (message) => { document.title = JSON.stringify({ error: message }); };
const rows = () => all("tbody tr").map((row) => row.children[1].textContent);
const type = (words) => {
  const field = all("input[type=search]")[0];
  field.value = words;
  field.dispatchEvent(new Event("input"));
};
seen.first = rows();
all("th").find((head) => head.textContent === "units").click();
seen.byUnits = rows();
type("act=relu");
seen.relu = rows();
type("");
const area = all(".catch").at(-1);  // the objective's axis
const box = area.getBoundingClientRect();
area.setPointerCapture = () => {};
const drag = (kind, share) => area.dispatchEvent(
  new PointerEvent(kind, { clientX: box.x + 2, clientY: box.y + share * box.height, pointerId: 1 }));
drag("pointerdown", 0.5);
drag("pointermove", 1);
drag("pointerup", 1);
seen.lowerHalf = rows();
all("button").find((button) => button.textContent === "show all").click();
all("tbody tr").find((row) => row.children[1].textContent === "2").click();
seen.chosen = all("section h2").map((title) => title.textContent);
seen.lit = all("svg .hot").length;
seen.curves = all("path.mark.val, path.mark.train").length;
all("circle.mark")[0].dispatchEvent(new PointerEvent("pointerenter", { clientX: 9, clientY: 9 }));
seen.tip = document.getElementById("tip").textContent;
document.title = JSON.stringify(seen);
</script>
</body>
"""


@pytest.fixture
def seen(tmp_path: Path) -> Any:
    """What a person saw who sorted, filtered, dragged and clicked."""
    return looked_at(store_search(tmp_path / "search"), PERSON, tmp_path)


def looked_at(search: Path, person: str, tmp_path: Path) -> Any:
    """What a person's script leaves in the page's title."""
    reader = SearchReader(search)
    page = tmp_path / "report.html"
    page.write_text(report(reader).replace("</body>", person), encoding="utf-8")
    reader.close()
    assert BROWSER is not None
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    done = subprocess.run([BROWSER, *options, page.as_uri()], capture_output=True, text=True, check=True, timeout=120)
    title = re.search(r"<title>(.*?)</title>", done.stdout, re.DOTALL)
    assert title is not None
    return json.loads(html.unescape(title[1]))


def test_the_table_sorts_and_filters_and_the_plots_follow(seen: Any) -> None:
    assert seen["first"] == ["3", "0", "1", "2"]  # by rank; those without one in the order of creation
    assert seen["byUnits"] == ["0", "3", "1", "2"]
    assert seen["relu"] == ["0", "3"]
    assert seen["lowerHalf"] == ["0", "3"]  # of the scores from 0.2 to 0.8
    assert "Trial 2" in seen["chosen"]
    assert seen["lit"] >= 4
    assert seen["curves"] >= 3
    assert seen["tip"].startswith("trial 2  stopped\nval_loss 0.8\nunits = 64")


STEPS = """
<script>
const numbers = document.querySelector("path.front").getAttribute("d").match(/[-\\d.]+/g);
document.title = JSON.stringify(new Set(numbers.filter((_, index) => index % 2)).size);
</script>
</body>
"""


def test_a_trial_that_violates_a_constraint_is_never_the_best_so_far(tmp_path: Path) -> None:
    search = store_search(tmp_path / "search")
    assert looked_at(search, STEPS, tmp_path) == 2  # trial 0, and from trial 3 on that one
    connection = sqlite3.connect(search / "search.db")
    with connection:
        connection.execute("UPDATE trials SET violation = 0.5 WHERE trial_id = '3'")
    connection.close()
    assert looked_at(search, STEPS, tmp_path) == 1
