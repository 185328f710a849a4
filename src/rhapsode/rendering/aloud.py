"""One request as sound: the engine speaks the stretches of its text, and the pauses between them are made here.

What it says is looked at as soon as it is said. An engine that has seeds says a stretch again that went wrong.
"""

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any, cast

import numpy as np

from rhapsode.audio.encode import Samples
from rhapsode.audio.flaws import FLAWS, find_flaws, severity
from rhapsode.audio.pace import UNKNOWN_PACE, Pace
from rhapsode.engines.engine import PreparingEngine, Speech, UntimedSpeech
from rhapsode.engines.registry import get_engine
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.speakers import Speakers
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.errors import EngineFailed, RhapsodeError
from rhapsode.studio.voice import VoiceSettings
from rhapsode.telemetry.metrics import SPEAKING_SECONDS, SPOKEN_AUDIO_SECONDS, SPOKEN_CHARACTERS
from rhapsode.text.pauses import is_pause, pause_ms_of, split_at_pauses

_SILENCE_RATE_HZ = 22_050
"""The rate of speech in which no engine has a part."""


_SEEDS = 3
"""So often an engine that has seeds may say a stretch, until nothing seems wrong with it."""


def speak(
    request: SpeechRequest,
    speakers: Speakers,
    pace: Pace = UNKNOWN_PACE,
    *,
    then: SpeechRequest | None = None,
) -> Speech:
    """Let the engine speak, with pauses of exactly so many samples; of nothing to speak there is no sound at all.

    Space that stands alone between two pauses takes no time.
    pace: of the voice, as far as it is known: speech is judged by it, and where a seed is chosen, that is too.
    then: what will be spoken next. An engine that can begins with it, while the caller encodes.
    Returns: speech with the flaws that stay. The same request and pace give the same, where the engine does.
    Raises: what Engine.synthesize raises; EngineFailed also when the alignment isn't that of the text.
    """
    speech = _with_pauses(request, speakers, pace)
    if then is not None:
        prepare(then, speakers)
    return speech


def _with_pauses(request: SpeechRequest, speakers: Speakers, pace: Pace) -> Speech:
    pieces = split_at_pauses(request.spoken_text)
    if len(pieces) == 1 and not is_pause(pieces[0]):
        return _spoken(request, speakers, pace)
    starts = accumulate(map(len, pieces), initial=0)
    placed = dict(zip(starts, pieces, strict=False))
    spoken = {
        start: _spoken(_stretch(request, start, piece), speakers, pace)
        for start, piece in placed.items()
        if not is_pause(piece) and not piece.isspace()
    }
    return _joined(placed, spoken)


def prepare(request: SpeechRequest, speakers: Speakers) -> None:
    """Let an engine that can begin with a request, as far as its first pause."""
    pieces = split_at_pauses(request.spoken_text)
    first = next((i for i, piece in enumerate(pieces) if not is_pause(piece) and not piece.isspace()), None)
    if first is None:
        return
    stretch = _stretch(request, sum(map(len, pieces[:first])), pieces[first])
    # What can't be spoken, or has lost its voice's files, is told when it is its turn.
    with contextlib.suppress(RhapsodeError):
        engine = get_engine(request.engine)
        if engine.traits.prepares:
            cast("PreparingEngine", engine).prepare(stretch.spoken_text, **_asked(stretch, speakers))


def _stretch(request: SpeechRequest, start: int, text: str) -> SpeechRequest:
    """The request for a part of its text alone."""
    end = start + len(text)
    inside = (p for p in request.pronunciations if start <= p.start and p.end <= end)
    moved = tuple(replace(p, start=p.start - start, end=p.end - start) for p in inside)
    return replace(request, spoken_text=text, pronunciations=moved)


