"""Audio Native: articles with a player that pages show in a frame."""

from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from rhapsode.api.audio_native_content import Client, ClientOf, make_article, replace_article
from rhapsode.api.audio_native_models import (
    FILE_FIELD,
    FORM_LISTS,
    ContentForm,
    CreatedAudioNative,
    EditedAudioNative,
    NewAudioNative,
    ProjectSettings,
    UrlContent,
    article_wishes,
    html_snippet,
    settings_model,
)
from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.creating import SentSource
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.room import NEEDS_ROOM
from rhapsode.api.source_form import SourceForm, form_schema, read_source_form
from rhapsode.api.studio_models import Done
from rhapsode.authoring.bylines import Byline
from rhapsode.authoring.projects import check_wishes
from rhapsode.delivery import players
from rhapsode.delivery.players import OpenPlayer
from rhapsode.storage.players import PlayerSettings
from rhapsode.studio.ids import ProjectId
from rhapsode.studio.limits import MAX_NAME_CHARACTERS

# A body without a Content-Type is read too.
router = APIRouter(tags=["audio-native"], route_class=JsonRoute, strict_content_type=False)

_PATH = "/v1/audio-native"


@router.post(
    _PATH,
    summary="Create an article with a player",
    dependencies=[NEEDS_ROOM],
    openapi_extra=form_schema(NewAudioNative, file_field=FILE_FIELD),
)
async def create(request: Request, client: ClientOf) -> CreatedAudioNative:
    """Make a project with a player. Source: operation create_audio_native_project."""
    read = read_source_form(request, NewAudioNative, lists=FORM_LISTS, file_field=FILE_FIELD)
    async with read as (form, file):
        settings, wishes = form.settings, form.wishes
        await run_in_threadpool(check_wishes, client.services.records, client.workspace_id, wishes)
        opened = await make_article(client, SentSource(form, file), wishes, settings)
        return CreatedAudioNative(
            project_id=opened.project.project_id,
            converting=form.auto_convert or _is_converting(opened),
            html_snippet=html_snippet(client.services.addresses, opened),
        )


@router.get(f"{_PATH}/{{project_id}}/settings", summary="Get the settings of a player")
def get_settings(project_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> ProjectSettings:
    """How a player looks and what is heard. Source: operation get_audio_native_project_settings_endpoint."""
    opened = players.find_open_player(services.records, workspace_id, ProjectId(project_id))
    return ProjectSettings(enabled=False) if opened is None else settings_model(services.addresses, opened)


@router.post(f"{_PATH}/content", summary="Update an article from its page", dependencies=[NEEDS_ROOM])
async def update_from_url(body: UrlContent, client: ClientOf) -> EditedAudioNative:
    """Read a page again, convert and publish it; the first time, it becomes a project.

    Source: operation audio_native_update_content_from_url.
    """
    said = players.checked_settings(PlayerSettings(title=body.title, author=body.author))
    source = SentSource(SourceForm(from_url=body.url, auto_convert=True), None)
    page = players.page_of(body.url)
    place = client.services.records, client.workspace_id
    found = await run_in_threadpool(players.find_player_of_page, *place, page)
    if found is None:
        wishes = article_wishes(said.title or page[:MAX_NAME_CHARACTERS], Byline(said.title, said.author))
        opened = await make_article(client, source, wishes, said, page)
    else:
        before = found.settings
        after = replace(before, title=said.title or before.title, author=said.author or before.author)
        opened = await replace_article(client, source, replace(found, settings=after), auto_publish=True)
    return _edited(client, opened, is_converting=True, auto_publish=True)


@router.post(
    f"{_PATH}/{{project_id}}/content",
    summary="Update an article",
    dependencies=[NEEDS_ROOM],
    openapi_extra=form_schema(ContentForm, file_field=FILE_FIELD),
)
async def update_content(project_id: str, request: Request, client: ClientOf) -> EditedAudioNative:
    """Replace what a project says; without a file, convert or publish it. One without a player is given one.

    Source: operation audio_native_project_update_content_endpoint.
    """
    async with read_source_form(request, ContentForm, file_field=FILE_FIELD) as (form, file):
        place = client.services.records, client.workspace_id
        player = await run_in_threadpool(players.find_or_new_player, *place, ProjectId(project_id))
        opened = await replace_article(client, SentSource(form, file), player, auto_publish=form.auto_publish)
        is_converting = form.auto_convert or _is_converting(opened)
        return _edited(client, opened, is_converting=is_converting, auto_publish=form.auto_publish)


@router.delete("/rhapsode/v1/audio-native/{project_id}/player", summary="Take a player away")
def delete_player(project_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> Done:
    """Let the address of a player show and play nothing any more; the project stays. Ours."""
    players.delete_player(services.records, workspace_id, ProjectId(project_id))
    return Done()


def _is_converting(opened: OpenPlayer) -> bool:
    return opened.state in ("converting", "in_queue")


def _edited(
    client: Client, opened: OpenPlayer, *, is_converting: bool, auto_publish: bool
) -> EditedAudioNative:
    """The answer to an edit; what is being converted is published when it has been."""
    return EditedAudioNative(
        project_id=opened.project.project_id,
        converting=is_converting,
        publishing=is_converting and auto_publish,
        html_snippet=html_snippet(client.services.addresses, opened),
    )
