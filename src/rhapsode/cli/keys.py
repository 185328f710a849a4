"""`rhapsode keys`: the API keys of a data directory, with or without a server that has it."""

import re
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from rhapsode.access.keys import UsedKey
from rhapsode.cli.console import results
from rhapsode.cli.installation import open_installation
from rhapsode.cli.moments import find_moment, moment
from rhapsode.cli.options import DataOption, WorkspaceOption, data_directory
from rhapsode.storage.api_keys import KeyTerms
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import ApiKeyId
from rhapsode.studio.limits import MAX_RATE

_DAY_MS = 24 * 3600 * 1000

keys = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True, rich_markup_mode=None)


@keys.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What you will know it by.")] = "key",
    characters: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="How many it may have spoken in a calendar month."),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="When it ends: in so many days, as in 90d, or on a day in UTC."),
    ] = None,
    permission: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="What it may do, such as projects_read; more than once, or everything."
        ),
    ] = None,
    requests_per_minute: Annotated[
        int | None, typer.Option(min=1, max=MAX_RATE, metavar="N", help="How many requests it may send.")
    ] = None,
    concurrent: Annotated[
        int | None, typer.Option(min=1, max=MAX_RATE, metavar="N", help="How many of them at once.")
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(metavar="LOGIN", help="Whose role it has; without, it may do all in its workspace."),
    ] = None,
    workspace: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="One that `rhapsode workspaces list` shows; without, that of the user, or default.",
        ),
    ] = None,
    data: DataOption = None,
) -> None:
    """Make a key and print it, this once."""
    terms = KeyTerms(
        character_limit=characters,
        expires_at_ms=None if expires is None else expiry_ms(expires, datetime.now(UTC)),
        permissions=tuple(permission) if permission else None,
        requests_per_minute=requests_per_minute,
        concurrent_requests=concurrent,
    )
    with open_installation(data_directory(data), command="keys create") as installation:
        new = installation.people.create_api_key(workspace, name, terms=terms, user=user)
    results.print("This is shown only now: what is kept can't be turned back into the key.", soft_wrap=True)
    results.print(f"export ELEVENLABS_API_KEY={new.secret}", markup=False, soft_wrap=True)


@keys.command("list")
def list_keys(workspace: WorkspaceOption = DEFAULT_WORKSPACE_ID, data: DataOption = None) -> None:
    """List the keys, revoked ones too, with the characters each has had spoken this month."""
    with open_installation(data_directory(data), command="keys list", makes=False) as installation:
        used_keys = installation.people.list_api_keys(workspace)
        logins = {user.user_id: user.login for user in installation.people.list_users()}
    table = Table("Id", "Name", "User", "Ends in", "Made", "Revoked", "Expires", "May", box=None)
    for heading in ("Used", "Limit"):
        table.add_column(heading, justify="right")
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    for used_key in used_keys:
        user_id = used_key.api_key.user_id
        login = "" if user_id is None else logins.get(user_id, user_id)
        table.add_row(*_cells(used_key, login, now_ms))
    results.print(table)


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `rhapsode keys list` shows it.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE_ID,
    data: DataOption = None,
) -> None:
    """Let a key open nothing any more."""
    with open_installation(data_directory(data), command="keys revoke", makes=False) as installation:
        installation.people.revoke_api_key(workspace, ApiKeyId(key_id))
    results.print(f"The key {key_id} opens nothing any more.", markup=False, soft_wrap=True)


def expiry_ms(when: str, now: datetime) -> int:
    """The Unix milliseconds that a person means, by days from now or by a date. Raises: InvalidInput."""
    days = re.fullmatch(r"([1-9][0-9]{0,3})d", when)
    now_ms = int(now.timestamp() * 1000)
    expires_at_ms = now_ms + int(days[1]) * _DAY_MS if days else find_moment(when)
    if expires_at_ms is None:
        msg = f"{when} is no time to expire at: write 90d, or a date such as 2027-01-31."
        raise InvalidInput(msg)
    if expires_at_ms <= now_ms:
        msg = f"{when} is over, so the key would open nothing. Choose a later date."
        raise InvalidInput(msg)
    return expires_at_ms


def _cells(used_key: UsedKey, login: str, now_ms: int) -> tuple[str, ...]:
    api_key, terms = used_key.api_key, used_key.api_key.terms
    name, login = escape(api_key.name), escape(login)
    revoked = "" if api_key.revoked_at_ms is None else moment(api_key.revoked_at_ms)
    limit = "" if terms.character_limit is None else f"{terms.character_limit:,}"
    made = moment(api_key.created_at_ms)
    used = f"{used_key.character_count:,}"
    return (
        api_key.key_id,
        name,
        login,
        api_key.hint,
        made,
        revoked,
        _expiry(terms, now_ms),
        _may(terms),
        used,
        limit,
    )


def _expiry(terms: KeyTerms, now_ms: int) -> str:
    if terms.expires_at_ms is None:
        return ""
    return ("expired " if terms.expires_at_ms <= now_ms else "") + moment(terms.expires_at_ms)


def _may(terms: KeyTerms) -> str:
    """What it may do, and how often; nothing where that is everything."""
    said = [] if terms.permissions is None else [", ".join(terms.permissions)]
    if terms.requests_per_minute is not None:
        said.append(f"{terms.requests_per_minute}/min")
    if terms.concurrent_requests is not None:
        said.append(f"{terms.concurrent_requests} at once")
    return "; ".join(said)
