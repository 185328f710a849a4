"""The command line."""

import logging
import sys
from typing import Annotated

import structlog
import typer
from pydantic import ValidationError

from rhapsode import __version__
from rhapsode.cli.check import check
from rhapsode.cli.console import errors
from rhapsode.cli.narrate import narrate
from rhapsode.cli.voices import voices
from rhapsode.settings import Settings
from rhapsode.studio.errors import RhapsodeError

_commands = typer.Typer(
    help="Documents into narrated audio on your own hardware.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_commands.command()(narrate)
_commands.command()(voices)
_commands.command()(check)


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


def main() -> None:
    """Run a command; an error we know of is a sentence and exit status 1, Ctrl-C exit status 130."""
    try:
        _configure_logs(Settings().log_level)
        _commands()
    except RhapsodeError as error:
        errors.print(f"[bold red]Error:[/] {_sentence(error)}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            errors.print(f"[bold red]Error:[/] RHAPSODE_{name}: {problem['msg']}.", highlight=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _sentence(error: RhapsodeError) -> str:
    text = str(error) or (type(error).__doc__ or "").partition("\n")[0]
    return text.replace("[", r"\[")


def _configure_logs(level: str) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
