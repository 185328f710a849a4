"""`rhapsode narrate`: a book in, an archive of audio out."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from rhapsode.app import App, open_app
from rhapsode.authoring.books import BookOptions, save_book
from rhapsode.authoring.selection import Selection
from rhapsode.cli.book_file import read_book, read_cover
from rhapsode.cli.console import errors, in_megabytes, in_words, results
from rhapsode.cli.converting import convert
from rhapsode.cli.listing import print_listing
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.cli.output import Output, plan_output, write_output
from rhapsode.engines.registry import get_voice
from rhapsode.settings import Settings
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.studio.document import Document
from rhapsode.studio.project import QualityPreset


def narrate(
    book: Annotated[Path, typer.Argument(help="EPUB, HTML, Markdown or plain text.", dir_okay=False)],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="File or folder; else the book's name in the current folder."),
    ] = None,
    voice: Annotated[str | None, typer.Option(help="A name or id of `rhapsode voices`.")] = None,
    language: Annotated[
        str | None, typer.Option(help="The book's language (BCP 47, such as de), where it doesn't say.")
    ] = None,
    quality: Annotated[
        QualityPreset | None,
        typer.Option(help="standard: MP3 at 128 kbps; high, ultra: 192 kbps; ultra_lossless: WAV."),
    ] = None,
    format: Annotated[  # noqa: A002 -- the name of the option
        Literal["zip", "mp3"], typer.Option(help="An archive of chapters, or one file with chapter marks.")
    ] = "zip",
    chapters: Annotated[str | None, typer.Option(help="Exactly these, by number: 1-3,7.")] = None,
    include: Annotated[
        list[str] | None,
        typer.Option(help="Also narrate: a chapter's name, a role or part (front), or a kind (notes)."),
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Don't narrate; as --include.")] = None,
    title: Annotated[str | None, typer.Option(help="In place of the book's own title.")] = None,
    author: Annotated[str | None, typer.Option(help="In place of the book's own author.")] = None,
    cover: Annotated[Path | None, typer.Option(help="A JPEG or PNG in place of the book's own.")] = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="Show chapters, lengths and sizes, and speak nothing.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Narrate a book into an archive of chapters.

    Run again after an edit, it speaks only what has changed; stopped, it goes on where it was.
    """
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
    document = read_book(book)
    if list_only:
        print_listing(document, options)
        return
    target = plan_output(output, book, format)
    with open_app(data_directory(data), command="narrate", process_count=Settings().processes) as app:
        _narrate(app, document, book, options, target)


def _narrate(app: App, document: Document, book: Path, options: BookOptions, target: Output) -> None:
    project_id = save_book(
        app.records,
        app.blobs,
        DEFAULT_WORKSPACE_ID,
        document,
        name=book.stem,
        origin=str(book.resolve()),
        options=options,
    )
    for omission in document.left_out:
        errors.print(f"Left out: {omission.what} ({omission.reason}).", markup=False)
    done = convert(app, DEFAULT_WORKSPACE_ID, project_id)
    path, size_bytes = write_output(app, DEFAULT_WORKSPACE_ID, done.project_snapshot_id, target)
    spoken = (
        f"{done.spoken_segments:,} passages spoken" if done.spoken_segments else "nothing had to be spoken"
    )
    results.print(
        f"{path}: {done.chapter_count} chapters, {in_words(done.audio_s)} of audio, "
        f"{in_megabytes(size_bytes)}; {spoken} in {done.elapsed_s:.1f} s.",
        markup=False,
        soft_wrap=True,
    )
