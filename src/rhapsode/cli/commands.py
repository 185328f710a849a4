"""All commands, and what becomes of their errors."""

import io
import os
import sys
from typing import Annotated

import typer
from pydantic import ValidationError

from rhapsode import __version__
from rhapsode.cli.audit import audit
from rhapsode.cli.backup import backup
from rhapsode.cli.batch.command import batch
from rhapsode.cli.cast import cast
from rhapsode.cli.check import check
from rhapsode.cli.console import errors, warn
from rhapsode.cli.demo import demo
from rhapsode.cli.du import du
from rhapsode.cli.export import export
from rhapsode.cli.keys import keys
from rhapsode.cli.migrate import migrate
from rhapsode.cli.narrate import narrate
from rhapsode.cli.report import report
from rhapsode.cli.restore import restore
from rhapsode.cli.retention import retention
from rhapsode.cli.serve import serve
from rhapsode.cli.sign_in import sign_in
from rhapsode.cli.users import users
from rhapsode.cli.voices import voices
from rhapsode.cli.worker import worker
from rhapsode.cli.workspaces import workspaces
from rhapsode.engines.registry import list_packaged
from rhapsode.engines.remote.asking import wait_for_answers
from rhapsode.settings import Settings, list_unknown
from rhapsode.storage.files import translate_full_storage
from rhapsode.studio.errors import RhapsodeError
from rhapsode.studio.overrides import check_limits
from rhapsode.telemetry.logs import configure_logs

_commands = typer.Typer(
    help="Documents into narrated audio on your own hardware.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Plain help and errors: the boxes of the other mode fold sentences, and nobody can search for those then.
    rich_markup_mode=None,
)
_commands.command()(narrate)
_commands.command()(batch)
_commands.command()(cast)
_commands.command()(export)
_commands.command()(report)
_commands.command()(serve)
_commands.command(name="sign-in")(sign_in)
_commands.command()(worker)
_commands.command()(migrate)
_commands.command()(demo)
_commands.add_typer(voices, name="voices")
_commands.command()(check)
_commands.command()(backup)
_commands.command()(restore)
_commands.command()(du)
_commands.add_typer(keys, name="keys")
_commands.add_typer(retention, name="retention")
_commands.add_typer(users, name="users")
_commands.add_typer(workspaces, name="workspaces")
_commands.command()(audit)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rhapsode {__version__}")
        raise typer.Exit


@_commands.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Documents into narrated audio on your own hardware."""


def run() -> None:
    """Run a command; an error we know of is one sentence and exit status 1, a wrong usage exit status 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A chapter's name may hold any character, and a terminal may know few.
            stream.reconfigure(errors="replace")
    try:
        check_limits()
        configure_logs(Settings().log_level)
        for sentence in list_unknown(os.environ, list_packaged):
            warn(sentence)
        # What standard output goes to may be full too.
        with translate_full_storage():
            _commands()
    except RhapsodeError as error:
        _print_error(str(error) or (type(error).__doc__ or "").partition("\n")[0])
        sys.exit(1)
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            _print_error(f"RHAPSODE_{name}: {problem['msg']}.")
        sys.exit(1)
    finally:
        # The first command on a machine may end before a server has listed its voices, which the next one needs.
        wait_for_answers()


def _print_error(sentence: str) -> None:
    end = "" if sentence.endswith((".", "?", "!")) else "."
    errors.print("[bold red]Error:[/]", end=" ")
    errors.print(f"{sentence}{end}", markup=False, soft_wrap=True)
