"""What `deploy/` says is what the program knows, and its proxy finds another server when one is gone."""

import contextlib
import re
import tomllib
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address, ip_network
from pathlib import Path
from threading import Thread

import httpx
import pytest
import typer
import yaml
from tests.conftest import ROOT
from tests.contract.proxying import need_nginx, running_nginx
from tests.ports import free_port

from rhapsode.cli.commands import _commands
from rhapsode.settings import Settings

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
OURS = {name: service for name, service in COMPOSE["services"].items() if service.get("image") == "rhapsode"}
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def assert_known(command: list[str]) -> None:
    """A command and its options are those of the program."""
    group = typer.main.get_command(_commands)
    known = group.commands[command[0]]  # type: ignore[attr-defined]
    options = {option for parameter in known.params for option in parameter.opts}
    assert {word for word in command if word.startswith("--")} <= options, command


@pytest.mark.parametrize("name", OURS)
def test_services_run_commands_with_settings_that_there_are(name: str) -> None:
    """And two servers never share a directory."""
    service = OURS[name]
    assert_known(service["command"])
    own = {
        key.removeprefix("RHAPSODE_").lower() for key in service["environment"] if key.startswith("RHAPSODE_")
    }
    assert own <= Settings.model_fields.keys()
    volumes = [volume for other in OURS.values() for volume in other["volumes"]]
    assert volumes.count(service["volumes"][0]) == 1


def test_whoever_serves_comes_back() -> None:
    """When it has died, or its machine has; what only prepares others is done once."""
    restarts = {name: service.get("restart") for name, service in COMPOSE["services"].items()}
    assert restarts.pop("bucket") is None
    assert set(restarts.values()) == {"unless-stopped"}


def test_every_variable_of_the_compose_file_is_in_the_example() -> None:
    """Whoever copies the example has been asked for everything."""
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    example = dict(
        line.split("=", 1)
        for line in (DEPLOY / "fleet.env.example").read_text("utf-8").splitlines()
        if not line.startswith("#")
    )
    assert set(re.findall(r"\$\{(\w+)\}", text)) == example.keys()


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_units_start_the_program_and_let_it_end(unit: Path) -> None:
    """As long as `rhapsode serve` takes to let requests end."""
    (line,) = re.findall(r"^ExecStart=\S+/rhapsode (.*)$", unit.read_text("utf-8"), re.MULTILINE)
    assert_known(line.split())
    assert "TimeoutStopSec=45" in unit.read_text("utf-8")


def test_the_image_has_extras_that_there_are() -> None:
    """And is made of files that the build is given."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    (wanted,) = re.findall(r"/source\[([a-z,]+)\]", text)
    assert set(wanted.split(",")) <= extras.keys()
    given = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[0] == "!"]
    assert all((ROOT / path).exists() for path in given)


def test_the_proxy_has_the_address_that_servers_trust() -> None:
    """And no other service is ever given it."""
    (network,) = COMPOSE["networks"]["default"]["ipam"]["config"]
    address = COMPOSE["services"]["proxy"]["networks"]["default"]["ipv4_address"]
    assert ip_address(address) in ip_network(network["subnet"])
    assert ip_address(address) not in ip_network(network["ip_range"])
    trusted = {service["environment"]["RHAPSODE_TRUSTED_PROXIES"] for service in OURS.values()}
    assert trusted == {address}


class _Healthy(BaseHTTPRequestHandler):
    """Answers everything, and keeps the headers of the newest request."""

    asked: Message

    def do_GET(self) -> None:
        type(self).asked = self.headers
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def answering(port: int) -> Iterator[None]:
    server = HTTPServer(("127.0.0.1", port), _Healthy)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def test_the_proxy_asks_another_server_when_one_is_gone(tmp_path: Path) -> None:
    """And passes on nothing that clients say of themselves, nor ends connections that it could keep.

    Of its file only names and the port are changed.
    """
    program = need_nginx()
    ports = [free_port() for _ in range(3)]
    text = (DEPLOY / "nginx" / "rhapsode.conf").read_text("utf-8")
    for old, new in (
        ("server-1:8000", f"127.0.0.1:{ports[0]}"),
        ("server-2:8000", f"127.0.0.1:{ports[1]}"),
        ("listen 80;", f"listen 127.0.0.1:{ports[2]};"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    with running_nginx(program, tmp_path, text, [ports[2]]):
        url = f"http://127.0.0.1:{ports[2]}/healthz"
        with answering(ports[1]):
            claims = {"remote-user": "admin@example.org", "x-forwarded-for": "198.51.100.7"}
            answers = {httpx.get(url, headers=claims, trust_env=False).status_code for _ in range(8)}
        assert answers == {200}
        assert not {"remote-user", "connection"} & {name.lower() for name in _Healthy.asked}
        assert _Healthy.asked.get_all("x-forwarded-for") == ["127.0.0.1"]
        assert httpx.get(url, trust_env=False).status_code == 502
