"""`rhapsode narrate`: a book in, an archive of audio out."""

import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.narrations import Book
from rhapsode.authoring.selection import Selection
from rhapsode.cli.book_file import read_book, read_cover
from rhapsode.cli.console import counted, errors, in_megabytes, in_words, results
from rhapsode.cli.installation import Installation, open_installation
from rhapsode.cli.listing import print_left_out, print_listing
from rhapsode.cli.options import (
    AuthorOption,
    DataOption,
    LanguageOption,
    TitleOption,
    VoiceOption,
    data_directory,
)
from rhapsode.cli.output import Output, check_format, choose_output, write_output
from rhapsode.delivery.downloads import BookFormat
from rhapsode.rendering.results import Converted
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import ProjectId, VoiceId
from rhapsode.studio.project import QualityPreset


def narrate(
    book: Annotated[
        Path, typer.Argument(metavar="BOOK", help="EPUB, DOCX, PDF, HTML, Markdown or plain text.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="File or folder; else the book's name in the current folder.",
        ),
    ] = None,
    voice: VoiceOption = None,
    language: LanguageOption = None,
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
    title: TitleOption = None,
    author: AuthorOption = None,
    cover: Annotated[
        Path | None, typer.Option(metavar="IMAGE", help="A JPEG or PNG in place of the book's own cover.")
    ] = None,
    cast: Annotated[
        bool, typer.Option("--cast", help="Give characters voices of their own (see `rhapsode cast`).")
    ] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Speak again what an older version of the voice has spoken.")
    ] = False,
    report: Annotated[
        bool,
        typer.Option("--report", help="Put the mastering report into the archive (see `rhapsode report`)."),
    ] = False,
    list_only: Annotated[
        bool, typer.Option("--list", help="Show chapters, lengths and sizes, and speak nothing.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Narrate a book into an archive of chapters.

    Run again after an edit, it speaks only what has changed; stopped, it goes on where it was. Voice and quality
    stay as they are until they are given again; what was spoken stays when its voice is updated, until --refresh.
    A server that has the data directory does the work.
    """
    started_at_s = time.monotonic()
    selection = Selection(chapters, tuple(include or ()), tuple(exclude or ()))
    options = BookOptions(
        voice_id=None if voice is None else VoiceId(voice),
        quality_preset=quality,
        language=language,
        title=title,
        author=author,
        cover=None if cover is None else read_cover(cover),
        selection=selection,
        cast=cast,
    )
    _check_report(report, format)
    target = choose_output(output, book, format)
    if quality is not None:
        check_format(quality, target)
    read = read_book(book)
    if list_only:
        print_listing(read.document, options)
        return
    with open_installation(data_directory(data), command="narrate") as installation:
        project_id = _keep(installation, read, options, target)
        del read  # The text of a long book isn't held while it is narrated.
        done = installation.convert(project_id, refresh=refresh)
        download = installation.open_book(done.project_snapshot_id, target.format, with_report=report)
        write_output(target.path, download)
        installation.clean_up()
    spoken = spoken_in_words(done.spoken_segments)
    results.print(
        f"{target.path}: {counted(done.chapter_count, 'chapter')}, {in_words(done.audio_s)} of audio, "
        f"{in_megabytes(download.size_bytes)}; {spoken} in {time.monotonic() - started_at_s:.1f} s.",
        markup=False,
        soft_wrap=True,
    )
    print_flawed(done)


def _check_report(wanted: bool, book_format: BookFormat) -> None:
    """Raises: InvalidInput, when there would be nothing to put a report into."""
    if wanted and book_format != "zip":
        msg = (
            "With --format mp3 there is no archive for the report: leave one out. `rhapsode report` shows it."
        )
        raise InvalidInput(msg)


def print_flawed(done: Converted, *, told_by: str = "rhapsode report") -> None:
    """Tell of passages that something seems wrong with, so that somebody listens to them.

    told_by: the command that tells more.
    """
    if done.flawed_count:
        seem = "seems" if done.flawed_count == 1 else "seem"
        texts = "; ".join(f"“{text}”" for text in done.flawed)
        more = (
            f"; and {done.flawed_count - len(done.flawed):,} more"
            if done.flawed_count > len(done.flawed)
            else ""
        )
        errors.print(
            f"{counted(done.flawed_count, 'passage')} {seem} wrong: {texts}{more} (`{told_by}` says where and why)",
            markup=False,
            soft_wrap=True,
        )


def _keep(installation: Installation, book: Book, options: BookOptions, target: Output) -> ProjectId:
    """Make the book a project, and say what was left out of it."""
    kept = installation.keep_book(book, options)
    check_format(kept.quality_preset, target)
    print_left_out(book.document.left_out)
    return kept.project_id


def spoken_in_words(count: int) -> str:
    """How many passages were spoken."""
    return f"{counted(count, 'passage')} spoken" if count else "nothing spoken"
