"""The child of a neural engine, as whoever asks it sees it."""

import array
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.engines.neural.conftest import ROOT, Start
from tests.unit.engines.neural.odd_voices import WAYS_OUT

from rhapsode.engines.neural.messages import NeuralRequest
from rhapsode.processes.guards import find_missing_guards
from rhapsode.studio.errors import EngineFailed, RhapsodeError, TextRefused, VoiceRefused

pytestmark = pytest.mark.slow


def request(text: str = "ab", model: str = "m") -> NeuralRequest:
    return NeuralRequest("speak", (("model", model),), text=text)


def said(pcm: bytes) -> list[int]:
    return list(array.array("h", pcm))


def is_true_soon(condition: Callable[[], bool]) -> bool:
    """Whether something comes about within ten seconds."""
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def is_running(process_id: int) -> bool:
    """Whether a process is there that isn't just waiting for its parent to notice its end."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_an_answer_has_samples_and_boundaries_of_its_text(start: Start) -> None:
    """They come back as they were said, and what a library prints meanwhile is no part of them."""
    answer = start().ask(request("print"))

    assert (answer.sample_rate_hz, said(answer.pcm), list(answer.boundaries)) == (8_000, [1] * 5, [*range(6)])


def test_a_voice_is_loaded_once(start: Start) -> None:
    """The second text is said by the same one; another voice begins anew."""
    speaker = start()
    answers = [speaker.ask(request("a", model)).pcm for model in ("m", "m", "other", "m")]

    assert [said(pcm) for pcm in answers] == [[1], [2], [1], [3]]


def test_what_was_begun_is_said_once(start: Start) -> None:
    """Whoever asks for it gets it; what nobody asked for is kept a while, and asked for later it is there."""
    speaker = start()
    speaker.begin(request("abc"))
    begun = said(speaker.ask(request("abc")).pcm)
    speaker.begin(request("de"))
    other = said(speaker.ask(request("f")).pcm)

    assert (begun, other, said(speaker.ask(request("de")).pcm)) == ([1] * 3, [3], [2] * 2)


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("refuse", TextRefused, "nothing of the kind"),
        ("break", EngineFailed, "IndexError: a list of one has no second"),
        ("eat", EngineFailed, "^MemoryError"),
        ("mistime", EngineFailed, "1 of 7 characters were timed"),
    ],
)
def test_what_goes_wrong_is_told_and_the_child_goes_on(
    start: Start, text: str, error: type[RhapsodeError], reason: str
) -> None:
    """An error of ours comes back as it was raised, any other with its name; the process stays."""
    speaker = start()
    with pytest.raises(error, match=reason):
        speaker.ask(request(text))
    process_id = speaker.process_id

    assert said(speaker.ask(request("a")).pcm) == [1]
    assert speaker.process_id == process_id


def test_files_are_looked_at_by_loading_them(start: Start) -> None:
    """A voice that can't be loaded is refused with the backend's own reason, and tells its device."""
    speaker = start()
    speaker.ask(NeuralRequest("check", (("model", "m"),)))
    with pytest.raises(VoiceRefused, match="can't be used on cpu"):
        speaker.ask(NeuralRequest("check", (("model", "broken"),)))


def test_a_child_that_was_killed_is_started_again(start: Start) -> None:
    """Between two texts nobody notices; one that ends it twice fails, and the next is said."""
    speaker = start()
    speaker.ask(request())
    assert speaker.process_id is not None
    os.kill(speaker.process_id, signal.SIGKILL)
    assert said(speaker.ask(request("a")).pcm) == [1]
    with pytest.raises(EngineFailed, match="odd ended without an answer, twice"):
        speaker.ask(request("end"))
    assert said(speaker.ask(request("a")).pcm) == [1]


def test_a_child_that_hangs_is_killed(start: Start) -> None:
    """After its time the text fails, and no process stays of it."""
    speaker = start(wall_s=1.0)
    speaker.begin(request("hang"))
    hanging = speaker.process_id
    with pytest.raises(EngineFailed, match="did not answer in 1 s"):
        speaker.ask(request("hang"))
    assert hanging is not None
    assert not is_running(hanging)
    assert speaker.process_id is None


def test_a_child_without_work_ends_and_comes_back(start: Start) -> None:
    """It gives its memory back by itself, and the next text is said all the same."""
    speaker = start(idle_s=1.0)
    speaker.ask(request())
    idle = speaker.process_id
    assert idle is not None
    assert is_true_soon(lambda: not is_running(idle))
    assert said(speaker.ask(request("a")).pcm) == [1]


def test_a_system_that_starts_no_process_is_a_failure(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have too many of them, which says nothing about the text."""
    speaker = start()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nowhere/python")
        speaker.begin(request())
        with pytest.raises(EngineFailed, match="ended without an answer, twice"):
            speaker.ask(request())

    assert said(speaker.ask(request()).pcm) == [1, 1]


_ORPHAN = """
import sys, time
from rhapsode.engines.neural.messages import NeuralRequest
from rhapsode.engines.neural.settings import NeuralSettings
from rhapsode.engines.neural.speaker import NeuralSpeaker
speaker = NeuralSpeaker("odd", "tests.unit.engines.neural.odd_voices", NeuralSettings())
speaker.ask(NeuralRequest("speak", (("model", "m"),), text="a"))
print(speaker.process_id, flush=True)
speaker.ask(NeuralRequest("speak", (("model", "m"),), text="hang"))
"""


def test_a_child_ends_with_its_parent() -> None:
    """Also when that is killed, and the child is in the middle of a text."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", _ORPHAN], stdout=subprocess.PIPE, env=environment, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_running(child)
        parent.kill()
    assert is_true_soon(lambda: not is_running(child))


def test_a_child_ends_that_nobody_asks_for_what_it_has_prepared(start: Start) -> None:
    """However long that is; whoever asks for it then gets it from another child."""
    speaker = start(idle_s=1.0)
    prepared = request("a" * 200_000)
    speaker.begin(prepared)
    idle = speaker.process_id
    assert idle is not None
    assert is_true_soon(lambda: not is_running(idle))
    assert len(speaker.ask(prepared).pcm) == 400_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can refuse it")
@pytest.mark.parametrize("way", WAYS_OUT)
def test_a_model_can_only_compute(start: Start, way: str) -> None:
    """It reaches no network and starts no program, whatever its library does."""
    if find_missing_guards():
        pytest.skip("the kernel doesn't refuse it")
    speaker = start()
    with pytest.raises(EngineFailed, match=r"PermissionError|not allowed|not permitted"):
        speaker.ask(request(way))
    assert said(speaker.ask(request()).pcm)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows it")
def test_a_child_has_no_secrets_and_tells_nobody(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the server's variables it has those that every program needs; onnxruntime is told to keep to itself."""
    monkeypatch.setenv("RHAPSODE_API_KEY", "a-key-of-a-person")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-key-of-a-store")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    monkeypatch.setenv("APPDATA", "of-windows")
    speaker = start()
    speaker.ask(request())
    variables = Path(f"/proc/{speaker.process_id}/environ").read_text()
    assert "a-key-of" not in variables
    kept = {"ORT_DISABLE_TELEMETRY=1", "CUDA_VISIBLE_DEVICES=7", "APPDATA=of-windows"}
    assert kept <= set(variables.split("\0"))
