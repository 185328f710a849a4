"""Players: pages on which everybody who knows their token hears a project."""

import re
import secrets
from dataclasses import dataclass, replace
from urllib.parse import urldefrag

import httpx

from rhapsode.authoring.checks import checked_words
from rhapsode.rendering.project_state import ProjectStateName, list_project_states
from rhapsode.storage import players, projects, snapshots
from rhapsode.storage.players import Player, PlayerSettings
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.errors import InvalidInput, PlayerNotFound
from rhapsode.studio.ids import ProjectId, ProjectSnapshotId, WorkspaceId
from rhapsode.studio.limits import MAX_URL_CHARACTERS
from rhapsode.studio.project import Project

_TOKEN_BYTES = 32
_LAST_PORT = 65_535
# Names, hexadecimal digits, rgb() and hsl(): nothing that could end a declaration of a style sheet.
_COLOR = re.compile(
    r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|[a-z]{3,30}|(?:rgb|hsl)a?\([0-9a-z.,%/ -]{5,60}\)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OpenPlayer:
    """A player with what is heard on it. snapshot_id: None as long as nothing was converted.

    state: of the project.
    """

    workspace_id: WorkspaceId
    player: Player
    project: Project
    state: ProjectStateName
    snapshot_id: ProjectSnapshotId | None

    @property
    def title(self) -> str:
        """The player's, or the project's."""
        return self.player.settings.title or self.project.title or self.project.name

    @property
    def author(self) -> str:
        """The same of the author; empty where nobody said one."""
        return self.player.settings.author or self.project.author or ""


def new_player(
    project_id: ProjectId, settings: PlayerSettings | None = None, source_url: str | None = None
) -> Player:
    """A player with a token of 256 random bits."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    return Player(project_id, token, settings or PlayerSettings(), source_url)


def checked_settings(
    settings: PlayerSettings, *, text_color: str | None = None, background_color: str | None = None
) -> PlayerSettings:
    """Settings as a client says them; colours that it doesn't say stay. Raises: InvalidInput."""
    return replace(
        settings,
        title=checked_words(settings.title, what="The title"),
        author=checked_words(settings.author, what="The author"),
        image=_checked_image(settings.image),
        text_color=_checked_color(text_color, settings.text_color),
        background_color=_checked_color(background_color, settings.background_color),
    )


def _checked_color(said: str | None, before: str) -> str:
    tidy = (said or before).strip()
    if not _COLOR.fullmatch(tidy):
        msg = "A colour is a name, #rrggbb, rgb() or hsl(), as in CSS."
        raise InvalidInput(msg)
    return tidy


def _checked_image(image: str | None) -> str | None:
    if not image:
        return None
    if len(image) > MAX_URL_CHARACTERS or find_origin(image) is None:
        msg = "The image is an address that begins with http:// or https://."
        raise InvalidInput(msg)
    return image


def find_origin(url: str) -> str | None:
    """Protocol, host and port of an address, as a policy of a page names them; None for what isn't of the web."""
    try:
        place = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return None
    if place.scheme not in ("http", "https") or not place.raw_host or (place.port or 0) > _LAST_PORT:
        return None
    origin = f"{place.scheme}://{place.netloc.decode('ascii')}"
    # Whatever a policy could take for its end, or for another word of it.
    return origin if re.fullmatch(r"[a-z0-9.:/\[\]-]+", origin) else None


def page_of(url: str) -> str:
    """The address by which a page is known again: without what names a place on it."""
    return urldefrag(url.strip())[0]


def find_player_of_page(records: Records, workspace_id: WorkspaceId, url: str) -> Player | None:
    """The player that belongs to a page. url: as page_of gives it."""
    with records.read(workspace_id) as tx:
        return players.find_player_by_source(tx, url)


def find_or_new_player(records: Records, workspace_id: WorkspaceId, project_id: ProjectId) -> Player:
    """The player of a project, or one that isn't kept yet. Raises: ProjectNotFound."""
    with records.read(workspace_id) as tx:
        projects.get_project(tx, project_id)
        return players.find_player(tx, project_id) or new_player(project_id)


def keep_player(records: Records, workspace_id: WorkspaceId, player: Player) -> None:
    """Keep a player with its settings. Raises: ProjectNotFound."""
    with records.write(workspace_id) as tx:
        projects.get_project(tx, player.project_id)
        players.save_player(tx, player)


def keep_published(
    records: Records, workspace_id: WorkspaceId, player: Player, *, auto_publish: bool
) -> None:
    """Keep a player that follows the latest conversion from now on, or stays with what is heard on it now.

    What was never heard has nothing to stay with: then the first conversion is. Raises: ProjectNotFound.
    """
    with records.write(workspace_id) as tx:
        projects.get_project(tx, player.project_id)
        held = None if auto_publish else _find_published(tx, player)
        players.save_player(tx, replace(player, settings=replace(player.settings, held_snapshot_id=held)))


def renew_token(records: Records, workspace_id: WorkspaceId, project_id: ProjectId) -> None:
    """Give a project's player another token, and so another address. Raises: ProjectNotFound; PlayerNotFound."""
    with records.write(workspace_id) as tx:
        projects.get_project(tx, project_id)
        player = players.find_player(tx, project_id)
        if player is None:
            raise PlayerNotFound
        players.save_player(tx, replace(player, token=new_player(project_id).token))


def delete_player(records: Records, workspace_id: WorkspaceId, project_id: ProjectId) -> None:
    """Let the token of a project's player open nothing any more. Raises: ProjectNotFound; PlayerNotFound."""
    with records.write(workspace_id) as tx:
        projects.get_project(tx, project_id)
        if not players.delete_player(tx, project_id):
            raise PlayerNotFound


def find_open_player(records: Records, workspace_id: WorkspaceId, project_id: ProjectId) -> OpenPlayer | None:
    """The player of a project; None where it has none. Raises: ProjectNotFound."""
    with records.read(workspace_id) as tx:
        projects.get_project(tx, project_id)
        player = players.find_player(tx, project_id)
        return None if player is None else _opened(tx, player)


def open_player(records: Records, token: str) -> OpenPlayer:
    """What a token opens. Raises: PlayerNotFound."""
    workspace_id, player = players.get_player_by_token(records, token)
    with records.read(workspace_id) as tx:
        return _opened(tx, player)


def _opened(tx: Transaction, player: Player) -> OpenPlayer:
    project = projects.get_project(tx, player.project_id)
    state = list_project_states(tx, [player.project_id])[player.project_id].state
    return OpenPlayer(tx.workspace_id, player, project, state, _find_published(tx, player))


def _find_published(tx: Transaction, player: Player) -> ProjectSnapshotId | None:
    held = player.settings.held_snapshot_id
    if held is not None:
        return held
    listed = snapshots.list_project_snapshots(tx, player.project_id)
    return ProjectSnapshotId(listed[0].snapshot_id) if listed else None
