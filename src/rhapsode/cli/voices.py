"""`rhapsode voices`."""

from typing import Annotated

import typer
from rich.table import Table

from rhapsode.cli.console import results
from rhapsode.engines.languages import resolve_language
from rhapsode.engines.registry import list_voices
from rhapsode.studio.errors import UnknownLanguage
from rhapsode.studio.voice import Voice


def voices(
    language: Annotated[
        str | None, typer.Option(help="Only voices that speak this language (a BCP 47 tag such as fr).")
    ] = None,
) -> None:
    """List the voices that are installed."""
    offered = [voice for voice in list_voices() if language is None or _speaks(voice, language)]
    if not offered:
        msg = f"No installed voice speaks '{language}'."
        raise UnknownLanguage(msg)
    table = Table("Name", "Id", "Accent", "Gender", "Age", "Description", "Engine", box=None)
    for voice in offered:
        labels = voice.labels
        table.add_row(
            voice.name,
            voice.voice_id,
            voice.language,
            labels.get("gender", ""),
            labels.get("age", ""),
            voice.description,
            voice.engine,
        )
    results.print(table)
    languages = sorted({tag for voice in offered for tag in voice.languages})
    results.print(f"\nEvery voice also speaks the other languages of its engine: {', '.join(languages)}")


def _speaks(voice: Voice, language: str) -> bool:
    try:
        resolve_language(language, voice)
    except UnknownLanguage:
        return False
    return True
