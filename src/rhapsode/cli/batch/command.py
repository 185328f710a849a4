"""`rhapsode batch`: a folder of books in, an archive for each of them out."""

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from rhapsode.cli.batch.alone import alone_in
from rhapsode.cli.batch.here import Here
from rhapsode.cli.batch.hours import Hours, local_hour, read_hours, wait_for
from rhapsode.cli.batch.journal import Journal
from rhapsode.cli.batch.metadata import read_metadata
from rhapsode.cli.batch.orders import BatchFormat, Ledger, Narrators, Order, list_orders
from rhapsode.cli.batch.report import REPORT_NAME, Report
from rhapsode.cli.batch.shelf import Shelf, find_books
from rhapsode.cli.batch.voices import Voices
from rhapsode.cli.batch.wishes import Wishes
from rhapsode.cli.console import errors
from rhapsode.cli.options import DataOption, LanguageOption, VoiceOption, data_directory
from rhapsode.cli.output import choose_folder
from rhapsode.settings import Settings
from rhapsode.studio.errors import InvalidInput, UnknownVoice
from rhapsode.studio.limits import MAX_BATCH_JOBS
from rhapsode.studio.project import QualityPreset

_OUTPUT_NAME = "narrated"
_DEFAULT_JOBS = 2


def batch(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Of books as for `rhapsode narrate`; folders below it too."),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT", help="Folder for the audio; else FOLDER/narrated."),
    ] = None,
    metadata: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="What is said of single books: the column `file`, and any of narrate's options.",
        ),
    ] = None,
    format: Annotated[  # noqa: A002 -- the name of the option
        BatchFormat, typer.Option(help="An archive of chapters, or a file as `rhapsode export` makes it.")
    ] = "zip",
    hours: Annotated[
        str | None,
        typer.Option(metavar="HH-HH", help="Narrate only in these hours of the day, such as 22-06."),
    ] = None,
    voice: VoiceOption = None,
    language: LanguageOption = None,
    quality: Annotated[QualityPreset | None, typer.Option(help="As for `rhapsode narrate`.")] = None,
    cast: Annotated[bool, typer.Option("--cast", help="Give characters voices of their own.")] = False,
    server: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Have a server on another machine do it, with the key in RHAPSODE_API_KEY."
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=MAX_BATCH_JOBS, help="With --server: how many books it has at once (2)."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Narrate all books of a folder.

    OUT/books.csv says what became of each. Run again, it goes on where it was stopped, and passes over what is done
    and hasn't changed. A book that can't be narrated doesn't keep the others waiting; the exit status is then 1.
    """
    times = None if hours is None else read_hours(hours)
    if not folder.is_dir():
        msg = f"{folder} is no folder."
        raise InvalidInput(msg)
    target = choose_folder(output or folder / _OUTPUT_NAME)
    _check_kept(metadata, target)
    for_all = Wishes(language=language, voice=voice, quality=quality, cast=cast or None)
    with alone_in(target), contextlib.ExitStack() as stack:
        journal = Journal(target)
        narrators = _narrators(stack, journal, data, server, jobs)
        shelf = _look_through(folder, target, format, journal)
        said = _read_wishes(metadata, for_all, shelf, narrators)
        orders = list_orders(shelf.books, said, for_all, target, format)
        narrators.check(orders)
        ledger = Ledger(journal, Report(target, shelf.books))
        _narrate(ledger, ledger.skip_done(orders), narrators, times)
        raise typer.Exit(ledger.finish())


def _check_kept(metadata: Path | None, target: Path) -> None:
    """Raises: InvalidInput, where the report would take the place of what it is asked by."""
    report = target / REPORT_NAME
    if metadata is not None and metadata.resolve() == report.resolve():
        msg = (
            f"{report} is to be the report: give your table another name, or say another folder by --output."
        )
        raise InvalidInput(msg)


def _narrators(
    stack: contextlib.ExitStack, journal: Journal, data: Path | None, server: str | None, jobs: int | None
) -> Narrators:
    """Who narrates. Raises: InvalidInput."""
    if server is None:
        if jobs is not None:
            msg = "--jobs is for --server: here one book has all cores, and the next one is read meanwhile."
            raise InvalidInput(msg)
        return Here(data_directory(data))
    if data is not None:
        msg = "--data and --server are two places: leave one of them out."
        raise InvalidInput(msg)
    # Few commands need an HTTP client, which takes a moment to import.
    from rhapsode.cli.batch.elsewhere import Elsewhere

    key = Settings().api_key
    return stack.enter_context(
        Elsewhere(server, "" if key is None else key.get_secret_value(), journal, jobs or _DEFAULT_JOBS)
    )


def _look_through(folder: Path, output: Path, output_format: BatchFormat, journal: Journal) -> Shelf:
    """The books of the folder, without what was made of them. Raises: InvalidInput."""
    made = {(output / done.output).resolve() for done in journal.done.values()}
    outside = set() if output.resolve() == folder.resolve() else {output.resolve()}
    shelf = find_books(folder, output_format, except_for=made | outside)
    for link in shelf.links:
        errors.print(f"Not followed, for it is a link: {link}", markup=False, soft_wrap=True)
    for output_folder in shelf.outputs:
        errors.print(
            f"Not looked into, for a batch has written there: {output_folder}", markup=False, soft_wrap=True
        )
    if not shelf.books:
        errors.print(f"There are no books in {folder}.", markup=False, soft_wrap=True)
    return shelf


def _read_wishes(
    metadata: Path | None, for_all: Wishes, shelf: Shelf, narrators: Narrators
) -> dict[str, Wishes]:
    """What is said of single books. Raises: InvalidInput; UnknownVoice."""
    voices = Voices(narrators.list_voices)
    if for_all.voice is not None and voices.find_id(for_all.voice) is None:
        msg = f"There is no voice {for_all.voice!r}. `rhapsode voices` lists those that are installed."
        raise UnknownVoice(msg)
    if metadata is None:
        return {}
    return read_metadata(metadata, [book.name for book in shelf.books], voices, narrators.columns)


def _narrate(ledger: Ledger, left: list[Order], narrators: Narrators, hours: Hours | None) -> None:
    """Narrate what is left, in as many nights as it takes."""

    def is_over() -> bool:
        return hours is not None and not hours.include(local_hour())

    while left:
        if hours is not None:
            wait_for(hours)
        left = narrators.narrate(ledger, left, is_over)
