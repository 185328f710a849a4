"""Rhapsode under the shim: servers and other work in forks of one process that has everything imported.

A server that is started as a person does takes some seconds to import what it consists of, which hundreds of starts
would repeat. What runs here is the same code, from `rhapsode.cli.commands.run` on, in processes of their own; its
renderers come from the same place.
"""

import contextlib
import multiprocessing
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
import psutil

from .shim import Control, compiled

KEY = "a-key-that-somebody-has-chosen"
VARIABLES = {
    "RHAPSODE_PROCESSES": "1",
    "RHAPSODE_API_KEY": KEY,
    "RHAPSODE_ALLOWED_NETWORKS": "127.0.0.0/8",
}
_START_LIMIT_S = 60
_END_LIMIT_S = 60
_POLL_S = 0.02


@dataclass
class Server:
    """A server that runs. ready_s: how long it took to listen."""

    process: BaseProcess
    url: str
    ready_s: float
    said: Path

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def http(self) -> httpx.Client:
        """A client with its key, which the caller closes."""
        return httpx.Client(base_url=self.url, headers={"xi-api-key": KEY}, timeout=60, trust_env=False)


class Nursery:
    """Starts processes under the shim. Not for several threads."""

    def __init__(self, control: Control, folder: Path) -> None:
        self.control = control
        self._folder = folder
        self._context = multiprocessing.get_context("forkserver")
        self._running: list[BaseProcess] = []

    def call(self, work: Callable[..., Any], *arguments: Any) -> BaseProcess:
        """Begin a function of a module in a process of its own."""
        (self._folder / "said").touch()
        process = self._context.Process(target=_call, args=(str(self._folder / "said"), work, arguments))
        process.start()
        self._running.append(process)
        return process

    def serve(self, data: Path) -> Server:
        """Start a server and wait until it listens. Raises: Died, when it ended before."""
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = found.getsockname()[1]
        began_at_s = time.monotonic()
        process = self.call(_serve, str(data), port)
        server = Server(process, f"http://127.0.0.1:{port}", 0.0, self._folder / "said")
        while not _answers(port):
            if not process.is_alive():
                raise Died(server.said.read_text())
            assert time.monotonic() - began_at_s < _START_LIMIT_S, server.said.read_text()
            time.sleep(_POLL_S)
        server.ready_s = time.monotonic() - began_at_s
        return server

    def stop(self, server: Server) -> None:
        """Ask a server politely to end, and wait until it has."""
        server.process.terminate()
        self.join(server.process)

    def join(self, process: BaseProcess) -> None:
        """Wait until a process has ended by itself, and well."""
        process.join(_END_LIMIT_S)
        assert process.exitcode == 0, (self._folder / "said").read_text()

    def end(self) -> None:
        """Kill what runs, and wait until none of its children is left."""
        self.control["dead"] = 0
        for process in self._running:
            process.kill()
            process.join()
        self._running.clear()
        until_s = time.monotonic() + _END_LIMIT_S
        while _forks():
            assert time.monotonic() < until_s, _forks()
            time.sleep(_POLL_S)


class Died(Exception):
    """A server has ended before it listened."""


def _answers(port: int) -> bool:
    with socket.socket() as asking:
        asking.settimeout(1)
        return asking.connect_ex(("127.0.0.1", port)) == 0


def _forks() -> list[psutil.Process]:
    nursery = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    return [child for child in psutil.Process(nursery).children() if child.status() != psutil.STATUS_ZOMBIE]


@contextlib.contextmanager
def nursery() -> Iterator[Nursery]:
    """A place to start processes at, which have the shim between them and the system."""
    with compiled() as library, tempfile.TemporaryDirectory(prefix="faults-") as folder:
        control = Control(Path(folder) / "control")
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.faults.imported", "tests.faults.program"])
        changes = VARIABLES | {
            "LD_PRELOAD": str(library),
            "FAULTS_CONTROL": str(control.path),
            "HOME": folder,
        }
        before = {name: os.environ.get(name) for name in changes}
        os.environ.update(changes)
        try:
            forkserver.ensure_running()
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
        place = Nursery(control, Path(folder))
        try:
            yield place
        finally:
            place.end()
            forkserver._forkserver._stop()  # type: ignore[attr-defined]


def _call(said: str, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
    work(*arguments)


def _serve(data: str, port: int) -> None:
    from rhapsode.cli.commands import run
    from rhapsode.rendering import pool

    # Renderers and parsers, too, are forks of the process that has everything imported.
    pool.get_context = multiprocessing.get_context = lambda _=None: ForkServerContext()  # type: ignore[assignment, attr-defined]
    sys.argv = ["rhapsode", "serve", "--data", data, "--port", str(port)]
    run()
