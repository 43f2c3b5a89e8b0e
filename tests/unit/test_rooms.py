"""Which rooms load what: proved in a fresh process for each."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "tui_tuner"

HEAVY = ("keras", "tensorflow", "jax", "torch", "ray")


def loaded_by(*modules: str) -> set[str]:
    """The top-level packages in `sys.modules` of a fresh process that has imported `modules`."""
    code = f"import sys, {', '.join(modules)}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        (["tui_tuner"], (*HEAVY, "textual", "numpy", "pandas", "sklearn", "scipy", "pydantic", "rich", "sqlite3")),
        (["tui_tuner.space", "tui_tuner.oracles"], (*HEAVY, "textual", "numpy", "pandas", "sklearn", "scipy")),
        (
            ["tui_tuner.engine.loop", "tui_tuner.engine.reader", "tui_tuner.executors.process"],
            (*HEAVY, "textual", "numpy", "pandas", "sklearn", "scipy"),
        ),
        (["tui_tuner.executors.ray_executor"], (*HEAVY, "textual", "numpy", "pandas", "pydantic")),
        (
            ["tui_tuner.final.retraining", "tui_tuner.final.evaluation"],
            (*HEAVY, "textual", "numpy", "pandas", "pydantic"),
        ),
        (["tui_tuner.headless.session", "tui_tuner.headless.status"], (*HEAVY, "textual", "numpy", "pandas")),
        (["tui_tuner.worker.process_main"], (*HEAVY, "textual")),
        (["tui_tuner.cli", "tui_tuner.configs.load", "tui_tuner.configs.assemble"], (*HEAVY, "textual", "pandas")),
        (["tui_tuner.tui.app", "tui_tuner.tui.session"], (*HEAVY, "pandas", "sklearn", "scipy")),
        (["tui_tuner.oracles.bayesian"], (*HEAVY, "textual", "sklearn")),
    ],
)
def test_a_room_does_not_load_what_it_must_not(modules: list[str], unwanted: tuple[str, ...]) -> None:
    assert loaded_by(*modules).isdisjoint(unwanted)


ALLOWED = {
    # room: the rooms that it may import (its own aside)
    "protos": set(),
    "space": {"errors", "protos"},
    "oracles": {"errors", "space", "protos"},
    "distribute": {"errors", "space", "oracles", "protos"},
    "checks": {"errors", "space", "oracles.directions", "analysis.formatting", "worker.jobs"},
    "worker": {
        *("errors", "space", "engine.directory", "engine.view", "checks", "configs", "hypermodels"),
        "system.keras_versions",
    },
    "executors": {"errors", "system.forks", "worker", "engine.directory", "configs.model_reference"},
    "engine": {
        *("errors", "space", "oracles", "system.forks", "system.user_state", "executors.protocol"),
        *("worker.jobs", "worker.messages", "worker.reports"),
    },
    "hypermodels": {"errors", "space"},
    "configs": {
        *("errors", "checks", "space", "oracles", "engine", "executors", "worker", "hypermodels"),
        "interop.keras_tuner_import",  # which imports nothing of `configs`
    },
    "analysis": {"engine", "space.scales", "worker.jobs"},
    "applications": {"errors", "space", "tuners"},
    "commands": {
        *("errors", "analysis", "configs", "engine", "headless", "interop", "system", "tui", "web"),
        *(
            "checks",
            "executors",
            "oracles.brackets",
            "oracles.rungs",
            "worker.aside_jobs",
            "worker.demo",
            "worker.jobs",
            "worker.priority",
            "worker.probe_jobs",
        ),
    },
    "final": {"errors", "analysis", "engine", "executors", "worker.aside_jobs", "worker.final_jobs"},
    "headless": {"errors", "analysis", "engine", "executors", "final", "interop", "system", "worker.final_jobs"},
    "system": {"errors"},
    "interop": {"errors", "space", "oracles", "engine", "executors", "tuners", "worker", "analysis", "system"},
    "tuners": {
        *("errors", "space", "oracles", "distribute", "engine", "executors", "worker", "analysis", "configs"),
        *("interop.keras_tuner_import", "interop.keras_tuner_project"),  # which import nothing of `tuners`
    },
    "web": set(),
    "tui": {
        "errors",
        "analysis",
        "engine",
        "final",
        "headless",
        "interop",
        "system",
        "worker.final_jobs",
        "worker.jobs",
        "worker.priority",
    },
}


def imports_of(file: Path) -> set[str]:
    """What a module imports of this package, without the package's name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "tui_tuner":
            folder = PACKAGE.joinpath(*node.module.split(".")[1:])
            for alias in node.names:
                is_module = (folder / alias.name).is_dir() or (folder / f"{alias.name}.py").is_file()
                found.add(f"{node.module}.{alias.name}" if is_module else node.module)
    return {name.removeprefix("tui_tuner.") for name in found if name != "tui_tuner"}


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_arrows_between_rooms_point_one_way(room: str) -> None:
    for file in (PACKAGE / room).rglob("*.py"):
        for name in imports_of(file):
            own = name == room or name.startswith(f"{room}.")
            allowed = any(name == other or name.startswith(f"{other}.") for other in ALLOWED[room])
            assert own or allowed, f"{file.relative_to(PACKAGE)} imports {name}"


def test_every_room_has_its_arrows_named() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms == set(ALLOWED)
