"""`rhapsode cast`: who speaks in a book, and with which voice."""

from pathlib import Path
from typing import Annotated

import typer

from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.cast.orders import CastOrder, CastRow
from rhapsode.cli.book_file import read_book
from rhapsode.cli.console import counted, results
from rhapsode.cli.installation import open_installation
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.studio.errors import InvalidInput


def cast(
    book: Annotated[Path, typer.Argument(metavar="BOOK", help="As `rhapsode narrate` takes it.")],
    voice: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHARACTER=VOICE", help="Give a character another voice, or `narrator`. Can be repeated."
        ),
    ] = None,
    merge: Annotated[
        list[str] | None,
        typer.Option(metavar="CHARACTER=OTHER", help="Say that both are one person. Can be repeated."),
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Let the narrator read everything again.")] = False,
    data: DataOption = None,
) -> None:
    """Give the characters of a book voices of their own, and show who has which.

    Who speaks each quotation is told by rules for English novels. What you say of a character stays; the next
    `rhapsode narrate` speaks what has changed.
    """
    order = CastOrder(_pairs(voice, "--voice"), _pairs(merge, "--merge"), undo)
    read = read_book(book)
    with open_installation(data_directory(data), command="cast") as installation:
        kept = installation.keep_book(read, BookOptions(cast=not undo))
        rows = installation.change_cast(kept.project_id, order)
    _print(rows)


def _pairs(values: list[str] | None, option: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for value in values or ():
        name, equals, other = value.rpartition("=")
        if not (equals and name.strip() and other.strip()):
            msg = f"{option} takes two names with = between them, not {value!r}."
            raise InvalidInput(msg)
        pairs.append((name.strip(), other.strip()))
    return tuple(pairs)


def _print(rows: list[CastRow]) -> None:
    if not rows:
        results.print("The narrator reads everything.")
    width = max((len(row.name) for row in rows), default=0)
    voice_width = max((len(row.voice) for row in rows), default=0)
    for row in rows:
        what = ", ".join(filter(None, (row.gender, (row.age or "").replace("_", "-"))))
        says = f"{counted(row.quotations, 'quotation')}, {row.share:.1%} of the text"
        line = f"{row.name:<{width}}  {row.voice:<{voice_width}}  {says}" + (f"  ({what})" if what else "")
        results.print(line, markup=False, soft_wrap=True)
