"""`rhapsode keys`: the API keys of a data directory, with or without a server that has it."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from rhapsode.access.keys import UsedKey
from rhapsode.cli.console import results
from rhapsode.cli.installation import open_installation
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.studio.ids import ApiKeyId

keys = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True, rich_markup_mode=None)


@keys.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What you will know it by.")] = "key",
    characters: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="How many it may have spoken in a calendar month."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Make a key and print it, this once."""
    with open_installation(data_directory(data), command="keys create") as installation:
        new = installation.create_api_key(name, character_limit=characters)
    results.print("This is shown only now: what is kept can't be turned back into the key.", soft_wrap=True)
    results.print(f"export ELEVENLABS_API_KEY={new.secret}", markup=False, soft_wrap=True)


@keys.command("list")
def list_keys(data: DataOption = None) -> None:
    """List the keys, revoked ones too, with the characters each has had spoken this month."""
    with open_installation(data_directory(data), command="keys list") as installation:
        used_keys = installation.list_api_keys()
    table = Table("Id", "Name", "Ends in", "Made", "Revoked", box=None)
    for heading in ("Used", "Limit"):
        table.add_column(heading, justify="right")
    for used_key in used_keys:
        table.add_row(*_cells(used_key))
    results.print(table)


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `rhapsode keys list` shows it.")],
    data: DataOption = None,
) -> None:
    """Let a key open nothing any more."""
    with open_installation(data_directory(data), command="keys revoke") as installation:
        installation.revoke_api_key(ApiKeyId(key_id))
    results.print(f"The key {key_id} opens nothing any more.", markup=False, soft_wrap=True)


def _cells(used_key: UsedKey) -> tuple[str, ...]:
    api_key = used_key.api_key
    name = api_key.name.replace("[", r"\[")
    revoked = "" if api_key.revoked_at_ms is None else _moment(api_key.revoked_at_ms)
    limit = "" if api_key.character_limit is None else f"{api_key.character_limit:,}"
    made = _moment(api_key.created_at_ms)
    return api_key.key_id, name, api_key.hint, made, revoked, f"{used_key.character_count:,}", limit


def _moment(moment_ms: int) -> str:
    return f"{datetime.fromtimestamp(moment_ms // 1000, UTC):%Y-%m-%d %H:%M} UTC"
