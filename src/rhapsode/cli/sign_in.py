"""`rhapsode sign-in`, and how links that sign a browser in are shown."""

import threading
import webbrowser
from typing import Annotated

import typer

from rhapsode.cli.console import results, warn
from rhapsode.cli.installation import open_installation
from rhapsode.cli.options import DataOption, data_directory

OpenOption = Annotated[bool, typer.Option("--open", help="Open the link in this machine's browser, too.")]
_NO_BROWSER = "No browser can be opened here. `rhapsode sign-in` prints a link to open elsewhere."


def sign_in(opens: OpenOption = False, data: DataOption = None) -> None:
    """Print a link that signs a browser in to the running server.

    It is good for one browser and for ten minutes. Whoever opens it may do everything in the workspace `default`.
    """
    with open_installation(data_directory(data), command="sign-in", makes=False) as installation:
        link = installation.new_sign_in_link()
    results.print(link, markup=False, soft_wrap=True)
    if opens:
        _open(link)


def show_link(link: str, *, opens: bool) -> None:
    """Say where a server that has just begun to listen is opened.

    Only to a person at a terminal: the log of a service isn't the place for what lets somebody in.
    """
    if results.is_terminal:
        until = " within ten minutes, in one browser" if "#" in link else ""
        results.print(f"Open it{until}: {link}", markup=False, soft_wrap=True)
    if opens:
        # Some browsers are waited for until they end.
        threading.Thread(target=_open, args=(link,), name="browser", daemon=True).start()


def _open(link: str) -> None:
    if not webbrowser.open(link):
        warn(_NO_BROWSER)
