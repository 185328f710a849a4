"""`rhapsode voices`."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from rhapsode.cli.console import results
from rhapsode.engines.languages import ANY_LANGUAGE, resolve_language
from rhapsode.engines.registry import list_voices
from rhapsode.studio.errors import UnknownLanguage
from rhapsode.studio.voice import Voice


def voices(
    language: Annotated[
        str | None,
        typer.Option(metavar="TAG", help="Only voices that speak this language (a BCP 47 tag such as fr)."),
    ] = None,
) -> None:
    """List the voices that are installed."""
    offered = list_voices() if language is None else _speaking(language)
    table = Table("Name", "Language", "Gender", "Age", "Description", box=None)
    for voice in offered:
        labels = voice.labels
        own = "any" if voice.language == ANY_LANGUAGE else voice.language
        facts = (labels.get("gender", ""), labels.get("age", "").replace("_", "-"))
        table.add_row(voice.name, own, *facts, labels.get("description", voice.description))
    results.print(table)
    if language is None:
        _print_languages(offered)


def _speaking(language: str) -> list[Voice]:
    """Voices that speak it, those whose own language it is first. Raises: UnknownLanguage."""
    found = [voice for voice in list_voices() if _speaks(voice, language)]
    if not found:
        msg = f"No installed voice speaks '{language}'. `rhapsode voices` ends with the languages there are."
        raise UnknownLanguage(msg)
    wanted = language.replace("_", "-").split("-")[0].lower()
    return sorted(found, key=lambda voice: voice.language.split("-")[0] != wanted)


def _speaks(voice: Voice, language: str) -> bool:
    if ANY_LANGUAGE in voice.languages:
        return False  # a beep for each character is no language
    try:
        resolve_language(language, voice)
    except UnknownLanguage:
        return False
    return True


def _print_languages(offered: Sequence[Voice]) -> None:
    """Say once for each engine what its voices speak beside their own language."""
    engines = {voice.engine: voice for voice in offered if ANY_LANGUAGE not in voice.languages}
    for engine, voice in engines.items():
        results.print(f"\nVoices of {engine} read each of these languages: {', '.join(voice.languages)}.")
