"""`tui-tuner serve`: the app in a browser, for whoever has the token."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from PIL import Image
from support.chromium import CHROMIUM, chromium
from support.small_searches import make_search

from tui_tuner.commands.serve import serve, served_command
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.lock import EngineLock
from tui_tuner.engine.view import SearchState
from tui_tuner.errors import TunerError
from tui_tuner.web.server import MOST_CONNECTIONS, SearchServer

DEADLINE_S = 60.0
TUNER = [sys.executable, "-m", "tui_tuner.cli"]

RESOURCES = ("", "page.js", "page.css", "ws", "static/js/textual.js", "static/css/xterm.css", "download/key", "else")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_search(tmp_path / "[b]it's" / "search", name="served")


@asynccontextmanager
async def serving(
    root: Path, *, allow_control: bool = False, command: str | None = None
) -> AsyncIterator[SearchServer]:
    server = SearchServer(
        command or served_command(root, allow_control=allow_control), title="<b>served</b>", port=0, token="s3cret"
    )
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def connected(server: SearchServer) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """What a browser has to the app."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(server.url + "ws?width=120&height=36") as socket,
    ):
        yield socket


def commands_in(root: Path) -> list[str]:
    """What was asked of the engine."""
    connection = sqlite3.connect(SearchDirectory(root).database)
    try:
        return [kind for (kind,) in connection.execute("SELECT kind FROM commands ORDER BY id")]
    finally:
        connection.close()


async def drawn(socket: aiohttp.ClientWebSocketResponse, wanted: str) -> str:
    """What the app draws, until it shows a text."""
    seen = ""
    async with asyncio.timeout(DEADLINE_S):
        async for message in socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                seen += message.data.decode("utf-8", "replace")
            if wanted in seen:
                return seen
    raise AssertionError(f"the connection ended without {wanted!r}: {seen[-2000:]!r}")


@pytest.mark.parametrize("token", ["", "/", "/s3cre", "/s3cret2", "/S3CRET", "/%73", "/é"])
async def test_without_the_token_there_is_nothing(root: Path, token: str) -> None:
    async with serving(root) as server, aiohttp.ClientSession() as browser:
        address = f"http://127.0.0.1:{server.port}{token}"
        for resource in RESOURCES:
            async with browser.get(f"{address}/{resource}", allow_redirects=False) as answer:
                assert answer.status == 403, resource
                assert "s3cret" not in await answer.text()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.ws_connect(f"{address}/ws")
        assert refused.value.status == 403


async def test_with_the_token_there_is_the_page_and_nothing_from_elsewhere(root: Path) -> None:
    async with serving(root) as server, aiohttp.ClientSession() as browser:
        async with browser.get(server.url) as answer:
            page = await answer.text()
            assert answer.status == 200
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "&lt;b&gt;served&lt;/b&gt;" in page
        assert "<b>" not in page
        assert "https:" not in page
        for resource in RESOURCES[1:3] + RESOURCES[4:6]:
            async with browser.get(server.url + resource) as answer:
                assert answer.status == 200, resource
        for resource in ("static/../server.py", "static/%2e%2e/server.py", "static/nothing.js", "download/none"):
            async with browser.get(server.url + resource) as answer:
                assert answer.status == 404, resource


