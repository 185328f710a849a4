"""Voices that are installed, tried and removed by commands: killed in the middle, and through a server."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.loopback import Answer, Asked, Loopback, answering
from tests.voice_graphs import piper_voice
from tests.voice_mirrors import cut, listed, path_of, serving
from tests.waiting import wait_until

from .processes import kill_alone
from .program import Finished, Rhapsode
from .server import serving as server_of

KEY = "en_US-tides-medium"
Run = Callable[..., Finished]


@pytest.fixture(scope="module")
def home() -> dict[str, bytes]:
    """What the home of a voice has: a graph as real ones are, and a list of it."""
    graph = piper_voice()
    files = {
        "model": graph.model.read_bytes(),
        "config": graph.config.read_bytes(),
        "card": b"# Model card\n\n* License: CC BY-NC-SA 4.0\n",
    }
    contents = {path_of(KEY, role): content for role, content in files.items()}
    contents["voices.json"] = json.dumps(listed(KEY, files)).encode()
    return contents


def run_on(rhapsode: Rhapsode, mirror: Loopback) -> Run:
    """Runs commands that know a mirror on this machine, and may reach it."""
    known = {"RHAPSODE_VOICES_URL": mirror.url, "RHAPSODE_ALLOWED_NETWORKS": "127.0.0.0/8"}
    return lambda *arguments: rhapsode.run(*arguments, **known)


def halting(whole: Answer, halted: threading.Event, go_on: threading.Event) -> Answer:
    """A server that sends half of the model and then nothing, the first time."""

    def answer(asked: Asked) -> Iterator[bytes]:
        content = b"".join(whole(asked))
        if asked.target.endswith(".onnx") and not halted.is_set():
            yield cut(content, len(content) // 2)
            halted.set()
            go_on.wait(60)
            return
        yield content

    return answer


def test_an_installation_that_is_killed_goes_on_where_it_was(
    rhapsode: Rhapsode, home: dict[str, bytes], tmp_path: Path
) -> None:
    """With SIGKILL, in the middle of the model; then the voice reads a book, is warned of, and removed."""
    halted, go_on = threading.Event(), threading.Event()
    with answering(halting(serving(home), halted, go_on)) as mirror:
        run = run_on(rhapsode, mirror)
        known = {"RHAPSODE_VOICES_URL": mirror.url, "RHAPSODE_ALLOWED_NETWORKS": "127.0.0.0/8"}
        with rhapsode.start("voices", "install", KEY, **known) as process:
            assert halted.wait(60)
            wait_until(lambda: any(_sizes_of_parts(rhapsode.data)))
            kill_alone(process)
        go_on.set()
        installed = run("voices", "install", KEY)

        assert installed.output == "Installed 1 voice: Tides (en-US).\n", installed
        assert "may not be sold: its licence (CC BY-NC-SA 4.0)" in installed.errors
        (resumed,) = [asked for asked in mirror.asked if "range" in asked.headers]
        assert resumed.target.endswith(".onnx")

    book = rhapsode.write("tale.txt", "A boat came in.")
    exported = rhapsode.run("export", book, "-o", tmp_path / "tale.m4b", "--voice", "Tides")
    assert exported.exit_status == 0, exported
    assert "What the voice Tides says may not be sold" in exported.errors
    removed = rhapsode.run("voices", "remove", KEY)
    assert removed.output == "Removed 1 voice: Tides.\n"
    assert "1 project had it: “tale”" in removed.errors
    refused = rhapsode.run("narrate", rhapsode.write("tale.txt", "Two boats came in.")).error
    assert refused.startswith("The voice Tides isn't installed any more.")
    assert refused.rstrip(".").endswith(f"Install it again with: rhapsode voices install {KEY}")


def test_a_server_installs_tries_and_removes_voices(
    rhapsode: Rhapsode, home: dict[str, bytes], tmp_path: Path
) -> None:
    """What commands print is the same; clients of the server have the voice at once."""
    folder = tmp_path / "usb"
    for path, content in home.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    with server_of(rhapsode) as server:
        installed = rhapsode.run("voices", "install", folder)
        assert installed.output == "Installed 1 voice: Tides (en-US).\n", installed
        found = server.http(server.first_key).get("/v1/voices").json()["voices"]
        assert "Tides" in [voice["name"] for voice in found]
        damaged = max(rhapsode.data.glob("blobs/voices/*/*"), key=lambda path: path.stat().st_size)
        damaged.write_bytes(b"!" + damaged.read_bytes()[1:])
        check = rhapsode.run("check")
        assert "The file 'model' of the voice Tides differs from its checksum" in check.errors
        assert rhapsode.run("voices", "install", folder).output.startswith("Installed")
        trial = rhapsode.run("voices", "try", "Tides", "--text", "Good morning.", "--json")
        assert (trial.exit_status, json.loads(trial.output)["passed"]) == (0, True), trial
        assert rhapsode.run("voices", "remove", "Tides").output == "Removed 1 voice: Tides.\n"


def _sizes_of_parts(data: Path) -> Iterator[int]:
    """Bytes of the model that have come, where its list has been read."""
    for path in data.glob("downloads/*"):
        if not path.suffix:
            with contextlib.suppress(FileNotFoundError):
                yield path.stat().st_size
