"""SRT and WebVTT: captions by sentence or by word.

Source: W3C, WebVTT: The Web Video Text Tracks Format, sections 4 and 6; SubRip has no standard.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.delivery.formats.caption_tokens import list_tokens
from rhapsode.delivery.formats.captions import Caption, line_text, plan_captions
from rhapsode.delivery.formats.format import ExportFormat, ExportSource
from rhapsode.delivery.formats.names import Cues, Timeline
from rhapsode.delivery.formats.timed_chapter import TimedChapter
from rhapsode.delivery.formats.timelines import iterate_chapters

_VERSION = 1


@dataclass(frozen=True, slots=True)
class _Cue:
    """lines: as they are written into the file. start_ms < end_ms."""

    start_ms: int
    end_ms: int
    lines: Sequence[str]


def srt(cues: Cues = "sentence", timeline: Timeline = "file") -> ExportFormat:
    """SubRip. Lines end with CR and LF, as its readers on all systems take them."""
    return ExportFormat(
        name=_name("srt", cues, timeline),
        extension="srt",
        media_type="application/x-subrip",
        version=_VERSION,
        make=lambda source: _srt(source, cues, timeline),
    )


def vtt(cues: Cues = "sentence", timeline: Timeline = "file") -> ExportFormat:
    """WebVTT, with a note at the beginning of each chapter."""
    return ExportFormat(
        name=_name("vtt", cues, timeline),
        extension="vtt",
        media_type="text/vtt",
        version=_VERSION,
        make=lambda source: _vtt(source, cues, timeline),
    )


def _name(base: str, cues: Cues, timeline: Timeline) -> str:
    """A name of its own for each choice, at most 16 characters: what nobody chose isn't said."""
    said = [part for part, usual in ((cues, "sentence"), (timeline, "file")) if part != usual]
    return "-".join([base, *said])


def _srt(source: ExportSource, cues: Cues, timeline: Timeline) -> Iterator[bytes]:
    number = 0
    for _, timed in iterate_chapters(source, timeline):
        for cue in _cues_of(timed, cues, source.project.language, _as_it_is):
            number += 1
            times = f"{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}"
            yield "\r\n".join((str(number), times, *cue.lines, "", "")).encode()


def _vtt(source: ExportSource, cues: Cues, timeline: Timeline) -> Iterator[bytes]:
    yield b"WEBVTT\n\n"
    for chapter, timed in iterate_chapters(source, timeline):
        yield f"NOTE {_escaped(' '.join(chapter.name.split()))}\n\n".encode()
        yield from _vtt_cues(timed, cues, source.project.language)


def chapter_vtt(timed: TimedChapter, language: str) -> Iterator[bytes]:
    """WebVTT of one chapter by itself, a cue for each sentence."""
    yield b"WEBVTT\n\n"
    yield from _vtt_cues(timed, "sentence", language)


def _vtt_cues(timed: TimedChapter, cues: Cues, language: str) -> Iterator[bytes]:
    for cue in _cues_of(timed, cues, language, _escaped):
        times = f"{_clock(cue.start_ms, '.')} --> {_clock(cue.end_ms, '.')}"
        yield "\n".join((times, *cue.lines, "", "")).encode()


def _cues_of(timed: TimedChapter, cues: Cues, language: str, escape: Callable[[str], str]) -> Iterator[_Cue]:
    if cues == "word":
        return (
            _cue(word.start_sample, word.end_sample, [escape(" ".join(word.text.split()))])
            for word in timed.words
        )
    captions = plan_captions(list_tokens(timed, language=language), end_sample=timed.end_sample)
    write = _karaoke_lines if cues == "karaoke" else _plain_lines
    return (_cue(each.start_sample, each.end_sample, write(each, escape)) for each in captions)


def _cue(start_sample: int, end_sample: int, lines: Sequence[str]) -> _Cue:
    start_ms = _milliseconds(start_sample)
    return _Cue(start_ms, max(_milliseconds(end_sample), start_ms + 1), lines)


def _plain_lines(caption: Caption, escape: Callable[[str], str]) -> list[str]:
    return [escape(line_text(line)) for line in caption.lines]


def _karaoke_lines(caption: Caption, escape: Callable[[str], str]) -> list[str]:
    """A time before each token but the first, each later than the one before. Source: WebVTT, cue timestamp."""
    latest_ms = _milliseconds(caption.start_sample)
    end_ms = _milliseconds(caption.end_sample)
    lines = []
    for line in caption.lines:
        pieces: list[str] = []
        for token in line:
            start_ms = _milliseconds(token.start_sample)
            space = " " if token.spaced and pieces else ""
            time = f"<{_clock(start_ms, '.')}>" if latest_ms < start_ms < end_ms else ""
            latest_ms = max(latest_ms, start_ms)
            pieces.append(f"{space}{time}{escape(token.text)}")
        lines.append("".join(pieces))
    return lines


def _as_it_is(text: str) -> str:
    """SubRip has no escapes."""
    return text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _milliseconds(sample: int) -> int:
    return (sample * 1000 + SAMPLE_RATE_HZ // 2) // SAMPLE_RATE_HZ


def _clock(moment_ms: int, point: str) -> str:
    seconds, milliseconds = divmod(moment_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{milliseconds:03}"
