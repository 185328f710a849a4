"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from rhapsode.settings import Settings

DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="FOLDER",
        help="Data directory; else RHAPSODE_DATA, else the system's place for a program's data.",
        show_default=False,
    ),
]

WorkspaceOption = Annotated[
    str, typer.Option("--workspace", metavar="NAME", help="One that `rhapsode workspaces list` shows.")
]

VoiceOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who reads: a name that `rhapsode voices` lists.")
]
LanguageOption = Annotated[
    str | None,
    typer.Option(metavar="TAG", help="In place of the language the book names (BCP 47, such as de)."),
]
TitleOption = Annotated[str | None, typer.Option(metavar="TEXT", help="In place of the book's own title.")]
AuthorOption = Annotated[str | None, typer.Option(metavar="TEXT", help="In place of the book's own author.")]


def data_directory(given: Path | None) -> Path:
    """The data directory that `--data` or the settings name."""
    return given if given is not None else Settings().data
