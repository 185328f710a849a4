"""`rhapsode audit`: what was done in a data directory, by whom and from where."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from rhapsode.cli.console import results
from rhapsode.cli.installation import open_installation
from rhapsode.cli.moments import moment, moment_since
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.storage.audit import AuditEntry


def audit(
    since: Annotated[
        str, typer.Option(metavar="WHEN", help="A date such as 2026-03-01, or how long ago: 12h, 7d, 2w.")
    ] = "7d",
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON for each entry.")] = False,
    data: DataOption = None,
) -> None:
    """Print who did what.

    Sign-ins, keys, users, workspaces, changes, deletions and downloads.
    """
    since_ms = moment_since(since)
    with open_installation(data_directory(data), command="audit", makes=False) as installation:
        entries = installation.people.list_audit_entries(since_ms=since_ms)
    if as_json:
        for entry in entries:
            results.print(json.dumps(asdict(entry)), markup=False, soft_wrap=True)
        return
    table = Table("When", "Workspace", "Who", "From", "What", "Object", "Detail", box=None)
    for entry in entries:
        table.add_row(*map(escape, _cells(entry)))
    results.print(table)


def _cells(entry: AuditEntry) -> tuple[str, ...]:
    who = " ".join(filter(None, (entry.actor, entry.user_id or entry.key_id)))
    return (
        moment(entry.created_at_ms),
        entry.workspace_id,
        who,
        entry.address or "",
        entry.action,
        entry.object_id,
        entry.detail or "",
    )
