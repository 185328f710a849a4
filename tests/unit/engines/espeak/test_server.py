"""The speaking child by itself, over its pipes."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from rhapsode.engines.espeak.protocol import (
    Failed,
    Request,
    Spoken,
    pack_request,
    unpack_answer,
)
from rhapsode.engines.frames import read_frame, write_frame

COMMAND = [sys.executable, "-P", "-m", "rhapsode.engines.espeak.server"]


def request(text: str = "Good morning.", voice: str = "en-us+m3") -> Request:
    return Request(text=text, voice=voice, rate_wpm=165, pitch=50, pitch_range=50, volume=100, wall_ms=10_000)


def ask(process: "subprocess.Popen[bytes]", asked: Request) -> Spoken | Failed:
    assert process.stdin is not None
    assert process.stdout is not None
    write_frame(process.stdin, pack_request(asked))
    return unpack_answer(read_frame(process.stdout))


def answers(*requests: Request, environment: dict[str, str] | None = None) -> list[Spoken | Failed]:
    """What one child answers; it has ended by itself, with nothing left over, when this returns."""
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        found = [ask(process, asked) for asked in requests]
        left, noise = process.communicate(timeout=20)
    assert left == b""
    assert noise == b""
    assert process.returncode == 0
    return found


def test_it_answers_each_request_and_ends_with_its_stdin() -> None:
    """Requests are answered in order, and the end of stdin is the end of the child, without noise."""
    short, long = answers(request("Hm."), request("A rather longer sentence."))

    assert isinstance(short, Spoken)
    assert isinstance(long, Spoken)
    assert len(short.pcm) < len(long.pcm)


def test_a_voice_that_is_refused_is_a_failure_and_no_other_voice() -> None:
    """Espeak would go on in the voice it had; the child says that it was refused, and goes on."""
    refused, spoken = answers(request(voice="en-gb"), request())

    assert isinstance(refused, Failed)
    assert "en-gb" in refused.reason
    assert isinstance(spoken, Spoken)


def test_two_children_give_the_same_bytes_whatever_they_spoke_before() -> None:
    """Other voices, languages and texts leave no trace in what is spoken next."""
    fresh = answers(request())
    used = answers(request("Guten Tag!", "de+f2"), request("Да.", "ru+f3"), request("Yes, no."), request())

    assert used[-1] == fresh[0]


def test_a_deep_installation_speaks(tmp_path: Path) -> None:
    """A data path of over 160 bytes, which the library by itself would cut, makes no difference."""
    package = importlib.util.find_spec("espeakng_loader")
    assert package is not None
    assert package.origin is not None
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    (deep / "espeakng_loader").symlink_to(Path(package.origin).parent)

    assert answers(request(), environment={**os.environ, "PYTHONPATH": str(deep)}) == answers(request())


def test_a_child_that_cannot_load_the_library_says_why(tmp_path: Path) -> None:
    """The first request is answered with the reason, then the child ends."""
    (tmp_path / "espeakng_loader.py").write_text("raise ImportError('broken installation')")

    (failed,) = answers(request(), environment={**os.environ, "PYTHONPATH": str(tmp_path)})

    assert isinstance(failed, Failed)
    assert "broken installation" in failed.reason


def test_it_loads_neither_numpy_nor_the_adapter() -> None:
    """A fork copies what its parent holds, so the parent holds little."""
    code = "import rhapsode.engines.espeak.server, sys; print('numpy' in sys.modules, len(sys.modules) < 200)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "True"]
