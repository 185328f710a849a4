"""Whatever fits the server's own description of its API, or nearly does, is answered as that description says."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.rounds import rounds

from .asking import raw_http
from .belongings import Belongings, make_belongings, serving_a_page
from .running import LiveServer, in_new_workspaces

_LIMIT_S = 240
# Half a minute in all. CONTRIBUTING has the longer run, which makes other requests each time.
_PHASES = {
    # Each field at its edges and beyond, for each operation.
    "coverage": ["--max-examples", "1"],
    # Others, with ids of what is there; without taking it away.
    "fuzzing": ["--max-examples", str(rounds(2, 9)), "--exclude-method", "DELETE"],
    # Chains of operations, which pass on what they are answered.
    "stateful": ["--max-examples", str(rounds(8, 45))],
}
_SPARING = bool(rounds(1, 0))
_SOME_CASES = Path(__file__).with_name("some_cases.py")
# They read the same path, query and body as the first of them, with the same code.
_TWINS = "^/v1/text-to-(speech/[^/]+|dialogue)/."

# Each answer is read to its end, which takes these an hour.
_ENDLESS = "/events$"
# It would find its own key in the list, and all after that would be told that it is wrong.
_KEYS = "^/rhapsode/v1/keys/"


@pytest.fixture(scope="module")
def server(shared_server: LiveServer) -> Iterator[LiveServer]:
    """A server for all tests here. A violation of the contract fails the last of them."""
    yield from in_new_workspaces(shared_server)


@pytest.fixture(scope="module")
def belongings(server: LiveServer) -> Iterator[Belongings]:
    """What is there."""
    with (
        serving_a_page() as page_url,
        raw_http(server.url, server.key) as http,
    ):
        yield make_belongings(http, page_url)


def _excluded(phase: str, *, some: bool) -> Iterator[str]:
    yield _ENDLESS
    if phase == "stateful":
        yield _KEYS
    if some:
        yield _TWINS


@pytest.mark.slow
@pytest.mark.parametrize("phase", _PHASES)
def test_no_request_is_answered_with_a_surprise(
    server: LiveServer, belongings: Belongings, tmp_path: Path, phase: str
) -> None:
    """No 5xx, nothing that the server's description doesn't have, nothing that the contract has otherwise."""
    if phase == "fuzzing":
        (tmp_path / "schemathesis.toml").write_text(_with_ids(belongings))
    some = _SPARING and phase == "coverage"
    if some:
        (tmp_path / "schemathesis.toml").write_text(f"hooks = {json.dumps(str(_SOME_CASES))}")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json"),
        *("--header", f"xi-api-key: {server.key}"),
        *("--checks", "not_a_server_error,status_code_conformance,content_type_conformance"),
        *("--phases", phase, *_PHASES[phase], "--generation-deterministic", "--no-shrink"),
        *("--continue-on-failure", "--suppress-health-check", "all"),
        *("--warnings", "off", "--no-color", "--request-timeout", "30"),
        # Of several such options the last alone is heeded.
        *("--exclude-path-regex", "|".join(_excluded(phase, some=some))),
    ]

    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=_LIMIT_S, check=False
    )

    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    assert "No issues found" in done.stdout


@pytest.mark.parametrize("field", ["date_before_unix", "date_after_unix"])
@pytest.mark.parametrize("sign", [1, -1])
def test_history_of_a_time_beyond_all_numbers_is_a_page(server: LiveServer, field: str, sign: int) -> None:
    """Together with a voice, whose items are found by their time."""
    query = {field: str(sign * 10**37), "voice_id": "tone_low"}
    with raw_http(server.url, server.key) as http:
        assert http.get("/v1/history", params=query).status_code == 200


def _with_ids(belongings: Belongings) -> str:
    """Every parameter of a path is what is there: invented ids would be 404, whatever else was sent."""
    ids = {**belongings.as_dict(), "dictionary_id": belongings.dictionary_id}
    return "\n".join(
        ["[parameters]", *(f'"path.{name}" = {json.dumps(value)}' for name, value in ids.items())]
    )