def _spoken(request: SpeechRequest, speakers: Speakers, pace: Pace) -> Speech:
    """The best of what the engine makes of a stretch without pauses, the first of what is equally good."""
    best = _judged(_synthesized(request, speakers), request, pace)
    if get_engine(request.engine).traits.has_seeds:
        for seed in range(1, _SEEDS):
            if not best.flaws:
                break
            another = _judged(_synthesized(request, speakers, seed), request, pace)
            best = min(best, another, key=lambda speech: severity(speech.flaws))
    return best


def _judged(speech: Speech, request: SpeechRequest, pace: Pace) -> Speech:
    flaws = find_flaws(speech.samples, speech.sample_rate_hz, request.spoken_text, pace)
    return replace(speech, flaws=flaws)


def _synthesized(request: SpeechRequest, speakers: Speakers, seed: int = 0) -> Speech:
    engine = get_engine(request.engine)
    asked = _asked(request, speakers) | ({"seed": seed} if engine.traits.has_seeds else {})
    began_at_s = time.perf_counter()
    speech = _timed(engine.synthesize(request.spoken_text, **asked), request)
    _count(request, speech, time.perf_counter() - began_at_s)
    alignment = speech.alignment
    fits = alignment.boundaries[0] >= 0 and alignment.boundaries[-1] <= speech.samples.size
    if alignment.character_count != len(request.spoken_text) or not fits:
        msg = f"The engine {request.engine} returned an alignment that isn't that of its text."
        raise EngineFailed(msg)
    return speech


def _count(request: SpeechRequest, speech: Speech, elapsed_s: float) -> None:
    SPEAKING_SECONDS.add(elapsed_s, request.engine)
    SPOKEN_AUDIO_SECONDS.add(speech.samples.size / speech.sample_rate_hz, request.engine)
    SPOKEN_CHARACTERS.add(len(request.spoken_text), request.engine)


def _timed(spoken: Speech | UntimedSpeech, request: SpeechRequest) -> Speech:
    if isinstance(spoken, Speech):
        return spoken
    # Most installations have no engine that needs it.
    from rhapsode.rendering.second_reading import timed

    return timed(spoken, request.spoken_text, language=request.language)


def _asked(request: SpeechRequest, speakers: Speakers) -> dict[str, Any]:
    voice = speakers.voice(request.voice_id)
    asked = {
        "voice": voice,
        "language": request.language,
        "settings": VoiceSettings(**request.settings),
        "pronunciations": request.pronunciations,
    }
    has_files = get_engine(request.engine).traits.has_files
    return asked | {"files": speakers.files(voice)} if has_files else asked


def _joined(pieces: Mapping[int, str], spoken: Mapping[int, Speech]) -> Speech:
    """Stretches and pauses end to end. pieces: by where they begin in the text; spoken: those that were spoken."""
    rates = {speech.sample_rate_hz for speech in spoken.values()} or {_SILENCE_RATE_HZ}
    if len(rates) > 1:
        msg = "An engine has spoken one text at several sample rates."
        raise EngineFailed(msg)
    (rate_hz,) = rates
    sounds: list[Samples] = [np.zeros(0, np.int16)]
    boundaries = [0]
    for start, piece in pieces.items():
        begin = boundaries[-1]
        sound, ends = _sound(piece, spoken.get(start), rate_hz)
        sounds.append(sound)
        boundaries += (begin + end for end in ends)
    flaws = {flaw for speech in spoken.values() for flaw in speech.flaws}
    return Speech(
        rate_hz,
        np.concatenate(sounds),
        Alignment(tuple(boundaries)),
        tuple(flaw for flaw in FLAWS if flaw in flaws),
    )


def _sound(piece: str, speech: Speech | None, rate_hz: int) -> tuple[Samples, Sequence[int]]:
    """The samples of a piece, and where in them each of its characters ends; the last has all that is left."""
    if speech is not None:
        return speech.samples, (*speech.alignment.boundaries[1:-1], speech.samples.size)
    size = (pause_ms_of(piece) * rate_hz + 500) // 1_000 if is_pause(piece) else 0
    return np.zeros(size, np.int16), [size] * len(piece)
