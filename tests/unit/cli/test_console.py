"""What commands print."""

import io

import pytest
from rich.table import Table

from rhapsode.cli.console import PlainConsole

HOSTILE = "a\x1b]0;title\x07\x1b[31mb\x9b2J\u202e\rc"
SHOWN = "a]0;title[31mb2Jc"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_is_sent_no_commands_of_others(*, is_terminal: bool) -> None:
    """Titles and names lose what isn't text, wherever they are printed; our own colours stay."""
    written = io.StringIO()
    console = PlainConsole(
        file=written,
        force_terminal=is_terminal,
        color_system="standard" if is_terminal else None,
        highlight=False,
        width=100,
    )
    table = Table("Name", box=None)
    table.add_row(HOSTILE)

    console.print(HOSTILE, markup=False, soft_wrap=True)
    console.print(table)
    console.print("[red]ours[/]")

    lines = written.getvalue().split("\n")
    assert lines[0] == SHOWN
    assert lines[2].strip() == SHOWN
    assert lines[3] == ("\x1b[31mours\x1b[0m" if is_terminal else "ours")
