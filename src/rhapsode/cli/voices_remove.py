"""`rhapsode voices remove`."""

from typing import Annotated

import typer

from rhapsode.cli.console import counted, errors, results
from rhapsode.cli.installation import open_installation
from rhapsode.cli.options import DataOption, data_directory

_SHOWN = 10


def remove(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Of a voice, or what several were installed by together.")
    ],
    data: DataOption = None,
) -> None:
    """Remove voices that were installed.

    What they have read stays, and they can be installed again.
    """
    with open_installation(data_directory(data), command="voices remove") as installation:
        removed = installation.remove_voices(name)
    names = ", ".join(removed.names[:_SHOWN])
    results.print(f"Removed {counted(len(removed.names), 'voice')}: {names}.", markup=False, soft_wrap=True)
    if removed.projects:
        shown = "; ".join(f"“{project}”" for project in removed.projects[:_SHOWN])
        more = f" and {len(removed.projects) - _SHOWN} more" if len(removed.projects) > _SHOWN else ""
        again = f", or have it again: rhapsode voices install {removed.origin}" if removed.origin else ""
        errors.print(
            f"{counted(len(removed.projects), 'project')} had it: {shown}{more}. Their audio stays; before anything "
            f"new is read, choose another voice{again}",
            markup=False,
            soft_wrap=True,
        )
