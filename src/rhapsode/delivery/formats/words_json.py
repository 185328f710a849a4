"""Words and characters with their times as JSON, a chapter at a time: a novel has a million characters."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rhapsode.audio.grid import seconds_of
from rhapsode.delivery.formats.format import ExportFormat, ExportSource
from rhapsode.delivery.formats.names import Timeline
from rhapsode.delivery.formats.timed_chapter import TimedChapter
from rhapsode.delivery.formats.timelines import iterate_chapters
from rhapsode.delivery.words import TimedWord
from rhapsode.studio.snapshot import ChapterSnapshot

T = TypeVar("T")
_VERSION = 1
_AT_ONCE = 16_384
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def words_json(timeline: Timeline = "file") -> ExportFormat:
    """An object with the chapters in order: `words` of each, and `characters` as the API's alignments have them."""
    return ExportFormat(
        name="json" if timeline == "file" else f"json-{timeline}",
        extension="json",
        media_type="application/json",
        version=_VERSION,
        make=lambda source: _document(source, timeline),
    )


def _document(source: ExportSource, timeline: Timeline) -> Iterator[bytes]:
    said = {"name": source.snapshot.name, "language": source.project.language, "timeline": timeline}
    yield f'{_encode(said).removesuffix("}")},"chapters":['.encode()
    for ordinal, (chapter, timed) in enumerate(iterate_chapters(source, timeline)):
        yield b"," if ordinal else b""
        yield from _chapter(chapter, timed)
    yield b"]}\n"


def _chapter(chapter: ChapterSnapshot, timed: TimedChapter) -> Iterator[bytes]:
    said = {
        "chapter_id": chapter.chapter_id,
        "chapter_snapshot_id": chapter.chapter_snapshot_id,
        "name": chapter.name,
        "start_secs": seconds_of(timed.start_sample),
        "end_secs": seconds_of(timed.end_sample),
    }
    yield f'{_encode(said).removesuffix("}")},"words":['.encode()
    yield from _listed([word_fields(word) for word in words] for words in _runs(timed.words))
    # Each character ends where the next begins: the silence behind a text is its last character's.
    ends = np.concatenate([timed.starts[1:], timed.ends[-1:]])
    yield b'],"characters":{"characters":['
    yield from _listed(list(run) for run in _runs(timed.text))
    yield b'],"character_start_times_seconds":['
    yield from _listed(_times(timed.starts))
    yield b'],"character_end_times_seconds":['
    yield from _listed(_times(ends))
    yield b"]}}"


def word_fields(word: TimedWord) -> dict[str, str | int | float]:
    """A word as JSON has it, here and where the wire tells it."""
    return {
        "text": word.text,
        "spoken": word.spoken,
        "start_character": word.start,
        "end_character": word.end,
        "start_secs": seconds_of(word.start_sample),
        "end_secs": seconds_of(word.end_sample),
    }


def _runs(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))


def _listed(runs: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """The elements of all runs, with commas between them."""
    for ordinal, run in enumerate(runs):
        yield (b"," if ordinal else b"") + _encode(run)[1:-1].encode()


def _times(samples: NDArray[np.int64]) -> Iterator[list[float]]:
    return ([seconds_of(sample) for sample in run.tolist()] for run in _array_runs(samples))


def _array_runs(samples: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    return (samples[start : start + _AT_ONCE] for start in range(0, samples.size, _AT_ONCE))
