"""The folder of a local Ray lives as long as its process."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tui_tuner.executors.ray_folder import RayFolder

OWNER = """
import sys
from pathlib import Path
from tui_tuner.executors.ray_folder import RayFolder

folder = RayFolder(Path(sys.argv[1]))
(folder.path / "session" / "logs").mkdir(parents=True)
(folder.path / "session" / "logs" / "raylet.out").touch()
(folder.path / "session_latest").symlink_to(folder.path / "session")
print(folder.path, flush=True)
sys.stdin.read()
"""


def owner(where: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, where], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_folders_of_processes_that_were_killed_are_deleted_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "ttr-of-somebody").mkdir()
    killed, its_folder = owner(tmp_path)
    living, another_folder = owner(tmp_path)
    with killed, living:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert its_folder.is_dir()
        own = RayFolder(tmp_path)
        assert set(tmp_path.iterdir()) == {own.path, another_folder, tmp_path / "ttr-of-somebody"}
        assert (another_folder / "session" / "logs" / "raylet.out").exists()
        own.delete()
        assert set(tmp_path.iterdir()) == {another_folder, tmp_path / "ttr-of-somebody"}
        living.send_signal(signal.SIGKILL)
