"""Media overlays: which stretch of audio belongs to which element of a page. Source: EPUB Media Overlays 3.3."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

MEDIA_TYPE = "application/smil+xml"
_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<smil xmlns="http://www.w3.org/ns/SMIL" xmlns:epub="http://www.idpf.org/2007/ops" version="3.0">\n'
)


@dataclass(frozen=True, slots=True)
class Section:
    """What clips are part of: a chapter, or a note in it.

    kind: a term of the structural semantics vocabulary, by which readers skip notes; None for nothing special.
    """

    chapter: int
    number: int = 0
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """An element of a page, and when it is heard. audio: number of the chapter whose file it is.

    kind: as of a section: "pagebreak", for one.    chapter_kind: of the section that is the chapter.
    """

    element_id: str
    audio: int
    start_ms: int
    end_ms: int
    section: Section
    kind: str | None = None
    chapter_kind: str | None = None

    @property
    def duration_ms(self) -> int:
        """How long it is heard."""
        return self.end_ms - self.start_ms


def smil_bytes(page: str, clips: Sequence[Clip], audio_names: Sequence[str]) -> bytes:
    """The overlay of one page. page, audio_names: addresses as seen from the overlay's own place."""
    lines = ["<body>"]
    for number, (_, grouped) in enumerate(groupby(clips, key=lambda clip: clip.section.chapter), start=1):
        chapter = list(grouped)
        lines.append(_seq(f"chapter-{number}", page, chapter[0].element_id, chapter[0].chapter_kind))
        lines += _sections(page, chapter, audio_names)
        lines.append("</seq>")
    return (_HEAD + "\n".join([*lines, "</body>", "</smil>"]) + "\n").encode()


def _sections(page: str, clips: Iterable[Clip], audio_names: Sequence[str]) -> Iterator[str]:
    for section, grouped in groupby(clips, key=lambda clip: clip.section):
        inside = list(grouped)
        pars = [_par(page, clip, audio_names) for clip in inside]
        if section.kind is None:
            yield from pars
        else:
            yield _seq(None, page, inside[0].element_id, section.kind)
            yield from pars
            yield "</seq>"


def _seq(name: str | None, page: str, element_id: str, kind: str | None) -> str:
    identity = "" if name is None else f" id={quoteattr(name)}"
    return f"<seq{identity} epub:textref={_place(page, element_id)}{_type(kind)}>"


def _par(page: str, clip: Clip, audio_names: Sequence[str]) -> str:
    return (
        f"<par{_type(clip.kind)}><text src={_place(page, clip.element_id)}/>"
        f"<audio src={quoteattr(audio_names[clip.audio])}"
        f' clipBegin="{clock(clip.start_ms)}" clipEnd="{clock(clip.end_ms)}"/></par>'
    )


def _place(page: str, element_id: str) -> str:
    """An element as the value of an attribute; HTML allows ids such as "5%", which no address has as they are."""
    return quoteattr(f"{page}#{quote(element_id)}")


def _type(kind: str | None) -> str:
    return "" if kind is None else f" epub:type={quoteattr(kind)}"


def clock(time_ms: int) -> str:
    """A time as a full clock value: "0:01:02.345"."""
    seconds, milliseconds = divmod(time_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{milliseconds:03}"
