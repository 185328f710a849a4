"""nginx in front of a server, as the README says it is set up."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path

from starlette.types import ASGIApp
from tests.lacking import lack
from tests.ports import free_port

from rhapsode.access.keys import find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.access.sign_ins import SignIns
from rhapsode.api.addresses import Addresses
from rhapsode.api.server import create_app
from rhapsode.web import page, player
from rhapsode.web.documentation import routes as documentation

from .running import LiveServer, serving

PREFIX = "/narration"
_README = Path(__file__).parents[2] / "README.md"
_START_LIMIT_S = 20


@dataclass(frozen=True)
class Setup:
    """How a proxy is set up. strips: takes the path off.    buffers: reads answers ahead of their clients."""

    strips: bool
    buffers: bool

    def __str__(self) -> str:
        """As the name of a test has it."""
        return f"{'stripped' if self.strips else 'whole'}-{'buffered' if self.buffers else 'direct'}"


def need_nginx() -> str:
    """The program; a test is skipped where it isn't installed, and in CI that is a failure."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        lack("nginx is not installed")
    return str(found)


@contextlib.contextmanager
def proxied(server: LiveServer, setups: Sequence[Setup], folder: Path) -> Iterator[list[str]]:
    """The public address of a server behind each proxy. Every one of them is another server on the same records."""
    program = need_nginx()
    with contextlib.ExitStack() as stack:
        urls, blocks = [], []
        for setup in setups:
            port = free_port()
            url = f"http://127.0.0.1:{port}{PREFIX}"
            urls.append(url)
            blocks.append(_block(setup, port, stack.enter_context(serving(_app(server, url)))))
        # What every block has is said once.
        first, *rest = blocks
        text = "\n".join([first, *(each[each.index("server {") :] for each in rest)])
        ports = [int(url.split(":")[2].split("/")[0]) for url in urls]
        stack.enter_context(running_nginx(program, folder, text, ports))
        yield urls


def _app(server: LiveServer, url: str) -> ASGIApp:
    # It believes nginx everything, so that what a client could say of itself would count.
    access = AccessRule(
        find_owner=lambda secret: find_owner(server.records, secret),
        sign_ins=SignIns(server.records),
        trusted_proxies=(ip_network("127.0.0.1"),),
        trust_remote_user=True,
    )
    services = replace(server.services, addresses=Addresses(url))
    return create_app(services, access=access, pages=[page.router, player.router, documentation.router])


def _block(setup: Setup, port: int, upstream: str) -> str:
    """The README's own words, with what tests differ in."""
    (told,) = re.findall(r"^```nginx\n(.*?)^```$", _README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    text = str(told)
    for old, new in (
        ("proxy_pass http://127.0.0.1:8000;", f"proxy_pass {upstream}{'/' if setup.strips else ''};"),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("proxy_buffering off;", f"proxy_buffering {'on' if setup.buffers else 'off'};"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def _config(folder: Path, blocks: str) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;\n" if os.geteuid() == 0 else ""
    return (
        f"{user}daemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{temporary}\n{blocks}\n}}\n"
    )


@contextlib.contextmanager
def running_nginx(program: str, folder: Path, text: str, ports: Sequence[int]) -> Iterator[None]:
    """Run it with what stands in its `http` block, its files in a folder, until it listens at these ports."""
    config, log = folder / "nginx.conf", folder / "error.log"
    config.write_text(_config(folder, text))
    with subprocess.Popen([program, "-e", str(log), "-c", str(config)], stderr=subprocess.PIPE) as process:
        try:
            for port in ports:
                _wait_for(port, process, log)
            yield
        finally:
            process.terminate()
            process.communicate(timeout=_START_LIMIT_S)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until_s = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < until_s:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.01)
    raise TimeoutError(port)
