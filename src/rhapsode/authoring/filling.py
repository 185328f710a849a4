"""Put content into a project: of a document, or as a client sends it. What stays as it was keeps its identity."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from rhapsode.authoring.block_languages import list_unmarked, mark_languages
from rhapsode.authoring.cast.casting import paragraphs_of
from rhapsode.authoring.cast.recasting import analysed, has_cast, recast
from rhapsode.authoring.checks import check_chapter_count, check_chapters
from rhapsode.authoring.content import SentChapter, revise_chapters, with_voices
from rhapsode.authoring.covers import keep_cover
from rhapsode.authoring.locks import check_locks
from rhapsode.authoring.merge import keep_moved, merge_chapters
from rhapsode.authoring.sources import keep_source
from rhapsode.authoring.voices import accepted_voices, default_voice
from rhapsode.storage import creations, projects
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.creations import NewCreation
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.document import Document, DocumentChapter
from rhapsode.studio.errors import ProjectCreating
from rhapsode.studio.ids import ApiKeyId, ProjectId, VoiceId, WorkspaceId
from rhapsode.studio.project import Block, Chapter, Project
from rhapsode.text.language_guess import find_foreign_language
from rhapsode.voices.catalogue import Catalogue, open_catalogue

_ACTOR = "api"
_LOOKED_AT_BLOCKS = 200  # no guess looks further


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What nobody has said of a project, so that its document decides it.

    language: also where the two letters that a client says are those of the document's "en-GB". Few PDFs and no plain
      text say theirs: then it is told by the words, where these leave no doubt.
    """

    language: bool = False
    voices: bool = False


def described(project: Project, document: Document, unsaid: Unsaid, catalogue: Catalogue) -> Project:
    """A project with what its document says of itself, where nobody has said anything else."""
    written_in = document.language or (_foreign_language(document) if unsaid.language else None)
    language = _language(project.language, written_in, is_said=not unsaid.language)
    title_voice_id, paragraph_voice_id = project.default_title_voice_id, project.default_paragraph_voice_id
    assumed = default_voice(project.language, catalogue).voice_id if unsaid.voices else None
    if title_voice_id == paragraph_voice_id == assumed:
        title_voice_id = paragraph_voice_id = default_voice(language, catalogue).voice_id
    return replace(
        project,
        title=project.title or document.title,
        author=project.author or document.author,
        description=project.description or document.description,
        isbn_number=project.isbn_number or document.isbn_number,
        language=language,
        default_title_voice_id=title_voice_id,
        default_paragraph_voice_id=paragraph_voice_id,
    )


def _language(before: str, document: str | None, *, is_said: bool) -> str:
    if document is None or (is_said and _letters(document) != _letters(before)):
        return before
    # Somebody who says "en" of a document in "en-GB" hasn't said anything against it.
    return before if is_said and "-" in before else document


def _foreign_language(document: Document) -> str | None:
    chapters = (chapter for chapter in document.chapters if chapter.narrated)
    texts = (block.text for chapter in chapters for block in chapter.blocks if block.narrated)
    return find_foreign_language("\n".join(islice(texts, _LOOKED_AT_BLOCKS)))


def _letters(tag: str) -> str:
    return tag.replace("_", "-").split("-")[0].lower()


def fill_with_document(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    document: Document,
    unsaid: Unsaid | None = None,
) -> None:
    """Make a document the content of a project that waits for it.

    unsaid: of a new project; None for one that had content before, and keeps its language and its voices.
    Raises: ProjectNotFound; StorageFull.
    """
    marked = _marked(records, workspace_id, project_id, document, unsaid)
    with records.write(workspace_id) as tx:
        _fill(tx, blobs, project_id, marked, unsaid)


def replace_with_document(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, project_id: ProjectId, document: Document
) -> None:
    """Make a document the content of a project, in place of what it was.

    Raises: ProjectNotFound; ProjectCreating; InvalidInput; StorageFull.
    """
    marked = _marked(records, workspace_id, project_id, document, None)
    with records.write(workspace_id) as tx:
        check_made(tx, project_id)
        _fill(tx, blobs, project_id, marked, None)
        creations.drop_creation(tx, project_id)


def _marked(
    records: Records,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    document: Document,
    unsaid: Unsaid | None,
) -> Document:
    """The document, in which paragraphs in another language say so; who speaks in it is known afterwards, too.

    Before the transaction: all who write wait for it, and a novel takes two seconds.
    """
    with records.read(workspace_id) as tx:
        before = projects.get_project(tx, project_id)
        project = described(before, document, unsaid or Unsaid(), open_catalogue(tx))
        stored = projects.list_chapters(tx, project_id)
        is_cast = has_cast(tx, project_id)
    chapters = _marked_chapters(project, document) if unsaid is None else document.chapters
    unmarked = list_unmarked(stored) if project.language == before.language else ()
    marked = replace(document, chapters=mark_languages(chapters, project.language, unmarked=unmarked))
    if is_cast:
        analysed(paragraphs_of(merge_chapters((), marked.chapters)))
    return marked


