"""`rhapsode report`: how loud a narrated book is, and whether shops and broadcasters take it so."""

from pathlib import Path
from typing import Annotated

import typer

from rhapsode.authoring.exports import Preset
from rhapsode.cli.book_file import check_name
from rhapsode.cli.console import results
from rhapsode.cli.installation import open_installation
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.studio.ids import is_id


def report(
    book: Annotated[
        str, typer.Argument(metavar="BOOK", help="A book that was narrated, or the id of a project.")
    ],
    preset: Annotated[
        Preset | None, typer.Option(help="The files of `rhapsode export` in place of the book's own.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Show how loud a narrated book is.

    Chapter by chapter: RMS, peaks, noise floor, loudness and room tone, and what of it isn't as ACX and EBU R 128
    ask. Every passage was measured when it was made, so nothing is listened to.
    """
    if is_id(book) and not Path(book).exists():
        named = book
    else:
        check_name(Path(book))
        named = str(Path(book).resolve())
    with open_installation(data_directory(data), command="report") as installation:
        text = installation.report_book(named, preset)
    results.print(text, markup=False, soft_wrap=True, end="")
