"""`rhapsode narrate --list`: what a book holds, and about how long and large it would be."""

from rich.table import Table

from rhapsode.audio.encoding import QUALITY_ENCODINGS, SAMPLE_BYTES, SAMPLE_RATE_HZ
from rhapsode.authoring.books import BookOptions, book_chapters
from rhapsode.cli.console import errors, in_megabytes, in_words, results
from rhapsode.studio.document import Document
from rhapsode.studio.project import Chapter, QualityPreset

_CHARACTERS_PER_S = 17.5
"""Of English prose spoken by the default voice, pauses included (measured on a novel of 178,000 characters)."""


def print_listing(document: Document, options: BookOptions) -> None:
    """Print the chapters with their numbers, and what the import left out. Raises: UnknownChapters."""
    chapters = book_chapters((), document, options.selection)
    bytes_per_s = _bytes_per_s(options.quality_preset or QualityPreset.STANDARD)
    table = Table("No.", "Chapter", "Part", "Role", box=None)
    for heading in ("Characters", "Length", "Size"):
        table.add_column(heading, justify="right")
    for number, chapter in enumerate(chapters, start=1):
        table.add_row(*_row(number, chapter, bytes_per_s), style=None if chapter.is_spoken else "dim")
    total = sum(_spoken_characters(chapter) for chapter in chapters)
    table.add_section()
    table.add_row("", "Together", "", "", *_measures(total, bytes_per_s))
    results.print(f"{document.title or 'Untitled'} — {document.author or 'unknown author'}", markup=False)
    results.print(table)
    for omission in document.left_out:
        errors.print(f"Left out: {omission.what} ({omission.reason}).", markup=False)


def _row(number: int, chapter: Chapter, bytes_per_s: float) -> tuple[str, ...]:
    name = chapter.name.replace("[", r"\[")
    facts = (str(number), name, chapter.matter.value, chapter.role)
    if not chapter.is_spoken:
        return (*facts, "not narrated", "", "")
    return (*facts, *_measures(_spoken_characters(chapter), bytes_per_s))


def _measures(characters: int, bytes_per_s: float) -> tuple[str, str, str]:
    duration_s = characters / _CHARACTERS_PER_S
    return f"{characters:,}", f"≈ {in_words(duration_s)}", f"≈ {in_megabytes(duration_s * bytes_per_s)}"


def _spoken_characters(chapter: Chapter) -> int:
    if not chapter.is_spoken:
        return 0
    return sum(len(block.text) for block in chapter.blocks if block.narrated)


def _bytes_per_s(quality_preset: QualityPreset) -> float:
    encoding = QUALITY_ENCODINGS[quality_preset]
    if encoding.bitrate_kbps is None:
        return SAMPLE_RATE_HZ * SAMPLE_BYTES
    return encoding.bitrate_kbps * 125
