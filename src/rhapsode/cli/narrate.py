"""`rhapsode narrate`: a book in, an archive of audio out."""

import contextlib
import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from rhapsode.app import App, open_app
from rhapsode.authoring.books import BookOptions, save_book
from rhapsode.authoring.selection import Selection
from rhapsode.cli.book_file import read_book, read_cover
from rhapsode.cli.console import counted, in_megabytes, in_words, results
from rhapsode.cli.converting import Converted, convert
from rhapsode.cli.listing import print_left_out, print_listing
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.cli.output import Output, check_format, choose_output, write_output
from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.engines.registry import get_voice, list_voices
from rhapsode.settings import Settings
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.studio.document import Document
from rhapsode.studio.errors import StorageFull, UnknownVoice
from rhapsode.studio.ids import ProjectId
from rhapsode.studio.project import QualityPreset


def narrate(
    book: Annotated[Path, typer.Argument(metavar="BOOK", help="EPUB, HTML, Markdown or plain text.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="File or folder; else the book's name in the current folder.",
        ),
    ] = None,
    voice: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who reads: a name that `rhapsode voices` lists.")
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(metavar="TAG", help="In place of the language the book names (BCP 47, such as de)."),
    ] = None,
    quality: Annotated[
        QualityPreset | None,
        typer.Option(help="MP3 at 128 kbps (standard) or 192 kbps (high, ultra); WAV (ultra_lossless)."),
    ] = None,
    format: Annotated[  # noqa: A002 -- the name of the option
        Literal["zip", "mp3"],
        typer.Option(help="An archive with a file for each chapter, or one MP3 with chapter marks."),
    ] = "zip",
    chapters: Annotated[
        str | None, typer.Option(metavar="NUMBERS", help="Narrate exactly these, such as 1-3,7 (see --list).")
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT", help="Narrate also: a chapter's name, role or part, or 'notes'. Can be repeated."
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="WHAT", help="Don't narrate; as --include.")
    ] = None,
    title: Annotated[
        str | None, typer.Option(metavar="TEXT", help="In place of the book's own title.")
    ] = None,
    author: Annotated[
        str | None, typer.Option(metavar="TEXT", help="In place of the book's own author.")
    ] = None,
    cover: Annotated[
        Path | None, typer.Option(metavar="IMAGE", help="A JPEG or PNG in place of the book's own cover.")
    ] = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="Show chapters, lengths and sizes, and speak nothing.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Narrate a book into an archive of chapters.

    Run again after an edit, it speaks only what has changed; stopped, it goes on where it was. Voice and quality
    stay as they are until they are given again.
    """
    started_at_s = time.monotonic()
    selection = Selection(chapters, tuple(include or ()), tuple(exclude or ()))
    options = BookOptions(
        voice_id=None if voice is None else get_voice(voice).voice_id,
        quality_preset=quality,
        language=language,
        title=title,
        author=author,
        cover=None if cover is None else read_cover(cover),
        selection=selection,
    )
    target = choose_output(output, book, format)
    document = read_book(book)
    if list_only:
        print_listing(document, options)
        return
    if voice is None:
        _check_voices()
    with open_app(data_directory(data), command="narrate", process_count=Settings().processes) as app:
        project_id = _save(app, document, book, options, target)
        del document  # The text of a long book isn't held while it is narrated.
        done, size_bytes = _narrate(app, project_id, target)
    results.print(
        f"{target.path}: {counted(done.chapter_count, 'chapter')}, {in_words(done.audio_s)} of audio, "
        f"{in_megabytes(size_bytes)}; {_spoken(done)} in {time.monotonic() - started_at_s:.1f} s.",
        markup=False,
        soft_wrap=True,
    )


def _check_voices() -> None:
    """Raises: UnknownVoice, when no voice is installed that speaks: nobody is to get a book of beeps unasked."""
    if all(ANY_LANGUAGE in voice.languages for voice in list_voices()):
        msg = "No voice is installed that speaks. Install one with: pip install 'rhapsode[espeak]'."
        raise UnknownVoice(msg)


def _save(app: App, document: Document, book: Path, options: BookOptions, target: Output) -> ProjectId:
    """Keep what was read as a project, and say what was left out of it."""
    project_id = save_book(
        app.records,
        app.blobs,
        DEFAULT_WORKSPACE_ID,
        document,
        name=book.stem,
        origin=str(book.resolve()),
        options=options,
    )
    check_format(app, DEFAULT_WORKSPACE_ID, project_id, target)
    print_left_out(document)
    return project_id


def _narrate(app: App, project_id: ProjectId, target: Output) -> tuple[Converted, int]:
    """Convert and write; return also the size of what was written, in bytes."""
    done = convert(app, DEFAULT_WORKSPACE_ID, project_id)
    size_bytes = write_output(app, DEFAULT_WORKSPACE_ID, done.project_snapshot_id, target)
    # The book is there: that there is no room to rewrite packs in can wait for the next run.
    with contextlib.suppress(StorageFull):
        clean_up(app.records, app.blobs, CleanupPolicy(), now_ms=time.time_ns() // 1_000_000)
    return done, size_bytes


def _spoken(done: Converted) -> str:
    return f"{counted(done.spoken_segments, 'passage')} spoken" if done.spoken_segments else "nothing spoken"
