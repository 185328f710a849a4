"""`rhapsode narrate --list`: what a book holds, and about how long and large it would be."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.table import Table

from rhapsode.audio.encoding import QUALITY_ENCODINGS, SAMPLE_BYTES, SAMPLE_RATE_HZ
from rhapsode.authoring.books import BookOptions, book_chapters
from rhapsode.cli.console import errors, in_megabytes, in_words, results
from rhapsode.rendering.pauses import CHAPTER_END_MS, CHAPTER_START_MS, PARAGRAPH_MS
from rhapsode.studio.document import Document, LeftOut
from rhapsode.studio.project import Chapter, QualityPreset

_CHARACTERS_PER_S = 17.1
"""Of English prose by the default voice, without pauses (within 2 % for three books of 19 hours)."""


@dataclass(frozen=True, slots=True)
class _Measures:
    """What is narrated of one chapter or more: its characters, and about how long that takes."""

    characters: int
    duration_s: float


def print_listing(document: Document, options: BookOptions) -> None:
    """Print the chapters with their numbers, and what the import left out. Raises: UnknownChapters."""
    chapters = book_chapters((), document, options.selection)
    bytes_per_s = _bytes_per_s(options.quality_preset or QualityPreset.STANDARD)
    table = Table("No.", "Chapter", "Part", "Role", box=None)
    for heading in ("Characters", "Length", "Size"):
        table.add_column(heading, justify="right")
    measures = [_measure(chapter) for chapter in chapters]
    for number, (chapter, measured) in enumerate(zip(chapters, measures, strict=True), start=1):
        facts = (str(number), chapter.name.replace("[", r"\["), chapter.matter.value, chapter.role)
        spoken = _cells(measured, bytes_per_s) if chapter.is_spoken else ("not narrated",)
        table.add_row(*facts, *spoken, style=None if chapter.is_spoken else "dim")
    together = _Measures(sum(m.characters for m in measures), sum(m.duration_s for m in measures))
    table.add_section()
    table.add_row("", "Together", "", "", *_cells(together, bytes_per_s))
    title, author = options.title or document.title, options.author or document.author
    results.print(f"{title or 'Untitled'} — {author or 'unknown author'}", markup=False)
    results.print(table)
    print_left_out(document.left_out)


def print_left_out(left_out: Iterable[LeftOut]) -> None:
    """Say what the import could read but didn't keep, and why."""
    for omission in left_out:
        errors.print(f"Left out: {omission.what}. {omission.reason}", markup=False)


def _measure(chapter: Chapter) -> _Measures:
    if not chapter.is_spoken:
        return _Measures(0, 0.0)
    lengths = [len(block.text) for block in chapter.blocks if block.narrated and block.text]
    pauses_ms = CHAPTER_START_MS + CHAPTER_END_MS + (len(lengths) - 1) * PARAGRAPH_MS
    return _Measures(sum(lengths), sum(lengths) / _CHARACTERS_PER_S + pauses_ms / 1000)


def _cells(measured: _Measures, bytes_per_s: float) -> tuple[str, str, str]:
    duration_s = measured.duration_s
    size = in_megabytes(duration_s * bytes_per_s)
    return f"{measured.characters:,}", f"≈ {in_words(duration_s)}", f"≈ {size}"


def _bytes_per_s(quality_preset: QualityPreset) -> float:
    encoding = QUALITY_ENCODINGS[quality_preset]
    if encoding.bitrate_kbps is None:
        return SAMPLE_RATE_HZ * SAMPLE_BYTES
    return encoding.bitrate_kbps * 125
