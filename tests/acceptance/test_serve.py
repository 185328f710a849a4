"""`rhapsode serve`: how it starts, whom it lets in, and how it ends."""

import signal
import socket
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from elevenlabs.core.api_error import ApiError

from .program import Rhapsode, long_book
from .server import LISTENS, STOPPING, serving

# Every test starts the program, which takes longer than most tests elsewhere.
pytestmark = pytest.mark.slow

GIVEN_KEY = "a-key-that-somebody-has-chosen"
FIRST_START = """\
This is the API key of this server, and it is shown only now. The official SDKs read it from here:

    export ELEVENLABS_API_KEY={key}

and are told the address in the program: ElevenLabs(base_url="{url}")

Rhapsode listens on {url}
"""


def owner(rhapsode: Rhapsode) -> Path:
    return rhapsode.data / "LOCK.owner"


def test_first_start_prints_a_key_that_works(rhapsode: Rhapsode) -> None:
    """The first start prints a key and the lines that SDKs want; the second one doesn't, and the key still works."""
    with serving(rhapsode) as server:
        key = server.first_key
        assert "".join(server.said) == FIRST_START.format(key=key, url=server.url)
        assert server.client(key).studio.projects.list().projects == []
        with pytest.raises(ApiError) as caught:
            server.client("sk_" + "0" * 64).studio.projects.list()
        assert caught.value.status_code == 401
        assert server.stop().exit_status == 0

    with serving(rhapsode) as server:
        assert server.said == [f"{LISTENS}{server.url}\n"]
        assert server.client(key).studio.projects.list().projects == []


def test_a_given_key_works_and_isnt_printed(rhapsode: Rhapsode) -> None:
    """RHAPSODE_API_KEY is a key from the start on, and nothing prints one."""
    with serving(rhapsode, RHAPSODE_API_KEY=GIVEN_KEY) as server:
        assert server.said == [f"{LISTENS}{server.url}\n"]
        assert server.client(GIVEN_KEY).studio.projects.list().projects == []


def test_broken_forms_leave_no_lines_behind(rhapsode: Rhapsode) -> None:
    """What a client sends wrong is told to it, and to nobody else, however often it is sent."""
    with serving(rhapsode, RHAPSODE_API_KEY=GIVEN_KEY) as server:
        form = {"content-type": "multipart/form-data; boundary=x"}
        refused = server.http(GIVEN_KEY).post("/v1/studio/projects", content=b"no form", headers=form)
        assert refused.status_code == 400
        assert "boundary" not in server.stop().errors


def test_another_given_key_ends_the_former(rhapsode: Rhapsode) -> None:
    """Who changes RHAPSODE_API_KEY because it was seen has locked out whoever saw it."""
    with serving(rhapsode, RHAPSODE_API_KEY=GIVEN_KEY) as server:
        assert server.stop().exit_status == 0
    with serving(rhapsode, RHAPSODE_API_KEY=f"{GIVEN_KEY}-2") as server:
        assert server.http(GIVEN_KEY).get("/v1/studio/projects").status_code == 401
        assert server.http(f"{GIVEN_KEY}-2").get("/v1/studio/projects").status_code == 200


def test_a_poor_key_is_refused(rhapsode: Rhapsode) -> None:
    """A key that can be guessed ends the start with a sentence."""
    finished = rhapsode.run("serve", "--port", "0", RHAPSODE_API_KEY="letmein")

    assert finished.error.startswith("RHAPSODE_API_KEY: A key has at least 16 ")


