"""When each character of a text is heard in somebody's reading of it: forced alignment without a model.

A voice that knows its own timing reads the text too, and the two readings are laid over each other frame by frame
(dynamic time warping over cepstra; the idea is that of Malfrère and Dutoit, "High-quality speech synthesis for
phonetic speech segmentation", 1997). Values in, values out, but for the voice that is passed in.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rhapsode.engines.alignment_features import FRAMES_PER_S, Halves, band_logs, comparable
from rhapsode.engines.alignment_path import Path, find_path
from rhapsode.engines.alignment_speaker import find_stretch
from rhapsode.engines.engine import Speech
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS
from rhapsode.text.sentences import split_segments

Speak = Callable[[str, str], Speech]
"""Speaks a text of at most MAX_SEGMENT_CHARACTERS in a language, with a true alignment."""

_SILENCE_FRAMES = 30
_LONG_FRAMES = 4


@dataclass(frozen=True, slots=True)
class AlignedReading:
    """Where each character is heard, and how well the sound fits it.

    losses: one for each character, from 0, the same sound, to about 0.7, where text and sound have nothing in common;
    another speaker of the text has 0.1 to 0.4.
    """

    alignment: Alignment
    losses: tuple[float, ...]


def align(
    samples: NDArray[np.int16], sample_rate_hz: int, text: str, language: str, speak: Speak
) -> Alignment:
    """Return when the characters of `text` are heard in a reading of it, mono at `sample_rate_hz`.

    Raises: what `speak` raises.
    """
    return align_reading(samples, sample_rate_hz, text, language, speak).alignment


def align_reading(
    samples: NDArray[np.int16], sample_rate_hz: int, text: str, language: str, speak: Speak
) -> AlignedReading:
    """Like `align`, and say how well it fits.

    samples: at least one.    text: at least one character.
    """
    logs, places_s = _read(text, language, speak)
    features = _features(logs, samples, sample_rate_hz)
    del logs  # of ten hours 180 MB
    path = find_path(*features)
    frames = places_s * FRAMES_PER_S + _SILENCE_FRAMES
    heard_s = (_heard_at(path, frames, _sides(text)) - _SILENCE_FRAMES) / FRAMES_PER_S
    boundaries = np.clip(np.round(heard_s * sample_rate_hz), 0, samples.size).astype(int)
    alignment = Alignment(tuple(np.maximum.accumulate(boundaries).tolist()))
    return AlignedReading(alignment, tuple(_losses(path, frames).tolist()))


def _features(reading: Halves, samples: NDArray[np.int16], sample_rate_hz: int) -> tuple[Halves, Halves]:
    recording = band_logs(samples, sample_rate_hz)
    stretch = find_stretch(reading, recording)
    return comparable(reading, recording, silence_frames=_SILENCE_FRAMES, stretch=stretch)


def _read(text: str, language: str, speak: Speak) -> tuple[Halves, NDArray[np.float64]]:
    """A reading whose timing is known, and the places of all boundaries between characters in it, in seconds."""
    logs, places_s, frame = [], [], 0
    for start, end in split_segments(text, language=language, max_characters=MAX_SEGMENT_CHARACTERS):
        speech = speak(text[start:end], language)
        logs.append(band_logs(speech.samples, speech.sample_rate_hz))
        boundaries = np.array(speech.alignment.boundaries[: end - start])
        places_s.append(frame / FRAMES_PER_S + boundaries / speech.sample_rate_hz)
        last_s = frame / FRAMES_PER_S + speech.alignment.boundaries[-1] / speech.sample_rate_hz
        frame += len(logs[-1])
    return np.concatenate(logs), np.concatenate([*places_s, [last_s]])


def _sides(text: str) -> NDArray[np.int8]:
    """On which side of a silence each boundary is: 1 where a word begins, -1 where one has ended, else 0."""
    is_space = np.array([True, *map(str.isspace, text), True])
    return is_space[:-1].astype(np.int8) - is_space[1:].astype(np.int8)


def _heard_at(path: Path, frames: NDArray[np.float64], sides: NDArray[np.int8]) -> NDArray[np.float64]:
    """The place in the recording of places in the reading, both in frames.

    A frame that some frames of the recording are matched to stands in the middle of them. One that many are matched
    to is a silence that the recording has longer: what begins after it is heard at its end.
    """
    numbers = np.arange(int(path.rows[-1]) + 1)
    starts = np.searchsorted(path.rows, numbers)
    ends = np.append(starts[1:], len(path.rows)) - 1
    firsts, lasts = path.columns[starts], path.columns[ends]
    middles = (firsts + lasts) / 2
    is_long = lasts - firsts > _LONG_FRAMES
    places = {0: middles, 1: np.where(is_long, lasts, middles), -1: np.where(is_long, firsts, middles)}
    heard = np.zeros(len(frames))
    for side, columns in places.items():
        chosen = sides == side
        heard[chosen] = np.interp(frames[chosen], numbers, columns)
    return heard


def _losses(path: Path, frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean square of the distance over what is heard of each character."""
    sums = np.concatenate([[0.0], np.cumsum(path.costs.astype(np.float64) ** 2)])
    places = np.searchsorted(path.rows, np.minimum(np.floor(frames), path.rows[-1]))
    starts, ends = places[:-1], np.maximum(places[1:], places[:-1] + 1)
    losses: NDArray[np.float64] = (sums[ends] - sums[starts]) / (ends - starts)
    return losses