async def test_two_servers_have_different_tokens_that_nobody_guesses() -> None:
    tokens = {SearchServer("true", title="", port=0).token for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 32


async def test_another_page_cannot_connect_even_with_the_token(root: Path) -> None:
    async with serving(root) as server, aiohttp.ClientSession() as browser:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.ws_connect(server.url + "ws", headers={"Origin": "http://evil.example"})
        assert refused.value.status == 403


async def test_the_app_is_drawn_read_only(root: Path) -> None:
    lock = EngineLock(SearchDirectory(root).lock)
    lock.acquire()
    _set_state(root, SearchState.RUNNING)
    async with serving(root) as server, connected(server) as socket:
        await drawn(socket, "read-only")
        await socket.send_json(["stdin", " "])
        await socket.send_json(["stdin", "i"])
        await drawn(socket, "Nobody has asked")
    lock.release()
    assert commands_in(root) == []


async def test_with_its_controls_the_search_is_steered(root: Path) -> None:
    lock = EngineLock(SearchDirectory(root).lock)
    lock.acquire()
    _set_state(root, SearchState.RUNNING)
    async with serving(root, allow_control=True) as server, connected(server) as socket:
        await drawn(socket, "attached")
        await socket.send_json(["stdin", " "])
        await drawn(socket, "pausing")
    lock.release()
    assert commands_in(root) == ["pause"]


async def test_not_more_connect_than_the_machine_bears(root: Path) -> None:
    quiet = "exec sleep 60"
    async with serving(root, command=quiet) as server, aiohttp.ClientSession() as browser:
        sockets = [await browser.ws_connect(server.url + "ws") for _ in range(MOST_CONNECTIONS)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.ws_connect(server.url + "ws")
        assert refused.value.status == 503
        await sockets[0].send_str("no JSON")  # ends this connection only, and makes room
        assert (await sockets[0].receive()).type is aiohttp.WSMsgType.CLOSE
        async with asyncio.timeout(DEADLINE_S):
            while True:
                with contextlib.suppress(aiohttp.WSServerHandshakeError):
                    await browser.ws_connect(server.url + "ws")
                    break
                await asyncio.sleep(0.1)
        assert not sockets[1].closed


def _set_state(root: Path, state: SearchState) -> None:
    connection = sqlite3.connect(SearchDirectory(root).database)
    with connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'state'", (f'"{state.value}"',))
    connection.close()


def _served_processes(root: Path) -> list[int]:
    """The processes that serve a search."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"tui_tuner.tui.served" in arguments and os.fsencode(root) in arguments:
                found.append(int(entry.name))
    return found


async def test_a_server_that_is_killed_leaves_no_process_behind(root: Path) -> None:
    process = await asyncio.create_subprocess_exec(*TUNER, "serve", str(root), stdout=subprocess.PIPE)
    assert process.stdout is not None
    async with asyncio.timeout(DEADLINE_S):
        while b"http://" not in (line := await process.stdout.readline()):
            assert line
        async with aiohttp.ClientSession() as browser:
            socket = await browser.ws_connect(line.decode().strip() + "ws")
            await drawn(socket, "Leaderboard")
            assert _served_processes(root)
            process.send_signal(signal.SIGKILL)
            await process.wait()
            await socket.close()
    deadline = time.monotonic() + DEADLINE_S
    while _served_processes(root):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


def test_the_missing_extra_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tui_tuner.web.server")
    monkeypatch.setitem(sys.modules, "textual_serve.app_service", None)
    with pytest.raises(TunerError, match="needs a package that is not here") as told:
        serve(root)
    assert told.value.hint == "pip install 'tui-tuner[serve]'"


def test_what_is_no_search_is_not_served(tmp_path: Path) -> None:
    done = subprocess.run([*TUNER, "serve", str(tmp_path)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "no search here" in done.stderr


@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed: apt-get install chromium")
async def test_a_browser_draws_the_app_and_its_keys_work(root: Path, tmp_path: Path) -> None:
    async with serving(root) as server, chromium(tmp_path / "browser") as page:
        await page.open(server.url)
        await page.until("document.body.classList.contains('-first-byte')")
        colours = 0
        deadline = time.monotonic() + DEADLINE_S
        while colours < 100:  # text in several colours, with the shades of its edges
            assert time.monotonic() < deadline, "nothing is drawn"
            image = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
            colours = len(image.getcolors(image.width * image.height) or [])
        await page.press("q")
        await page.until("document.body.classList.contains('-closed')")
        hosts = {url.split("/")[2] for url in page.requested if "://" in url}
        assert hosts == {f"127.0.0.1:{server.port}"}
        assert any(url.startswith("ws://") for url in page.requested)


@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed: apt-get install chromium")
async def test_a_browser_without_the_token_sees_nothing(root: Path, tmp_path: Path) -> None:
    async with serving(root) as server, chromium(tmp_path / "browser") as page:
        await page.open(f"http://127.0.0.1:{server.port}/")
        await page.until("document.body.innerText.includes('403')")
        assert await page.evaluate("document.querySelector('#terminal')") is None