def test_health_needs_no_key(rhapsode: Rhapsode) -> None:
    """Readiness is answered to everybody, and says nothing of anybody's work."""
    with serving(rhapsode) as server:
        answer = server.http().get("/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_no_auth_asks_for_no_key(rhapsode: Rhapsode) -> None:
    """--no-auth lets programs of this machine in without a key, and makes none."""
    with serving(rhapsode, "--no-auth") as server:
        assert server.said == [f"{LISTENS}{server.url}\n"]
        assert server.http().get("/v1/studio/projects").json() == {"projects": []}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org"])
def test_no_auth_is_for_this_machine_alone(rhapsode: Rhapsode, host: str) -> None:
    """Without keys nothing listens to the network: refused before anything is made."""
    error = rhapsode.run("serve", "--no-auth", "--host", host).error

    assert error == (
        f"Without keys, everybody who reaches {host} could do everything. Leave out --no-auth or --host."
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


def test_one_server_for_a_directory(rhapsode: Rhapsode) -> None:
    """A second server on the same data is told who has it."""
    with serving(rhapsode) as server:
        error = rhapsode.run("serve", "--port", "0").error

    assert error == (
        f"The data directory {rhapsode.data} is in use by `rhapsode serve` (process {server.process.pid})."
    )


@pytest.mark.skipif(sys.platform == "win32", reason="about POSIX permissions")
def test_the_token_is_private_and_goes_with_the_server(rhapsode: Rhapsode) -> None:
    """Only the owner of the data directory can read what commands show the server; an orderly end removes it."""
    with serving(rhapsode) as server:
        assert stat.S_IMODE(owner(rhapsode).stat().st_mode) == 0o600
        assert server.url in owner(rhapsode).read_text()
        server.stop()

    assert not owner(rhapsode).exists()


@pytest.mark.parametrize("token", [None, "", "guess"])
def test_commands_need_the_token(rhapsode: Rhapsode, token: str | None) -> None:
    """What commands ask of a server is open to no API key and to nobody without the token, whatever else is open."""
    headers = {} if token is None else {"rhapsode-token": token}
    for arguments in ([], ["--no-auth"]):
        with serving(rhapsode, *arguments, RHAPSODE_API_KEY=GIVEN_KEY) as server:
            for method, path in (("GET", "keys"), ("POST", "check"), ("POST", "books")):
                answer = server.http(GIVEN_KEY).request(
                    method, f"/rhapsode/v1/commands/{path}", headers=headers
                )
                assert (answer.status_code, answer.json()["detail"]["code"]) == (401, "invalid_token")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(rhapsode: Rhapsode, number: signal.Signals) -> None:
    """SIGTERM and Ctrl-C end it with exit status 0, and the address is free at once."""
    with serving(rhapsode) as server:
        finished = server.stop(number)
        port = int(server.url.rpartition(":")[2])

    assert (finished.exit_status, finished.output, finished.errors) == (0, "", STOPPING)
    with serving(rhapsode, port=port) as again:
        assert again.url == server.url


@pytest.fixture(scope="module")
def start_s(tmp_path_factory: pytest.TempPathFactory) -> float:
    """What a start takes here and now."""
    began_s = time.monotonic()
    with serving(Rhapsode(tmp_path_factory.mktemp("start"))):
        return time.monotonic() - began_s


@pytest.mark.parametrize(
    ("share", "number"),
    [
        *((share, signal.SIGINT) for share in (0.15, 0.3, 0.45, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1)),
        *((share, signal.SIGTERM) for share in (0.7, 1.0)),
    ],
)
def test_a_signal_is_heeded_at_any_moment(
    rhapsode: Rhapsode, start_s: float, share: float, number: signal.Signals
) -> None:
    """While it starts, too, it ends within seconds, and says at most what it leaves."""
    with rhapsode.start("serve", "--port", "0") as process:
        # Not while Python itself starts, which does what it wants.
        time.sleep(max(0.3, share * start_s))
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)

    assert (process.returncode, errors) in [(0, STOPPING), (130, "")]


def test_a_download_may_end(rhapsode: Rhapsode) -> None:
    """A slow download that has begun is whole, though the server was asked to end meanwhile; nobody new is served."""
    book = rhapsode.write("long.md", long_book(60))
    rhapsode.narrate(book)
    expected = (rhapsode.folder / "long.zip").read_bytes()
    with serving(rhapsode, RHAPSODE_API_KEY=GIVEN_KEY) as server:
        studio = server.client(GIVEN_KEY).studio.projects
        (project,) = studio.list().projects
        (snapshot,) = studio.snapshots.list(project.project_id).snapshots
        path = f"/v1/studio/projects/{project.project_id}/snapshots/{snapshot.project_snapshot_id}/archive"
        with server.http(GIVEN_KEY).stream("POST", path) as response:
            content = response.iter_raw(2**20)
            received = [next(content)]
            server.process.send_signal(signal.SIGTERM)
            time.sleep(1)
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{server.url}/health", trust_env=False)
            received += content
        server.process.communicate(timeout=30)

    assert b"".join(received) == expected
    assert len(expected) > 15 * 2**20
    assert server.process.returncode == 0


def test_a_stopped_conversion_goes_on_at_the_next_start(rhapsode: Rhapsode) -> None:
    """A server that is asked to end in the middle of a conversion ends at once; the next one finishes it unasked."""
    book = rhapsode.write("long.md", long_book(60))
    with serving(rhapsode, RHAPSODE_API_KEY=GIVEN_KEY) as server:
        studio = server.client(GIVEN_KEY).studio.projects
        project_id = studio.create(
            name="Long",
            from_document=("long.md", book.read_bytes()),
            default_title_voice_id="tone_low",
            default_paragraph_voice_id="tone_low",
        ).project.project_id
        studio.convert(project_id)
        wait_for(lambda: bool(list(rhapsode.data.glob("blobs/packs/*/*.pack"))))
        asked_at_s = time.monotonic()
        assert server.stop().exit_status == 0
        assert time.monotonic() - asked_at_s < 20

    # A command that runs in between leaves it alone.
    rhapsode.narrate(rhapsode.write("other.md", long_book(30)))
    with serving(rhapsode, RHAPSODE_API_KEY=GIVEN_KEY) as server:
        studio = server.client(GIVEN_KEY).studio.projects
        wait_for(lambda: bool(studio.get(project_id).state == "default"))
        assert studio.get(project_id).can_be_downloaded
        assert len(studio.snapshots.list(project_id).snapshots) == 1


def wait_for(happened: Callable[[], bool], limit_s: float = 120) -> None:
    """Until it is so."""
    deadline = time.monotonic() + limit_s
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_second_start_hears_of_the_first(rhapsode: Rhapsode) -> None:
    """Not of its port, which another one would not help."""
    with serving(rhapsode) as server:
        port = server.url.rpartition(":")[2]
        error = rhapsode.run("serve", "--port", port).error

    assert error == (
        f"The data directory {rhapsode.data} is in use by `rhapsode serve` (process {server.process.pid})."
    )
