"""`rhapsode serve`: how it starts, whom it lets in, and how it ends."""

import signal
import socket
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from elevenlabs.core.api_error import ApiError
from tests.rounds import rounds
from tests.waiting import wait_until

from .processes import has_begun
from .program import TALE, Rhapsode, long_book
from .server import LISTENS, STOPPING, Server, serving

# Every test starts the program, which takes longer than most tests elsewhere.
pytestmark = pytest.mark.slow

GIVEN_KEY = "a-key-that-somebody-has-chosen"
MOMENTS = rounds(4, 11)
FIRST_START = """\
This is the API key of this server, and it is shown only now. The official SDKs read it from here:

    export ELEVENLABS_API_KEY={key}

and are told the address in the program: ElevenLabs(base_url="{url}")

Rhapsode listens on {url}
"""


def owner(rhapsode: Rhapsode) -> Path:
    return rhapsode.data / "LOCK.owner"


def opened_link(rhapsode: Rhapsode) -> Path:
    """Where the browser of these tests writes what it opens."""
    return rhapsode.folder / "opened"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Rhapsode:
    """The program whose data directory `server` has, for tests that change nothing in it."""
    return Rhapsode(tmp_path_factory.mktemp("host"), anew=True)


@pytest.fixture(scope="module")
def started(host: Rhapsode) -> Iterator[tuple[Server, float]]:
    """A server that opens to a given key, and the seconds that its start took here and now."""
    browser = host.folder / "browser"
    browser.write_text(f"#!/bin/sh\nprintf %s \"$1\" > '{opened_link(host)}'\n")
    browser.chmod(0o700)
    began_s = time.monotonic()
    with serving(host, "--open", RHAPSODE_API_KEY=GIVEN_KEY, BROWSER=str(browser)) as running:
        yield running, time.monotonic() - began_s
        assert running.stop().exit_status == 0


@pytest.fixture(scope="module")
def server(started: tuple[Server, float]) -> Server:
    """The server, for tests that leave it as it is."""
    return started[0]


def test_a_given_key_works_and_isnt_printed(server: Server) -> None:
    """RHAPSODE_API_KEY is a key from the start on, and nothing prints one."""
    assert server.said == [f"{LISTENS}{server.url}\n"]
    assert server.client(GIVEN_KEY).studio.projects.list().projects == []


def test_links_sign_browsers_in(host: Rhapsode, server: Server) -> None:
    """The one that `--open` has a browser open, and each that `rhapsode sign-in` prints: as a key that opens all."""
    wait_until(lambda: opened_link(host).is_file() and opened_link(host).read_text() != "")
    printed = host.run("sign-in").output.rstrip("\n")

    for link in (opened_link(host).read_text(), printed):
        assert link.startswith(f"{server.url}/#sign-in=")
        shown = {"token": link.rpartition("=")[2]}
        own = {"origin": server.url}
        answers = [
            server.http().post("/rhapsode/v1/session/link", json=shown, headers=own).status_code
            for _ in range(2)
        ]
        assert answers == [200, 403]


