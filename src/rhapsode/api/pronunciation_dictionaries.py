"""Pronunciation dictionaries: add, list, get, update, change rules, download."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Response, UploadFile

from rhapsode.api.byte_routes import content_disposition
from rhapsode.api.context import Services, ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.own_threads import OwnThreads
from rhapsode.api.pronunciation_dictionaries_models import (
    Access,
    AddedDictionary,
    DictionaryModel,
    DictionaryPage,
    DictionaryUpdate,
    DictionaryWithRules,
    NewDictionaryBody,
    RulesBody,
    RulesChanged,
    RuleStringsBody,
    added_dictionary,
    dictionary_model,
    dictionary_with_rules,
    rules_changed,
)
from rhapsode.api.pronunciation_dictionaries_pages import ListQuery, cursor_behind
from rhapsode.api.room import NEEDS_ROOM
from rhapsode.authoring import dictionaries as authoring
from rhapsode.authoring.dictionaries import DictionaryWishes
from rhapsode.documents.pls import import_lexicon, write_lexicon
from rhapsode.storage import dictionaries
from rhapsode.studio.ids import DictionaryId, DictionaryVersionId, WorkspaceId
from rhapsode.studio.limits import MAX_LEXICON_BYTES

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/v1/pronunciation-dictionaries",
    tags=["pronunciation dictionaries"],
    route_class=JsonRoute,
    strict_content_type=False,
)

_LEXICONS = OwnThreads("lexicons", 2)  # each may take a processor and 2 GiB
_MEDIA_TYPE = "text/plain; charset=utf-8"
_PLS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The rules as a PLS file",
        "content": {"text/plain": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/add-from-rules", summary="Create a dictionary from rules")
def add_from_rules(
    body: NewDictionaryBody, services: ServicesOf, workspace_id: WorkspaceOf
) -> AddedDictionary:
    """Make a dictionary of rules. Source: operation add_from_rules."""
    wishes = DictionaryWishes(body.name, body.description, body.workspace_access)
    made = authoring.create_dictionary(services.records, workspace_id, wishes, body.list_rules())
    return added_dictionary(made, workspace_id)


@router.post("/add-from-file", summary="Create a dictionary from a PLS file", dependencies=[NEEDS_ROOM])
async def add_from_file(
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    name: Annotated[str, Form()],
    file: Annotated[UploadFile | None, File()] = None,
    description: Annotated[str | None, Form()] = None,
    workspace_access: Annotated[Access | None, Form()] = None,
) -> AddedDictionary:
    """Make a dictionary of a lexicon, whatever its name and type; one without rules where no file is sent.

    Source: operation add_from_file.
    """
    wishes = DictionaryWishes(name, description, workspace_access)
    # Lexicons wait for each other in a queue of their own, so that they leave the other requests their threads.
    return await _LEXICONS.run(partial(_add_from_file, services, workspace_id, wishes, file))


def _add_from_file(
    services: Services, workspace_id: WorkspaceId, wishes: DictionaryWishes, file: UploadFile | None
) -> AddedDictionary:
    # A byte more than a lexicon may have, so that a longer one is refused and not cut off.
    rules = () if file is None else import_lexicon(file.file.read(MAX_LEXICON_BYTES + 1))
    made = authoring.create_dictionary(services.records, workspace_id, wishes, rules)
    return added_dictionary(made, workspace_id)


@router.get("", summary="List dictionaries")
def list_dictionaries(
    query: Annotated[ListQuery, Query()], services: ServicesOf, workspace_id: WorkspaceOf
) -> DictionaryPage:
    """Dictionaries without their rules. Source: operation get_pronunciation_dictionaries_metadata."""
    with services.records.read(workspace_id) as tx:
        # One more than asked for says whether there is more.
        found = dictionaries.list_dictionaries(tx, query.storage_query(), query.page_size + 1)
    page, has_more = found[: query.page_size], len(found) > query.page_size
    return DictionaryPage(
        pronunciation_dictionaries=[dictionary_model(dictionary, workspace_id) for dictionary in page],
        next_cursor=cursor_behind(page[-1]) if has_more else None,
        has_more=has_more,
    )


@router.get("/{pronunciation_dictionary_id}", summary="Get a dictionary")
def get_dictionary(
    pronunciation_dictionary_id: DictionaryId, services: ServicesOf, workspace_id: WorkspaceOf
) -> DictionaryWithRules:
    """A dictionary with the rules of its latest version. Source: operation get_pronunciation_dictionary_metadata."""
    with services.records.read(workspace_id) as tx:
        dictionary = dictionaries.get_dictionary(tx, pronunciation_dictionary_id)
        rules = dictionaries.get_rules(tx, pronunciation_dictionary_id)
    return dictionary_with_rules(dictionary, rules, workspace_id)


@router.patch("/{pronunciation_dictionary_id}", summary="Rename or archive a dictionary")
def update_dictionary(
    pronunciation_dictionary_id: DictionaryId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    body: DictionaryUpdate | None = None,
) -> DictionaryModel:
    """Change what is said of a dictionary, without a new version.

    Source: operation patch_pronunciation_dictionary.
    """
    asked = body or DictionaryUpdate()
    updated = authoring.update_dictionary(
        services.records,
        workspace_id,
        pronunciation_dictionary_id,
        name=asked.name,
        archived=asked.archived,
    )
    return dictionary_model(updated, workspace_id)


@router.post("/{pronunciation_dictionary_id}/set-rules", summary="Replace a dictionary's rules")
def set_rules(
    pronunciation_dictionary_id: DictionaryId,
    body: RulesBody,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> RulesChanged:
    """Make a version of these rules alone. Source: operation set_rules."""
    return rules_changed(
        authoring.set_rules(services.records, workspace_id, pronunciation_dictionary_id, body.list_rules())
    )


@router.post("/{pronunciation_dictionary_id}/add-rules", summary="Add rules to a dictionary")
def add_rules(
    pronunciation_dictionary_id: DictionaryId,
    body: RulesBody,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> RulesChanged:
    """Make a version with more rules, each in place of one of the same string. Source: operation add_rules."""
    return rules_changed(
        authoring.add_rules(services.records, workspace_id, pronunciation_dictionary_id, body.list_rules())
    )


@router.post("/{pronunciation_dictionary_id}/remove-rules", summary="Remove rules from a dictionary")
def remove_rules(
    pronunciation_dictionary_id: DictionaryId,
    body: RuleStringsBody,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> RulesChanged:
    """Make a version without the rules of these strings. Source: operation remove_rules."""
    return rules_changed(
        authoring.remove_rules(services.records, workspace_id, pronunciation_dictionary_id, body.rule_strings)
    )


@router.head("/{dictionary_id}/{version_id}/download", include_in_schema=False)
@router.get(
    "/{dictionary_id}/{version_id}/download",
    summary="Download a version as a PLS file",
    response_class=Response,
    responses=_PLS,
)
def download(
    dictionary_id: DictionaryId,
    version_id: DictionaryVersionId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> Response:
    """The rules of a version, which read back equal. Source: operation get_pronunciation_dictionary_version_pls."""
    with services.records.read(workspace_id) as tx:
        name = dictionaries.get_dictionary(tx, dictionary_id).name
        rules = dictionaries.get_rules(tx, dictionary_id, version_id)
    headers = {"content-disposition": content_disposition(f"{name}.pls")}
    return Response(write_lexicon(rules), media_type=_MEDIA_TYPE, headers=headers)
