"""What a child process of the pool does to try a voice out: load it, speak, and look at what is heard."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from rhapsode.audio.loudness import measure_level
from rhapsode.engines.engine import Speech
from rhapsode.rendering.aloud import speak
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.speakers import Speakers
from rhapsode.rendering.trial import Trial
from rhapsode.studio.errors import RhapsodeError

_PROC = Path("/proc")


def try_out(first: SpeechRequest, request: SpeechRequest, speakers: Speakers) -> Trial:
    """Speak a short text, for which the voice is loaded, and then another; nothing is kept, and nothing raised."""
    trial = Trial()
    try:
        began_s = time.monotonic()
        speak(first, speakers)
        trial = replace(trial, loaded_s=time.monotonic() - began_s)
        began_s = time.monotonic()
        speech = speak(request, speakers)
        trial = replace(trial, spoken_s=time.monotonic() - began_s, memory_bytes=_memory_bytes())
        return _looked_at(trial, speech)
    except RhapsodeError as error:
        return replace(trial, error=str(error) or (type(error).__doc__ or "").partition("\n")[0])
    # A trial is there to say whatever somebody's engine raises.
    except Exception as error:
        return replace(trial, error=f"{type(error).__name__}: {error}")


def _looked_at(trial: Trial, speech: Speech) -> Trial:
    level = measure_level(speech.samples)
    boundaries = speech.alignment.boundaries
    return replace(
        trial,
        audio_s=speech.samples.size / speech.sample_rate_hz,
        rms_db=level.rms_db,
        peak_db=level.peak_db,
        flaws=speech.flaws,
        timed_characters=sum(start < end for start, end in pairwise(boundaries)),
    )


def _memory_bytes() -> int | None:
    """The peak of this process and of those that it has started, which do the speaking for some engines."""
    if not _PROC.is_dir():
        return None
    parents = dict(_parents())
    mine = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in mine} - mine:
        mine |= more
    return sum(map(_peak_bytes, mine))


def _parents() -> Iterator[tuple[int, int]]:
    """(process, its parent) of all processes."""
    for path in _PROC.iterdir():
        if path.name.isdigit():
            try:
                # The name in brackets may hold anything.
                after_name = (path / "stat").read_text("utf-8", "replace").rpartition(")")[2]
            except OSError:
                continue
            yield int(path.name), int(after_name.split()[1])


def _peak_bytes(process_id: int) -> int:
    try:
        status = (_PROC / str(process_id) / "status").read_text("utf-8", "replace")
    except OSError:
        return 0
    lines = (line.split() for line in status.splitlines() if line.startswith("VmHWM:"))
    return next((int(words[1]) * 1024 for words in lines), 0)
