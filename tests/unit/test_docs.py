"""The documentation: its links lead somewhere, and it names what there is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from support.reference_docs import BLOCKS, written

import tui_tuner
from tui_tuner import cli
from tui_tuner.configs.data import load_data
from tui_tuner.configs.load import load_config
from tui_tuner.engine.schema import SCHEMA_VERSION, connect

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT, ROOT / "docs", ROOT / "sample_configs")
PAGES = sorted(page.relative_to(ROOT) for folder in FOLDERS for page in folder.glob("*.md"))
CODE = re.compile(r"```.*?```", re.DOTALL)


def anchors(page: Path) -> set[str]:
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.*)$", CODE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", CODE.sub("", (ROOT / page).read_text(encoding="utf-8")))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = (ROOT / page.parent / name).resolve() if name else ROOT / page
        assert file.exists(), f"{page} links {target}"
        assert not anchor or anchor in anchors(file), f"{page} links {target}"


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [command.name for command in cli.app.registered_commands if f"`tui-tuner {command.name}" not in readme]
    assert missing == []


def test_the_readme_has_the_lines_that_set_up_and_run() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert "pip install -e '.[dev]' && tui-tuner run sample_configs/titanic.yaml" in lines
    assert "pip install -e '.[dev]' && pytest" in lines
    assert "pip install -e '.[dev]' && pytest" in (ROOT / ".ci" / "run").read_text().splitlines()


def test_the_library_page_names_every_public_name() -> None:
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    missing = [name for name in tui_tuner.__all__ if name != "__version__" and not re.search(rf"\b{name}\b", page)]
    assert missing == []


def test_the_page_of_search_db_names_every_column_and_its_queries_run(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "search-db.md").read_text(encoding="utf-8")
    assert f"schema's version, now {SCHEMA_VERSION};" in page
    connection = connect(tmp_path / "search.db", create=True)
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    for (table,) in tables.fetchall():
        (row,) = re.findall(rf"^\| `{table}` \|.*", page, re.MULTILINE)
        columns = [column[1] for column in connection.execute(f"PRAGMA table_info({table})")]
        assert [column for column in columns if not re.search(rf"\b{column}\b", row)] == []
    for block in re.findall(r"```sql\n(.*?)```", page, re.DOTALL):
        for statement in filter(str.strip, block.split(";")):
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("page", ["README.md", "docs/config.md"])
def test_the_config_of_a_page_is_sound_and_its_data_can_be_read(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "sample_configs", tmp_path, dirs_exist_ok=True)
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    (whole,) = [block for block in blocks if "\nmodel: " in block]
    (tmp_path / "page.yaml").write_text(whole)
    config = load_config("page.yaml")
    assert len(load_data(config.data).x_train) > 100


@pytest.mark.parametrize("name", BLOCKS)
def test_the_tables_that_are_made_from_the_code_are_up_to_date(name: str) -> None:
    """If not: `PYTHONPATH=tests python -m support.reference_docs`."""
    _, text, wanted = written(name)
    assert text == wanted
