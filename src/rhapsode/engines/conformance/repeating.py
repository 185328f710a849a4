"""The same again: of another instance, in another thread, in another process, and with another seed."""

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from rhapsode.engines.conformance.speaking import check_speech
from rhapsode.engines.conformance.subject import (
    SENTENCE,
    AnySpeech,
    Check,
    NotConforming,
    Speaker,
    Subject,
    expect_same,
)
from rhapsode.engines.engine import EngineTraits

_SPOKEN_AT_ONCE = (
    ("The lamp was lit.", "Nobody saw it.", "The tide went out, slowly.", "The lamp was lit."),
    ("A boat came in.", "Who was it?", "Three men, and a dog that barked.", "A boat came in."),
)
"""By one thread or process, and by the other."""

_WAIT_S = 120.0


def a_text_is_said_again(speaker: Speaker) -> None:
    """After other texts by other voices, too, it has the same bytes and the same times."""
    first = speaker.speak(SENTENCE)
    speaker.speak("Something else.", voice=speaker.voices[-1])
    expect_same(
        speaker, first, speaker.speak(SENTENCE), sentence="A text is said otherwise after another one."
    )


def two_threads_speak_at_once(speaker: Speaker) -> None:
    """Each with an instance of its own; what one says has nothing of the other, and both say the same."""
    alone = [speak_all(speaker, texts) for texts in _SPOKEN_AT_ONCE]
    with ThreadPoolExecutor(1) as thread:
        there = thread.submit(speak_all_anew, speaker.subject, _SPOKEN_AT_ONCE[0])
        here = speak_all(speaker, _SPOKEN_AT_ONCE[1])
    _compare(speaker, alone, [there.result(), here], where="beside another thread")


def two_processes_speak_at_once(speaker: Speaker) -> None:
    """And another process says what this one does."""
    alone = [speak_all(speaker, texts) for texts in _SPOKEN_AT_ONCE]
    asked = _pickled(speaker.subject, _SPOKEN_AT_ONCE[0])
    with _elsewhere() as process:
        assert process.stdin is not None
        # A process that can't even begin says below why.
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(asked)
            process.stdin.flush()
        here = speak_all(speaker, _SPOKEN_AT_ONCE[1])
        try:
            answer, complaint = process.communicate(timeout=_WAIT_S)
        finally:
            process.kill()
    if process.returncode != 0:
        msg = f"Another process can't use the engine: {complaint.decode(errors='replace')[-500:]}"
        raise NotConforming(msg)
    there = cast("list[AnySpeech]", pickle.loads(answer))  # noqa: S301 -- written by our own child
    _compare(speaker, alone, [there, here], where="beside another process")


def _pickled(subject: Subject, texts: Sequence[str]) -> bytes:
    try:
        return pickle.dumps((subject, texts))
    except (AttributeError, TypeError, pickle.PicklingError) as error:
        msg = f"Another process can't import what makes the engine: {error}."
        raise NotConforming(msg) from error


def _elsewhere() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "rhapsode.engines.conformance.elsewhere"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def speak_all(speaker: Speaker, texts: Sequence[str]) -> list[AnySpeech]:
    """What an instance says, one text after the other."""
    return [speaker.speak(text) for text in texts]


def speak_all_anew(subject: Subject, texts: Sequence[str]) -> list[AnySpeech]:
    """What a new instance says."""
    with subject.open() as speaker:
        return speak_all(speaker, texts)


def _compare(
    speaker: Speaker,
    alone: Sequence[Sequence[AnySpeech]],
    together: Sequence[Sequence[AnySpeech]],
    *,
    where: str,
) -> None:
    for texts, firsts, seconds in zip(_SPOKEN_AT_ONCE, alone, together, strict=True):
        for text, first, second in zip(texts, firsts, seconds, strict=True):
            check_speech(speaker, second, text)
            expect_same(speaker, first, second, sentence=f"{text!r} is said otherwise {where}.")


def a_seed_is_a_way_to_say_a_text(speaker: Speaker) -> None:
    """With the same seed it is said the same, and with any seed it is a reading of the whole text."""
    readings = [speaker.speak(SENTENCE, seed=seed) for seed in (0, 1, 2)]
    for reading in readings:
        check_speech(speaker, reading, SENTENCE)
    again, unsaid = speaker.speak(SENTENCE, seed=1), speaker.speak(SENTENCE)
    expect_same(speaker, readings[1], again, sentence="The same seed gives another reading.")
    expect_same(speaker, readings[0], unsaid, sentence="Without a seed the reading isn't that of seed 0.")


def _has_seeds(traits: EngineTraits) -> bool:
    return traits.has_seeds


CHECKS = (
    Check(a_text_is_said_again),
    Check(two_threads_speak_at_once),
    Check(two_processes_speak_at_once),
    Check(a_seed_is_a_way_to_say_a_text, _has_seeds),
)
