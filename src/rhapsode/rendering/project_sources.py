"""What a project's text is read with, as it is now."""

import functools
from collections.abc import Collection
from dataclasses import replace

from rhapsode.engines.registry import get_engine
from rhapsode.rendering.draft import Sources
from rhapsode.rendering.refresh import Refresh
from rhapsode.storage import chapters, dictionaries
from rhapsode.storage.records import Transaction
from rhapsode.storage.spoken_chapters import find_chapters_of_blocks
from rhapsode.studio.errors import BlockNotFound, InvalidInput
from rhapsode.studio.ids import ChapterId, ProjectId
from rhapsode.studio.project import Project
from rhapsode.voices.catalogue import open_catalogue


def get_project_sources(tx: Transaction, project: Project, *, refresh: Refresh | None = None) -> Sources:
    """The sources of all chapters of a project, without takes, which are each chapter's own.

    refresh: what is spoken again. All of it may have other readers than it had so far.
    A dictionary that was archived since it was attached goes on working there.
    Raises: PronunciationDictionaryNotFound.
    """
    if refresh is not None and refresh.is_whole:
        project = replace(project, details=replace(project.details, readers={}))
    locators = project.details.pronunciation_dictionary_locators
    return Sources(
        workspace_id=tx.workspace_id,
        project=project,
        takes={},
        get_reader=functools.cache(open_catalogue(tx).for_project(project).get_reader),
        get_traits=functools.cache(lambda engine: get_engine(engine).traits),
        rules=dictionaries.list_rules_in_force(tx, locators, include_archived=True),
        refresh=refresh,
    )


def check_refresh(
    tx: Transaction, project_id: ProjectId, refresh: Refresh, converted: Collection[ChapterId]
) -> None:
    """See that a project has all that is to be refreshed, in chapters that are converted now.

    Raises: ChapterNotFound; BlockNotFound; InvalidInput, of what is there and isn't converted with its project.
    """
    for chapter_id in sorted(refresh.chapter_ids):
        chapters.check_chapter(tx, project_id, chapter_id)
    found = find_chapters_of_blocks(tx, project_id, refresh.block_ids)
    for block_id in sorted(refresh.block_ids - found.keys()):
        msg = f"There is no block {block_id}."
        raise BlockNotFound(msg)
    for chapter_id in sorted({*refresh.chapter_ids, *found.values()} - set(converted)):
        msg = f"The chapter {chapter_id} is muted, or isn't narrated: it isn't converted with its project."
        raise InvalidInput(msg)
