"""What a project's text is read with, as it is now."""

import functools

from rhapsode.engines.registry import get_engine, get_voice
from rhapsode.rendering.draft import Sources
from rhapsode.storage import dictionaries
from rhapsode.storage.records import Transaction
from rhapsode.studio.project import Project


def get_project_sources(tx: Transaction, project: Project) -> Sources:
    """The sources of all chapters of a project, without takes, which are each chapter's own.

    A dictionary that was archived since it was attached goes on working there.
    Raises: PronunciationDictionaryNotFound.
    """
    locators = project.details.pronunciation_dictionary_locators
    return Sources(
        workspace_id=tx.workspace_id,
        project=project,
        takes={},
        get_voice=functools.cache(get_voice),
        get_traits=functools.cache(lambda engine: get_engine(engine).traits),
        rules=dictionaries.list_rules_in_force(tx, locators, include_archived=True),
    )
