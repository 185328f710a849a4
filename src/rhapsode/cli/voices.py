"""`rhapsode voices`: the voices that are installed, and those that could be."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from rhapsode.cli.console import errors, in_megabytes, results, working
from rhapsode.cli.installation import open_installation
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.cli.voices_install import install
from rhapsode.cli.voices_remove import remove
from rhapsode.cli.voices_try import try_out
from rhapsode.engines.languages import ANY_LANGUAGE, primary_language, speaks
from rhapsode.engines.remote.asking import wait_for_answers
from rhapsode.storage.directory import is_data_directory
from rhapsode.studio.errors import DataDirectoryInUse, UnknownLanguage
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import engine_catalogue

voices = typer.Typer(invoke_without_command=True, rich_markup_mode=None)

_WIDE = 140
_WIDE_ONLY = ("Age", "Licence", "From")
"""Columns for terminals that have so many characters in a line, and for pipes."""

Listed = tuple[Voice, str]
"""A voice, and what it was installed by; nothing for one that comes with its engine."""

LanguageOnly = Annotated[
    str | None,
    typer.Option(
        "--language", metavar="TAG", help="Only voices that speak this language (a BCP 47 tag such as fr)."
    ),
]
Available = Annotated[
    bool, typer.Option("--available", help="Those that `rhapsode voices install` can have, in their place.")
]


@voices.callback()
def _voices(
    context: typer.Context,
    language: LanguageOnly = None,
    available: Available = False,
    data: DataOption = None,
) -> None:
    """List, install, remove and try voices."""
    if context.invoked_subcommand is None:
        list_voices(language, available, data)


@voices.command("list")
def list_voices(language: LanguageOnly = None, available: Available = False, data: DataOption = None) -> None:
    """List the voices that are installed.

    With their engines, and what their licences say of selling what they read.
    """
    if available:
        _print_available(language, data_directory(data))
        return
    offered = _installed(data_directory(data))
    if wait_for_answers():
        offered = _installed(data_directory(data))
    if language is not None:
        offered = _speaking(offered, language)
    _print_installed(offered)
    if language is None:
        _print_languages(offered)


voices.command("install")(install)
voices.command("remove")(remove)
voices.command("try")(try_out)


def _installed(directory: Path) -> Sequence[Listed]:
    """Those that come with engines, where nothing was installed yet or nobody can be asked."""
    if is_data_directory(directory):
        try:
            with open_installation(directory, command="voices") as installation:
                return installation.list_voices()
        except DataDirectoryInUse as error:
            errors.print(f"Only voices that come with engines: {error}", markup=False, soft_wrap=True)
    return [(voice, "") for voice in engine_catalogue().voices]


def _print_installed(offered: Sequence[Listed]) -> None:
    is_narrow = results.width < _WIDE
    table = Table(box=None)
    for heading in _cells(*offered[0]):
        if not (is_narrow and heading in _WIDE_ONLY):
            # A name that is folded or cut off can't be copied.
            table.add_column(heading, no_wrap=heading == "Name")
    for each in offered:
        cells = _cells(*each)
        table.add_row(*(cells[str(column.header)].replace("[", r"\[") for column in table.columns))
    results.print(table)
    if is_narrow:
        results.print("\nA wider window shows ages, licences and what voices were installed by, too.")


def _cells(voice: Voice, origin: str) -> dict[str, str]:
    labels = voice.labels
    return {
        "Name": voice.name,
        "Language": "any" if voice.language == ANY_LANGUAGE else voice.language,
        "Gender": labels.get("gender", ""),
        "Age": labels.get("age", "").replace("_", "-"),
        "Engine": voice.engine,
        "Licence": voice.license,
        "May be sold": voice.commercial_use,
        "From": origin,
        "Description": labels.get("description", voice.description),
    }


def _speaking(offered: Sequence[Listed], language: str) -> Sequence[Listed]:
    """Voices that speak it, those whose own language it is first. Raises: UnknownLanguage."""
    # A beep for each character is no language.
    found = [each for each in offered if ANY_LANGUAGE not in each[0].languages and speaks(each[0], language)]
    if not found:
        msg = f"No installed voice speaks '{language}'. `rhapsode voices` ends with the languages there are."
        raise UnknownLanguage(msg)
    wanted = primary_language(language)
    return sorted(found, key=lambda each: primary_language(each[0].language) != wanted)


def _print_languages(offered: Sequence[Listed]) -> None:
    """Say once for each engine what its voices speak beside their own language."""
    several = (voice for voice, _ in offered if len(voice.languages) > 1 and not voice.files)
    for engine, voice in {voice.engine: voice for voice in several}.items():
        results.print(f"\nVoices of {engine} read each of these languages: {', '.join(voice.languages)}.")


def _print_available(language: str | None, directory: Path) -> None:
    with working("Asking what there is …"), open_installation(directory, command="voices") as installation:
        offers = installation.list_available_voices()
    table = Table(box=None)
    table.add_column("Name", no_wrap=True)
    table.add_column("Engine")
    table.add_column("Language")
    table.add_column("Size", justify="right", no_wrap=True)
    table.add_column("Description")
    for offer in offers:
        if language is None or primary_language(offer.language or language) == primary_language(language):
            cells = (offer.name, offer.engine, offer.language or "several", in_megabytes(offer.size_bytes))
            table.add_row(*cells, offer.description.replace("[", r"\["))
    results.print(table)
