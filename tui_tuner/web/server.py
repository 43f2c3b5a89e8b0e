"""Serves a command that draws with Textual to browsers, to those that know the token only.

textual-serve does the work: each connection runs the command in a process of its own. It lets everybody in and its page
takes a font from elsewhere, so that the routes and the page are ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import html
import secrets
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

HOST = "127.0.0.1"
"""Nobody else is listened to: from another machine, by a tunnel."""

MOST_CONNECTIONS = 8
"""Each is a process."""

_OURS = Path(__file__).parent
_SHUTDOWN_S = 2.0
_HEARTBEAT_S = 15.0
_USUAL_SIZE = (("width", 80), ("height", 24))

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self';"
        " img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the token is in the address
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Session(AppService):
    """The process behind one browser. Once it was stopped it is gone, whatever it does."""

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(super().stop(), _SHUTDOWN_S)
        if process.returncode is None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _SHUTDOWN_S)
        if process.returncode is None:
            process.kill()
        await process.wait()
        self.stdin.close()
        with contextlib.suppress(OSError):
            await self.stdin.wait_closed()


class SearchServer(Server):
    """One command for all who know the token.

    Args:
        command: For the shell.
        title: What the page is called.
        port: 0 for any that is free.
        token: What the address must hold; by default one that nobody guesses.
    """

    def __init__(self, command: str, *, title: str, port: int, token: str | None = None) -> None:
        super().__init__(command, host=HOST, port=port, title=title)
        self.token = token or secrets.token_urlsafe(24)
        self._connections: set[asyncio.Task[object]] = set()
        self._stopping: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The address, with the token."""
        return f"http://{self.host}:{self.port}/{self.token}/"

    # Routes. None of them depends on the token, so that how long it takes to find one says nothing of it.

    def make_application(self) -> web.Application:
        """The routes, each behind the token."""
        application = web.Application(middlewares=[self._guard])
        application.add_routes(
            [
                web.get("/{token}/", self._page),
                web.get("/{token}/page.css", self._own_file),
                web.get("/{token}/page.js", self._own_file),
                web.get("/{token}/ws", self._websocket),
                web.get("/{token}/download/{key}", self.handle_download),
                web.get("/{token}/static/{path:.+}", self._static),
            ]
        )
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        given = request.path.split("/")[1] if request.path.startswith("/") else ""
        if not hmac.compare_digest(given.encode(errors="replace"), self.token.encode()):
            return web.Response(status=403, text="403: the address lacks the token, or it is another one.\n")
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(_HEADERS)
            raise
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    async def _page(self, request: web.Request) -> web.Response:
        text = Template((_OURS / "page.html").read_text(encoding="utf-8")).substitute(
            title=html.escape(self.title),
            websocket=html.escape(f"ws://{request.host}/{self.token}/ws"),
            font_size=max(8, min(40, to_int(request.query.get("fontsize", "14"), 14))),
        )
        return web.Response(text=text, content_type="text/html")

    async def _own_file(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(_OURS / request.path.rsplit("/", 1)[1])

    async def _static(self, request: web.Request) -> web.FileResponse:
        folder = Path(self.statics_path).resolve()
        file = (folder / request.match_info["path"]).resolve()
        if not file.is_relative_to(folder) or not file.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(file)

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="403: another page asks.\n")
        if len(self._connections) >= MOST_CONNECTIONS:
            raise web.HTTPServiceUnavailable(text=f"503: {MOST_CONNECTIONS} browsers are connected already.\n")
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            return await self._serve(request)
        finally:
            self._connections.discard(task)

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        """Run the command for one browser, until one of both has enough."""
        websocket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S)
        await websocket.prepare(request)

        async def close() -> None:
            await websocket.close()

        session = Session(
            self.command,
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        size = [max(1, min(1000, to_int(request.query.get(name, ""), usual))) for name, usual in _USUAL_SIZE]
        await session.start(*size)
        try:
            await self._process_messages(websocket, session)
        except (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError):
            await websocket.close()  # what came was not from our page
        finally:
            stopping = asyncio.create_task(session.stop())
            self._stopping.add(stopping)
            stopping.add_done_callback(self._stopping.discard)
            await asyncio.shield(stopping)  # also when this server stops meanwhile
        return websocket

    # Its life

    async def start(self) -> None:
        """Listen, from now on.

        Raises:
            OSError: If the port cannot be listened to.
        """
        self._runner = web.AppRunner(self.make_application(), access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """End all connections and their processes."""
        connections = list(self._connections)
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await asyncio.gather(*self._stopping, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    async def run(self, started: Callable[[], None]) -> None:
        """Serve until SIGINT or SIGTERM.

        Args:
            started: Called once it listens.
        """
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)
        await self.start()
        started()
        await ended.wait()
        await self.stop()
