"""Bring a document into a workspace: a new project, or the new text of the one made of it before."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rhapsode.authoring.block_languages import list_unmarked, mark_languages
from rhapsode.authoring.cast.casting import paragraphs_of
from rhapsode.authoring.cast.recasting import analysed, has_cast, recast
from rhapsode.authoring.checks import checked_words
from rhapsode.authoring.covers import keep_cover
from rhapsode.authoring.locks import check_locks
from rhapsode.authoring.merge import merge_chapters
from rhapsode.authoring.selection import Selection, select
from rhapsode.authoring.sources import keep_source
from rhapsode.authoring.voices import accepted_voice, default_voice
from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.storage import projects
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.document import Cover, Document
from rhapsode.studio.errors import DocumentRefused, UnknownVoice
from rhapsode.studio.ids import ProjectId, VoiceId, WorkspaceId, new_id
from rhapsode.studio.limits import MAX_CHAPTERS
from rhapsode.studio.project import Chapter, Project, ProjectDetails, QualityPreset
from rhapsode.voices.catalogue import Catalogue, open_catalogue


@dataclass(frozen=True, slots=True)
class BookOptions:
    """What a person says about a book beyond its file.

    voice_id, quality_preset: None leaves them as they were, or at the defaults. A voice may be named, too.
    language (a BCP 47 tag), title, author, cover: None leaves what the document says; where that has no cover, the
      project keeps the one it has.
    cast: whether its characters get voices of their own; False leaves a cast that it has.
    """

    voice_id: VoiceId | None = None
    quality_preset: QualityPreset | None = None
    language: str | None = None
    title: str | None = None
    author: str | None = None
    cover: Cover | None = None
    selection: Selection = field(default_factory=Selection)
    cast: bool = False


def save_book(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    document: Document,
    *,
    name: str,
    origin: str,
    options: BookOptions,
) -> ProjectId:
    """Make the project of a book, or bring it up to date; what hasn't changed keeps its identity and its audio.

    name: what the project is called where neither document nor options have a title.
    origin: the place the book came from, by which the project is found again.
    A book that says something else in the place of a locked block is refused: neither may the audio that somebody
    has locked go, nor may it go on beside another text without anybody knowing.
    Raises: DocumentRefused; UnknownChapters; BlockLocked; StorageFull.
    """
    if len(document.chapters) > MAX_CHAPTERS:
        msg = f"The book has {len(document.chapters)} chapters; at most {MAX_CHAPTERS} are possible."
        raise DocumentRefused(msg)
    marked = _marked(records, workspace_id, document, origin, options)
    with records.write(workspace_id) as tx:
        stored = projects.find_project_by_origin(tx, origin)
        project = _project(tx, stored, document, name=name, origin=origin, options=options)
        # A cover that somebody has given a book without one stays.
        cover_key = (
            keep_cover(tx, blobs, project.project_id, options.cover or document.cover) or project.cover_key
        )
        document_key = keep_source(tx, blobs, project.project_id, document.source)
        projects.save_project(tx, replace(project, cover_key=cover_key, document_key=document_key))
        chapters = () if stored is None else projects.list_chapters(tx, project.project_id)
        merged = book_chapters(chapters, marked, options.selection)
        revised = _numbered(chapters, recast(tx, project, chapters, merged, is_wanted=options.cast))
        check_locks(chapters, revised)
        projects.save_chapters(tx, project.project_id, revised)
        action = "project.created" if stored is None else "project.updated"
        add_audit_entry(tx, actor="command line", action=action, object_id=project.project_id)
    return project.project_id


def _marked(
    records: Records, workspace_id: WorkspaceId, document: Document, origin: str, options: BookOptions
) -> Document:
    """The document, in which paragraphs in another language say so; who speaks in it is known afterwards, too.

    Before the transaction: all who write wait for it, and a novel takes two seconds.
    """
    language = _language(document, options)
    with records.read(workspace_id) as tx:
        stored = projects.find_project_by_origin(tx, origin)
        chapters = () if stored is None else projects.list_chapters(tx, stored.project_id)
        is_cast = options.cast or (stored is not None and has_cast(tx, stored.project_id))
    unmarked = list_unmarked(chapters) if stored is not None and stored.language == language else ()
    marked = replace(document, chapters=mark_languages(document.chapters, language, unmarked=unmarked))
    if is_cast:
        analysed(paragraphs_of(book_chapters((), marked, options.selection)))
    return marked


def _language(document: Document, options: BookOptions) -> str:
    return options.language or document.language or "en"


def book_chapters(
    stored: tuple[Chapter, ...], document: Document, selection: Selection
) -> tuple[Chapter, ...]:
    """The chapters a project would have with this document and selection. Raises: UnknownChapters."""
    return _numbered(stored, select(merge_chapters(stored, document.chapters), selection))


def _numbered(stored: Sequence[Chapter], chapters: Sequence[Chapter]) -> tuple[Chapter, ...]:
    """The same chapters, each that has changed with its next revision."""
    before = {chapter.chapter_id: chapter for chapter in stored}
    return tuple(_revised(before.get(chapter.chapter_id, chapter), chapter) for chapter in chapters)


def _revised(before: Chapter, after: Chapter) -> Chapter:
    return after if after == before else replace(after, revision=before.revision + 1)


def _project(
    tx: Transaction,
    stored: Project | None,
    document: Document,
    *,
    name: str,
    origin: str,
    options: BookOptions,
) -> Project:
    title = checked_words(options.title, what="The title") or document.title
    language = _language(document, options)
    named = None if options.voice_id is None else accepted_voice(options.voice_id, open_catalogue(tx))
    before = stored or _new_project(tx, name, language, named)
    return Project(
        project_id=before.project_id,
        name=title or name,
        created_at_ms=before.created_at_ms,
        title=title,
        author=checked_words(options.author, what="The author") or document.author,
        description=document.description,
        language=language,
        isbn_number=document.isbn_number,
        quality_preset=options.quality_preset or before.quality_preset,
        default_title_voice_id=named or before.default_title_voice_id,
        default_paragraph_voice_id=named or before.default_paragraph_voice_id,
        origin=origin,
        cover_key=before.cover_key,
        # What clients have made of it: the voices' settings and the dictionaries are heard.
        details=before.details,
    )


def _new_project(tx: Transaction, name: str, language: str, named: VoiceId | None) -> Project:
    catalogue = open_catalogue(tx)
    voice_id = named or _assumed_voice(language, catalogue)
    return Project(
        ProjectId(new_id()),
        name,
        tx.now_ms,
        default_title_voice_id=voice_id,
        default_paragraph_voice_id=voice_id,
        details=ProjectDetails(voice_settings=catalogue.edits.settings),
    )


def _assumed_voice(language: str, catalogue: Catalogue) -> VoiceId:
    """Raises: UnknownVoice, when none is installed that speaks: nobody is to get a book of beeps unasked."""
    voice = default_voice(language, catalogue)
    if ANY_LANGUAGE in voice.languages:
        msg = "No voice is installed that speaks. Install one with: pip install 'rhapsode[espeak]'."
        raise UnknownVoice(msg)
    return voice.voice_id
