"""What articles with a player say: read while the client waits, or afterwards, and then published."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from fastapi import Depends
from starlette.concurrency import run_in_threadpool

from rhapsode.api.context import KeyOf, Services, ServicesOf, WorkspaceOf
from rhapsode.api.creating import SentSource, read_document
from rhapsode.authoring.bylines import Byline, with_byline
from rhapsode.authoring.filling import begin_replacement, check_project_made, replace_with_document
from rhapsode.authoring.projects import ProjectWishes, create_project, delete_project
from rhapsode.delivery import players
from rhapsode.delivery.players import OpenPlayer
from rhapsode.storage.creations import NewCreation
from rhapsode.storage.players import Player, PlayerSettings
from rhapsode.studio.document import Document
from rhapsode.studio.errors import PlayerNotFound, RhapsodeError
from rhapsode.studio.ids import ApiKeyId, ProjectId, WorkspaceId

MakeProject = Callable[[Document | NewCreation | None], ProjectId]


@dataclass(frozen=True, slots=True)
class Client:
    """Whose request it is, and what it is answered with."""

    services: Services
    workspace_id: WorkspaceId
    key_id: ApiKeyId | None

    def convert(self, project_id: ProjectId) -> None:
        """Ask for a conversion. Raises: what Rendering.request_conversion raises."""
        self.services.rendering.request_conversion(self.workspace_id, project_id, paid_by=self.key_id)
        self.services.wake()

    def open_player(self, project_id: ProjectId) -> OpenPlayer:
        """The player of a project. Raises: ProjectNotFound; PlayerNotFound, when it was taken away meanwhile."""
        opened = players.find_open_player(self.services.records, self.workspace_id, project_id)
        if opened is None:
            raise PlayerNotFound
        return opened


async def _client(services: ServicesOf, workspace_id: WorkspaceOf, key_id: KeyOf) -> Client:
    return Client(services, workspace_id, key_id)


ClientOf = Annotated[Client, Depends(_client)]
"""The client, as a parameter of a route."""


async def make_article(
    client: Client,
    source: SentSource,
    wishes: ProjectWishes,
    settings: PlayerSettings,
    source_url: str | None = None,
) -> OpenPlayer:
    """A new project with a player, of a document that is sent or named; without one it is blank.

    Raises: DocumentRefused, FetchRefused, before anything is made; what a conversion raises, and then nothing stays.
    """
    byline = Byline(settings.title, settings.author)
    named = replace(source, unsaid=wishes.unsaid, byline=byline)
    make = partial(_make, client, wishes, settings, source_url)

    def begin(creation: NewCreation) -> tuple[WorkspaceId, ProjectId]:
        return client.workspace_id, make(replace(creation, key_id=client.key_id))

    document: Document | ProjectId | None = None
    if named.is_document:
        document = await read_document(client.services, named, begin)
    return await run_in_threadpool(_made, client, named, make, document)


def _make(
    client: Client,
    wishes: ProjectWishes,
    settings: PlayerSettings,
    source_url: str | None,
    content: Document | NewCreation | None,
) -> ProjectId:
    """A project with a player. content: what it says, or what will make that."""
    records, blobs = client.services.records, client.services.blobs
    document = content if isinstance(content, Document) else None
    creation = content if isinstance(content, NewCreation) else None
    project_id = create_project(
        records, blobs, client.workspace_id, wishes, document=document, creation=creation
    )
    players.keep_player(records, client.workspace_id, players.new_player(project_id, settings, source_url))
    return project_id


def _made(
    client: Client, source: SentSource, make: MakeProject, document: Document | ProjectId | None
) -> OpenPlayer:
    if isinstance(document, str):
        return client.open_player(document)
    project_id = make(document and with_byline(document, source.byline or Byline()))
    if source.form.auto_convert:
        try:
            client.convert(project_id)
        except RhapsodeError:
            # What can't be converted is refused as a whole.
            delete_project(client.services.records, client.workspace_id, project_id)
            raise
    return client.open_player(project_id)


async def replace_article(
    client: Client, source: SentSource, player: Player, *, auto_publish: bool
) -> OpenPlayer:
    """The player after its project's content was replaced, or when that has begun.

    player: with its settings as they will be kept, together with the content.
    Raises: ProjectNotFound; ProjectCreating; DocumentRefused; FetchRefused; what a conversion raises.
    """
    services, project_id = client.services, player.project_id
    place = services.records, client.workspace_id
    named = replace(source, byline=Byline(player.settings.title, player.settings.author))
    # Before the conversion, which might otherwise end in between and be heard.
    keep = partial(players.keep_published, *place, player, auto_publish=auto_publish)

    def begin(creation: NewCreation) -> tuple[WorkspaceId, ProjectId]:
        begun = begin_replacement(*place, project_id, creation, paid_by=client.key_id)
        keep()
        return begun

    def finish(document: Document | ProjectId | None) -> OpenPlayer:
        if not isinstance(document, str):
            keep()
            _replace(client, named, project_id, document)
        return client.open_player(project_id)

    # Before a document is fetched and read.
    await run_in_threadpool(check_project_made, *place, project_id)
    document = await read_document(services, named, begin) if named.is_document else None
    return await run_in_threadpool(finish, document)


def _replace(client: Client, source: SentSource, project_id: ProjectId, document: Document | None) -> None:
    services = client.services
    if document is not None:
        whole = with_byline(document, source.byline or Byline())
        replace_with_document(services.records, services.blobs, client.workspace_id, project_id, whole)
    if source.form.auto_convert:
        client.convert(project_id)