def test_health_needs_no_key(server: Server) -> None:
    """Readiness is answered to everybody, and says nothing of anybody's work."""
    answer = server.http().get("/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_one_server_for_a_directory(host: Rhapsode, server: Server) -> None:
    """A second server on the same data is told who has it, and not that its port is taken: another won't help."""
    error = host.run("serve", "--port", server.url.rpartition(":")[2]).error

    assert error == (
        f"The data directory {host.data} is in use by `rhapsode serve` (process {server.process.pid})."
    )


def test_commands_need_the_token(server: Server) -> None:
    """What commands ask of a server is open to no API key, and to nobody without the token."""
    assert_closed_to_strangers(server)


def test_no_auth_asks_for_no_key(rhapsode: Rhapsode) -> None:
    """--no-auth lets programs of this machine in without a key, and makes none; commands still need the token."""
    with serving(rhapsode, "--no-auth") as server:
        assert server.said == [f"{LISTENS}{server.url}\n"]
        assert server.http().get("/v1/studio/projects").json() == {"projects": []}
        assert_closed_to_strangers(server)


def assert_closed_to_strangers(server: Server) -> None:
    """Without the token, whatever else somebody has, there is nothing of what commands ask."""
    for token in ({}, {"rhapsode-token": ""}, {"rhapsode-token": "guess"}):
        for method, path in (("GET", "keys"), ("POST", "check"), ("POST", "books")):
            answer = server.http(GIVEN_KEY).request(method, f"/rhapsode/v1/commands/{path}", headers=token)
            assert (answer.status_code, answer.json()["detail"]["code"]) == (401, "invalid_token")


def test_starts_and_ends(rhapsode: Rhapsode) -> None:
    """The first start prints a key and the lines that SDKs want, the second doesn't; signals end both in order."""
    with serving(rhapsode) as server:
        key = server.first_key
        assert "".join(server.said) == FIRST_START.format(key=key, url=server.url)
        assert server.client(key).studio.projects.list().projects == []
        with pytest.raises(ApiError) as caught:
            server.client("sk_" + "0" * 64).studio.projects.list()
        assert caught.value.status_code == 401
        assert_token_is_private(rhapsode, server)
        assert_ends_in_order(rhapsode, server, signal.SIGTERM)

    # Its address is free at once.
    with serving(rhapsode, port=int(server.url.rpartition(":")[2])) as again:
        assert again.url == server.url
        assert again.said == [f"{LISTENS}{again.url}\n"]
        assert again.client(key).studio.projects.list().projects == []
        assert_ends_in_order(rhapsode, again, signal.SIGINT)


def assert_token_is_private(rhapsode: Rhapsode, server: Server) -> None:
    """Only the owner of the data directory can read what commands show the server."""
    assert server.url in owner(rhapsode).read_text()
    if sys.platform != "win32":
        assert stat.S_IMODE(owner(rhapsode).stat().st_mode) == 0o600


def assert_ends_in_order(rhapsode: Rhapsode, server: Server, number: signal.Signals) -> None:
    """With exit status 0, one line, and without its token."""
    finished = server.stop(number)
    assert (finished.exit_status, finished.output, finished.errors) == (0, "", STOPPING)
    assert not owner(rhapsode).exists()


def test_another_given_key_ends_the_former(rhapsode: Rhapsode) -> None:
    """Who changes RHAPSODE_API_KEY because it was seen has locked out whoever saw it."""
    with serving(rhapsode, RHAPSODE_API_KEY=GIVEN_KEY) as server:
        assert server.http(GIVEN_KEY).get("/v1/studio/projects").status_code == 200
        assert_broken_form_leaves_no_line(server)
    with serving(rhapsode, RHAPSODE_API_KEY=f"{GIVEN_KEY}-2") as server:
        assert server.http(GIVEN_KEY).get("/v1/studio/projects").status_code == 401
        assert server.http(f"{GIVEN_KEY}-2").get("/v1/studio/projects").status_code == 200


def assert_broken_form_leaves_no_line(server: Server) -> None:
    """What a client sends wrong is told to it, and to nobody else, however often it is sent."""
    form = {"content-type": "multipart/form-data; boundary=x"}
    refused = server.http(GIVEN_KEY).post("/v1/studio/projects", content=b"no form", headers=form)
    assert refused.status_code == 400
    assert server.stop().errors == STOPPING


def test_a_poor_key_is_refused(rhapsode: Rhapsode) -> None:
    """A key that can be guessed ends the start with a sentence."""
    finished = rhapsode.run("serve", "--port", "0", RHAPSODE_API_KEY="letmein")

    assert finished.error.startswith("RHAPSODE_API_KEY: A key has at least 16 ")


@pytest.mark.parametrize("address", ["0.0.0.0", "example.org"])
def test_no_auth_is_for_this_machine_alone(rhapsode: Rhapsode, address: str) -> None:
    """Without keys nothing listens to the network: refused before anything is made."""
    error = rhapsode.run("serve", "--no-auth", "--host", address).error

    assert error == (
        f"Without keys, everybody who reaches {address} could do everything. Leave out --no-auth or --host."
    )
    assert not rhapsode.data.exists()


def test_a_port_in_use_is_one_sentence(rhapsode: Rhapsode) -> None:
    """A taken port is named."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        error = rhapsode.run("serve", "--port", str(port)).error

    assert error == f"Port {port} of 127.0.0.1 is in use by another program. Choose another with --port."


def test_an_address_of_others_is_one_sentence(rhapsode: Rhapsode) -> None:
    """An address that isn't this machine's is refused."""
    error = rhapsode.run("serve", "--host", "192.0.2.7", "--port", "0").error

    assert error.startswith("It is not possible to listen on 192.0.2.7, port 0: ")


@pytest.mark.parametrize(
    ("share", "number"),
    [
        # From the first imports until it listens.
        *((0.1 + moment / (MOMENTS - 1), signal.SIGINT) for moment in range(MOMENTS)),
        *((share, signal.SIGTERM) for share in (0.7, 1.0)[: rounds(1, 2)]),
    ],
)
def test_a_signal_is_heeded_at_any_moment(
    rhapsode: Rhapsode, started: tuple[Server, float], share: float, number: signal.Signals
) -> None:
    """While it starts, too, it ends within seconds, and says at most what it leaves."""
    with rhapsode.start("serve", "--port", "0") as process:
        wait_until(lambda: has_begun(process))
        time.sleep(share * started[1])
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) in [(0, STOPPING), (130, "")]


def test_a_download_may_end(rhapsode: Rhapsode) -> None:
    """A slow download that has begun is whole, though the server was asked to end and says so meanwhile."""
    book = rhapsode.write("long.md", long_book(24))
    with serving(rhapsode, RHAPSODE_API_KEY=GIVEN_KEY) as server:
        rhapsode.narrate(book, "--quality", "high")
        studio = server.client(GIVEN_KEY).studio.projects
        (project,) = studio.list().projects
        (snapshot,) = studio.snapshots.list(project.project_id).snapshots
        path = f"/v1/studio/projects/{project.project_id}/snapshots/{snapshot.project_snapshot_id}/archive"
        # Little of it can be under way between the two.
        narrow = httpx.HTTPTransport(socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**16)])
        with (
            httpx.Client(transport=narrow, timeout=60) as client,
            client.stream("POST", server.url + path, headers={"xi-api-key": GIVEN_KEY}) as response,
        ):
            content = response.iter_raw(2**16)
            received = [next(content)]
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: is_draining(server))
            received += content
        server.process.communicate(timeout=60)

    expected = (rhapsode.folder / "long.zip").read_bytes()
    assert b"".join(received) == expected
    assert len(expected) > 10 * 2**20
    assert server.process.returncode == 0


def is_draining(server: Server) -> bool:
    """Whether it says that it is about to end, to whoever comes now."""
    answer = httpx.get(f"{server.url}/readyz", trust_env=False)
    return answer.status_code == 503 and answer.json()["checks"]["server"]["state"] == "failed"


def test_a_stopped_conversion_goes_on_at_the_next_start(rhapsode: Rhapsode) -> None:
    """A server that is asked to end in the middle of a conversion ends at once; the next one finishes it unasked."""
    with serving(rhapsode, RHAPSODE_API_KEY=GIVEN_KEY) as server:
        studio = server.client(GIVEN_KEY).studio.projects
        project_id = studio.create(
            name="Long",
            from_document=("long.md", long_book(30).encode()),
            default_title_voice_id="tone_low",
            default_paragraph_voice_id="tone_low",
        ).project.project_id
        studio.convert(project_id)
        wait_until(lambda: bool(rhapsode.packs))
        asked_at_s = time.monotonic()
        assert server.stop().exit_status == 0
        assert time.monotonic() - asked_at_s < 30

    # A command that runs in between leaves it alone.
    assert "; 5 passages spoken in " in rhapsode.narrate(rhapsode.write("tale.md", TALE))
    with serving(rhapsode, RHAPSODE_API_KEY=GIVEN_KEY) as server:
        studio = server.client(GIVEN_KEY).studio.projects
        # Not all the time: it would have more to do with answering than with speaking.
        wait_until(lambda: studio.get(project_id).state == "default", limit_s=120, pause_s=0.5)
        assert studio.get(project_id).can_be_downloaded
        assert len(studio.snapshots.list(project_id).snapshots) == 1