def _fill(
    tx: Transaction, blobs: Blobs, project_id: ProjectId, document: Document, unsaid: Unsaid | None
) -> None:
    before = projects.get_project(tx, project_id)
    project = described(before, document, unsaid or Unsaid(), open_catalogue(tx))
    cover_key = project.cover_key or keep_cover(tx, blobs, project_id, document.cover)
    document_key = keep_source(tx, blobs, project_id, document.source)
    projects.save_project(tx, replace(project, cover_key=cover_key, document_key=document_key))
    stored = projects.list_chapters(tx, project_id)
    merged = keep_moved(stored, merge_chapters(stored, document.chapters), key=_text_of)
    _save(tx, project_id, stored, recast(tx, project, stored, merged))


def _text_of(block: Block) -> Hashable:
    return block.kind, block.text, block.language


def _marked_chapters(project: Project, document: Document) -> tuple[DocumentChapter, ...]:
    """A document's chapters; in a project of another language, each block says which its own is."""
    language = document.language
    if language is None or _letters(language) == _letters(project.language):
        return document.chapters
    return tuple(
        replace(
            chapter,
            blocks=tuple(replace(block, language=block.language or language) for block in chapter.blocks),
        )
        for chapter in document.chapters
    )


def single_chapter_blocks(project: Project, document: Document) -> tuple[Block, ...]:
    """All that is narrated of a document, as the blocks of one new chapter."""
    marked = mark_languages(_marked_chapters(project, document), project.language)
    narrated = [chapter for chapter in marked if chapter.narrated]
    return tuple(block for chapter in merge_chapters((), narrated) for block in chapter.blocks)


def replace_with_content(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId, content: Sequence[SentChapter]
) -> None:
    """Make this the content of a project, in place of what it was.

    Raises: ProjectNotFound; ProjectCreating; InvalidInput, TextTooLong, with what can't be used; UnknownVoice,
    unless the project has that voice already; BlockLocked.
    """
    check_chapters(content)
    with records.write(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        check_made(tx, project_id)
        stored = projects.list_chapters(tx, project_id)
        wanted = {node.voice_id for chapter in content for block in chapter.blocks for node in block.nodes}
        accepted = accepted_voices(wanted, open_catalogue(tx), known=_voices_of(project, stored))
        sent = [replace(chapter, blocks=with_voices(chapter.blocks, accepted)) for chapter in content]
        revised = revise_chapters(stored, sent, project)
        # The book that it was made of no longer says what it says.
        projects.save_project(tx, replace(project, document_key=None))
        _save(tx, project_id, stored, keep_moved(stored, revised, key=partial(_readings_of, project)))
        creations.drop_creation(tx, project_id)


def _readings_of(project: Project, block: Block) -> Hashable:
    return tuple((project.voice_of(block.kind, node.voice_id), node.text) for node in block.nodes)


def _voices_of(project: Project, chapters: Sequence[Chapter]) -> set[VoiceId]:
    nodes = (node for chapter in chapters for block in chapter.blocks for node in block.nodes)
    named = {node.voice_id for node in nodes if node.voice_id is not None}
    return named | {project.default_title_voice_id, project.default_paragraph_voice_id}


def _save(
    tx: Transaction, project_id: ProjectId, stored: Sequence[Chapter], chapters: Sequence[Chapter]
) -> None:
    check_chapter_count(len(chapters))
    check_locks(stored, chapters)
    before = {chapter.chapter_id: chapter for chapter in stored}
    projects.save_chapters(
        tx, project_id, [_revision(before.get(chapter.chapter_id, chapter), chapter) for chapter in chapters]
    )
    add_audit_entry(tx, actor=_ACTOR, action="project.content_replaced", object_id=project_id)


def _revision(before: Chapter, after: Chapter) -> Chapter:
    return after if after == before else replace(after, revision=before.revision + 1)


def check_project_made(records: Records, workspace_id: WorkspaceId, project_id: ProjectId) -> None:
    """See that content can be replaced. Raises: ProjectNotFound; ProjectCreating."""
    with records.read(workspace_id) as tx:
        projects.get_project(tx, project_id)
        check_made(tx, project_id)


def check_made(tx: Transaction, project_id: ProjectId) -> None:
    """Raises: ProjectCreating, when a project's content is still being made, and an edit of it would be lost."""
    if creations.is_creating(tx, project_id):
        raise ProjectCreating


def convert_when_made(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId, *, paid_by: ApiKeyId | None = None
) -> bool:
    """Let a project be converted as soon as it is made. False where it isn't being made. Raises: ProjectNotFound."""
    with records.write(workspace_id) as tx:
        projects.get_project(tx, project_id)
        return creations.ask_for_conversion(tx, project_id, paid_by)


def begin_replacement(
    records: Records,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    creation: NewCreation,
    *,
    paid_by: ApiKeyId | None = None,
) -> tuple[WorkspaceId, ProjectId]:
    """Note that the content of a project will be replaced. paid_by: for its conversion, where one follows.

    Raises: ProjectNotFound; ProjectCreating.
    """
    with records.write(workspace_id) as tx:
        projects.get_project(tx, project_id)
        check_made(tx, project_id)
        creations.begin_creation(tx, project_id, replace(creation, key_id=paid_by))
    return workspace_id, project_id
