"""Make, change and delete projects, as clients of the wire ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rhapsode.authoring.block_languages import mark_languages
from rhapsode.authoring.checks import check_chapters, checked_name, checked_words
from rhapsode.authoring.content import SentChapter, new_chapters, with_voices
from rhapsode.authoring.covers import keep_cover
from rhapsode.authoring.dictionaries import checked_locators
from rhapsode.authoring.exports import export_origin
from rhapsode.authoring.filling import Unsaid, described
from rhapsode.authoring.merge import merge_chapters
from rhapsode.authoring.project_voices import kept_gains
from rhapsode.authoring.sources import keep_source
from rhapsode.authoring.voices import accepted_voice, accepted_voices, default_voice
from rhapsode.storage import conversions, creations, projects
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.creations import NewCreation
from rhapsode.storage.records import Records
from rhapsode.studio.document import Document
from rhapsode.studio.ids import ProjectId, VoiceId, WorkspaceId, new_id
from rhapsode.studio.limits import MAX_DESCRIPTION_CHARACTERS, MAX_ISBN_CHARACTERS
from rhapsode.studio.project import Chapter, Project, ProjectDetails, QualityPreset
from rhapsode.voices.catalogue import Catalogue, open_catalogue, read_catalogue

_ACTOR = "api"


@dataclass(frozen=True, slots=True)
class ProjectWishes:
    """What a client says of a new project; None leaves what the document says, or the default.

    name: what the project is called, whatever the document's title is.    language: a BCP 47 tag.
    Source: operation create_project.
    """

    name: str
    default_title_voice_id: VoiceId | None = None
    default_paragraph_voice_id: VoiceId | None = None
    quality_preset: QualityPreset = QualityPreset.STANDARD
    title: str | None = None
    author: str | None = None
    description: str | None = None
    language: str | None = None
    isbn_number: str | None = None
    details: ProjectDetails = field(default_factory=ProjectDetails)

    @property
    def unsaid(self) -> Unsaid:
        """What its document decides."""
        named = self.default_title_voice_id or self.default_paragraph_voice_id
        return Unsaid(language=self.language is None, voices=named is None)


@dataclass(frozen=True, slots=True)
class ProjectChanges:
    """What a client changes of a project. None leaves a field as it is, and empty words take it away.

    Source: operation update_project.
    """

    name: str
    default_title_voice_id: VoiceId
    default_paragraph_voice_id: VoiceId
    title: str | None = None
    author: str | None = None
    isbn_number: str | None = None
    volume_normalization: bool | None = None


def create_project(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    wishes: ProjectWishes,
    *,
    document: Document | None = None,
    content: Sequence[SentChapter] = (),
    creation: NewCreation | None = None,
) -> ProjectId:
    """Make a project of a document, of content, or a blank one.

    creation: what will become its content later on.
    Raises: InvalidInput, TextTooLong, with what can't be used; UnknownVoice; PronunciationDictionaryNotFound;
    StorageFull.
    """
    check_chapters(content)
    catalogue = read_catalogue(records, workspace_id)
    project = described_project(wishes, document, catalogue)
    # Before the transaction: all who write wait for it, and a novel takes a while.
    chapters = _chapters(project, document, content, catalogue)
    cover = None if document is None else document.cover
    with records.write(workspace_id) as tx:
        checked_locators(tx, project.details.pronunciation_dictionary_locators)
        cover_key = keep_cover(tx, blobs, project.project_id, cover)
        document_key = keep_source(
            tx, blobs, project.project_id, None if document is None else document.source
        )
        created = replace(project, cover_key=cover_key, document_key=document_key, created_at_ms=tx.now_ms)
        projects.save_project(tx, created)
        projects.save_chapters(tx, project.project_id, chapters)
        if creation is not None:
            creations.begin_creation(tx, project.project_id, creation)
        add_audit_entry(tx, actor=_ACTOR, action="project.created", object_id=project.project_id)
    return project.project_id


def described_project(wishes: ProjectWishes, document: Document | None, catalogue: Catalogue) -> Project:
    """What a project would say of itself, of which nothing is stored. Raises: InvalidInput; UnknownVoice."""
    project = _new_project(wishes, catalogue)
    return project if document is None else described(project, document, wishes.unsaid, catalogue)


def check_wishes(records: Records, workspace_id: WorkspaceId, wishes: ProjectWishes) -> None:
    """Refuse what no document makes good, before one is read.

    Raises: InvalidInput; UnknownVoice; PronunciationDictionaryNotFound.
    """
    _new_project(wishes, read_catalogue(records, workspace_id))
    with records.read(workspace_id) as tx:
        checked_locators(tx, wishes.details.pronunciation_dictionary_locators)


def _new_project(wishes: ProjectWishes, catalogue: Catalogue) -> Project:
    language = wishes.language or "en"
    title_voice_id, paragraph_voice_id = _voices(wishes, language, catalogue)
    return Project(
        project_id=ProjectId(new_id()),
        name=checked_name(wishes.name, what="The project's name"),
        created_at_ms=0,
        title=checked_words(wishes.title, what="The title"),
        author=checked_words(wishes.author, what="The author"),
        description=_checked_description(wishes.description),
        language=language,
        isbn_number=_checked_isbn(wishes.isbn_number),
        quality_preset=wishes.quality_preset,
        default_title_voice_id=title_voice_id,
        default_paragraph_voice_id=paragraph_voice_id,
        details=_details(wishes.details, catalogue),
    )


def _details(details: ProjectDetails, catalogue: Catalogue) -> ProjectDetails:
    """The same, with the ids of voices as they are kept, and the workspace's settings of voices not spoken of.

    They are the project's own from now on: what is edited later makes nothing of it sound different.
    """
    named = {*details.voice_settings, *details.voice_gains}
    accepted = {voice_id: accepted_voice(voice_id, catalogue) for voice_id in named}
    said = {accepted[voice_id]: settings for voice_id, settings in details.voice_settings.items()}
    gains = {accepted[voice_id]: gain_db for voice_id, gain_db in details.voice_gains.items()}
    return replace(
        details, voice_settings={**catalogue.edits.settings, **said}, voice_gains=kept_gains(gains)
    )


def _voices(wishes: ProjectWishes, language: str, catalogue: Catalogue) -> tuple[VoiceId, VoiceId]:
    """The voices of titles and of paragraphs: one that is named reads both, unless the other is named too."""
    title, paragraph = wishes.default_title_voice_id, wishes.default_paragraph_voice_id
    named = title or paragraph
    if named is None:
        voice_id = default_voice(language, catalogue).voice_id
        return voice_id, voice_id
    return (
        accepted_voice(title or named, catalogue),
        accepted_voice(paragraph or named, catalogue),
    )


def _checked_description(text: str | None) -> str | None:
    return checked_words(text, what="The description", limit=MAX_DESCRIPTION_CHARACTERS)


def _checked_isbn(text: str | None) -> str | None:
    return checked_words(text, what="The ISBN", limit=MAX_ISBN_CHARACTERS)


def _chapters(
    project: Project, document: Document | None, content: Sequence[SentChapter], catalogue: Catalogue
) -> tuple[Chapter, ...]:
    if document is not None:
        return merge_chapters((), mark_languages(document.chapters, project.language))
    named = {node.voice_id for chapter in content for block in chapter.blocks for node in block.nodes}
    accepted = accepted_voices(named, catalogue)
    blocks = [replace(chapter, blocks=with_voices(chapter.blocks, accepted)) for chapter in content]
    return new_chapters(blocks, project)


def update_project(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId, changes: ProjectChanges
) -> None:
    """Change what a project says of itself; another default voice makes what it reads stale.

    Raises: ProjectNotFound; InvalidInput; UnknownVoice, unless the project has that voice already.
    """
    with records.write(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        projects.save_project(tx, _changed(project, changes, open_catalogue(tx)))
        add_audit_entry(tx, actor=_ACTOR, action="project.updated", object_id=project_id)


def _changed(project: Project, changes: ProjectChanges, catalogue: Catalogue) -> Project:
    known = {project.default_title_voice_id, project.default_paragraph_voice_id}
    details = project.details
    if changes.volume_normalization is not None:
        details = replace(details, volume_normalization=changes.volume_normalization)
    return replace(
        project,
        name=checked_name(changes.name, what="The project's name"),
        default_title_voice_id=accepted_voice(changes.default_title_voice_id, catalogue, known=known),
        default_paragraph_voice_id=accepted_voice(changes.default_paragraph_voice_id, catalogue, known=known),
        title=_kept(project.title, changes.title, checked_words(changes.title, what="The title")),
        author=_kept(project.author, changes.author, checked_words(changes.author, what="The author")),
        isbn_number=_kept(project.isbn_number, changes.isbn_number, _checked_isbn(changes.isbn_number)),
        details=details,
    )


def _kept(before: str | None, said: str | None, checked: str | None) -> str | None:
    return before if said is None else checked


def delete_project(records: Records, workspace_id: WorkspaceId, project_id: ProjectId) -> None:
    """Mark a project as deleted, which clean-up purges after a day, with its export, and cancel their conversions.

    Raises: ProjectNotFound.
    """
    with records.write(workspace_id) as tx:
        projects.delete_project(tx, project_id)
        export = projects.find_project_by_origin(tx, export_origin(project_id))
        if export is not None:
            projects.delete_project(tx, export.project_id)
        for gone in (project_id, *(() if export is None else (export.project_id,))):
            for conversion in conversions.list_unfinished_conversions(tx, gone):
                conversions.finish_conversion(tx, conversion.conversion_id, "cancelled")
        add_audit_entry(tx, actor=_ACTOR, action="project.deleted", object_id=project_id)
