"""A real Ray cluster of several nodes on this machine, with token authentication, in a process of its own.

`python ray_cluster.py` serves it: one JSON command a line on standard input, one JSON answer a line on its output; it
ends, with all nodes, when its input ends.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

ANSWER = "answer: "


class RayCluster:
    """A cluster for the time of a `with` block.

    Args:
        head: What the head node has: `num_cpus`, `num_gpus`, `resources`.

    Attributes:
        address: What `run.address` takes.
        environment: Variables that whoever joins needs.
        scratch: Where what runs on its nodes keeps temporary files.
    """

    def __init__(self, **head: Any) -> None:
        self._head = head
        self.address = ""
        self.environment = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}

    def __enter__(self) -> RayCluster:
        self._scratch = tempfile.TemporaryDirectory()
        self.scratch = Path(self._scratch.name)
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            env={
                **os.environ,
                **self.environment,
                "RAY_USAGE_STATS_ENABLED": "0",
                "RAY_worker_niceness": "0",
                "RAY_TMPDIR": "/tmp",  # the paths of its sockets must be short
                "TMPDIR": str(self.scratch),
            },
        )
        self.address = self._call("add", **self._head)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._scratch.cleanup()

    def add(self, **node: Any) -> str:
        """Start another node; returns what `kill` takes."""
        return str(self._call("add", **node))

    def kill(self, node: str) -> None:
        """End a node with all that runs on it, without a word to it."""
        self._call("kill", node=node)

    def _call(self, command: str, **arguments: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([command, arguments]) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith(ANSWER):
                return json.loads(line.removeprefix(ANSWER))
        raise RuntimeError("the process of the Ray cluster has ended")


def _serve() -> None:
    from ray.cluster_utils import Cluster

    cluster: Any = Cluster()
    nodes: dict[str, Any] = {}
    try:
        for line in sys.stdin:
            command, arguments = json.loads(line)
            answer: str | None = None
            if command == "add":
                node = cluster.add_node(include_dashboard=False, **arguments)
                answer = str(node.node_id) if nodes else str(cluster.address)
                nodes[answer] = node
            else:
                cluster.remove_node(nodes.pop(arguments["node"]), allow_graceful=False)
            print(f"{ANSWER}{json.dumps(answer)}", flush=True)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    _serve()
