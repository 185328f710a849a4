"""Podcasts: what a client asks for, the script that is made of it, and the project that speaks it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from rhapsode.authoring.content import SentBlock, SentChapter, SentNode, new_chapters
from rhapsode.authoring.creations import PODCAST, CreationKind, NoteProgress, Order
from rhapsode.authoring.projects import ProjectWishes, check_wishes, create_project
from rhapsode.authoring.scripts.brief import Line, ScriptBrief, SourceText, framed, tidy_words
from rhapsode.authoring.scripts.extraction import extract_script
from rhapsode.authoring.scripts.writing import write_script
from rhapsode.authoring.voices import accepted_voice
from rhapsode.net.chat import Chat
from rhapsode.storage import projects
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.creations import NewCreation
from rhapsode.storage.records import Records
from rhapsode.studio.document import BlockKind, Document
from rhapsode.studio.errors import ChatNotConfigured, InvalidInput, TextTooLong
from rhapsode.studio.ids import ApiKeyId, ProjectId, VoiceId, WorkspaceId
from rhapsode.studio.limits import MAX_NAME_CHARACTERS, MAX_PODCAST_CHARACTERS, MAX_PODCAST_SOURCES
from rhapsode.studio.project import ProjectDetails, QualityPreset
from rhapsode.text.language_guess import guess_language
from rhapsode.voices.catalogue import read_catalogue

ReadAddress = Callable[[str], Document]
"""The document at an address. See imports.DocumentReader.read_address, and what it raises."""

_ACTOR = "api"
_SCRIPTS_AT_ONCE = 2  # a model of one's own answers one question after the other
_FETCHED, _WRITTEN = 0.3, 0.95  # of the work, as far as anybody can tell
_SPOKEN_KINDS = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.QUOTE})
_NAME_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class PodcastSource:
    """A text, or the address of one."""

    kind: Literal["text", "url"]
    content: str


@dataclass(frozen=True, slots=True)
class PodcastOrder:
    """What a client asks for. guest_voice_id: of a conversation. Source: operation create_podcast."""

    brief: ScriptBrief
    sources: tuple[PodcastSource, ...]
    host_voice_id: VoiceId
    guest_voice_id: VoiceId | None
    model_id: str
    quality_preset: QualityPreset = QualityPreset.STANDARD
    callback_url: str | None = None
    apply_text_normalization: str = "auto"

    @property
    def wishes(self) -> ProjectWishes:
        """The project that it will be; its name until somebody gives it another."""
        return ProjectWishes(
            name=_name(self.sources[0]),
            default_title_voice_id=self.host_voice_id,
            default_paragraph_voice_id=self.host_voice_id,
            quality_preset=self.quality_preset,
            language=self.brief.language,
            details=ProjectDetails(
                source_type="genfm",
                default_model_id=self.model_id,
                apply_text_normalization=self.apply_text_normalization,
                callback_url=self.callback_url,
            ),
        )


@dataclass(frozen=True, slots=True)
class Podcast:
    """A script that is ready to be spoken. language: BCP 47, of the script."""

    title: str | None
    language: str
    lines: tuple[Line, ...]


def check_order(
    records: Records,
    workspace_id: WorkspaceId,
    order: PodcastOrder,
    check_address: Callable[[str], None],
    *,
    has_chat: bool,
) -> None:
    """Refuse what can't be made, before anything is. check_address: as Fetcher.check.    Blocks.

    Raises: InvalidInput; TextTooLong; ChatNotConfigured; UnknownVoice; FetchRefused.
    """
    _check_sources(order.sources)
    if order.brief.mode == "conversation" and not has_chat:
        msg = (
            "A conversation is written by a language model, and this server has none. Its owner names one with "
            "RHAPSODE_CHAT_URL and RHAPSODE_CHAT_MODEL; a bulletin needs none."
        )
        raise ChatNotConfigured(msg)
    check_wishes(records, workspace_id, order.wishes)
    if order.guest_voice_id is not None:
        accepted_voice(order.guest_voice_id, read_catalogue(records, workspace_id))
    addresses = [source.content for source in order.sources if source.kind == "url"]
    for address in [*addresses, *([order.callback_url] if order.callback_url else [])]:
        check_address(address)


def _check_sources(sources: Sequence[PodcastSource]) -> None:
    if not 1 <= len(sources) <= MAX_PODCAST_SOURCES:
        msg = f"A podcast has 1 to {MAX_PODCAST_SOURCES} sources, not {len(sources):,}."
        raise InvalidInput(msg)
    texts = [source.content for source in sources if source.kind == "text"]
    if not all(text.strip() for text in texts):
        msg = "A source has no text."
        raise InvalidInput(msg)
    characters = sum(len(text) for text in texts)
    if characters > MAX_PODCAST_CHARACTERS:
        msg = f"The sources have {characters:,} characters; at most {MAX_PODCAST_CHARACTERS:,} are possible."
        raise TextTooLong(msg)


def _name(source: PodcastSource) -> str:
    """The beginning of a text, or an address without its protocol."""
    words = source.content.partition("://")[2] if source.kind == "url" else source.content[:1_000]
    tidy = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return f"{tidy[:_NAME_CHARACTERS].rstrip()}…" if len(tidy) > _NAME_CHARACTERS else tidy or "Podcast"


def create_podcast(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    order: PodcastOrder,
    *,
    paid_by: ApiKeyId | None = None,
) -> ProjectId:
    """Make a project whose script comes later; it is converted as soon as it is there.

    The order is one that `check_order` let through. Raises: StorageFull, and what check_order raises.
    """
    catalogue = read_catalogue(records, workspace_id)
    guest = order.guest_voice_id
    guest_voice_id = None if guest is None else accepted_voice(guest, catalogue)
    request = {
        "brief": asdict(order.brief),
        "sources": [asdict(source) for source in order.sources],
        "guest_voice_id": guest_voice_id,
        "auto_convert": True,
    }
    creation = NewCreation(PODCAST, request, key_id=paid_by)
    return create_project(records, blobs, workspace_id, order.wishes, creation=creation)


def podcast_kind(records: Records, read_address: ReadAddress, chat: Chat | None) -> CreationKind[Podcast]:
    """How podcasts are made. chat: None where no language model is configured."""

    def make(order: Order, note_progress: NoteProgress) -> Podcast:
        brief, sources = _read_request(order.request)
        return make_podcast(brief, sources, read_address, chat, note_progress)

    def keep(
        workspace_id: WorkspaceId, project_id: ProjectId, request: Mapping[str, Any], podcast: Podcast
    ) -> None:
        fill_with_podcast(
            records, workspace_id, project_id, podcast, guest_voice_id=request["guest_voice_id"]
        )

    return CreationKind(make, keep, _SCRIPTS_AT_ONCE)


def _read_request(request: Mapping[str, Any]) -> tuple[ScriptBrief, list[PodcastSource]]:
    brief = request["brief"]
    return (
        ScriptBrief(**(brief | {"highlights": tuple(brief["highlights"])})),
        [PodcastSource(**source) for source in request["sources"]],
    )


def make_podcast(
    brief: ScriptBrief,
    sources: Sequence[PodcastSource],
    read_address: ReadAddress,
    chat: Chat | None,
    note_progress: NoteProgress,
) -> Podcast:
    """Read the sources and write the script. Raises: FetchRefused; DocumentRefused; TextTooLong; ScriptFailed."""
    texts = []
    for number, source in enumerate(sources, start=1):
        texts.append(_read_source(source, read_address))
        note_progress(_FETCHED * number / len(sources))
    if sum(len(text.text) for text in texts) > MAX_PODCAST_CHARACTERS:
        msg = f"The sources have more than {MAX_PODCAST_CHARACTERS:,} characters together."
        raise TextTooLong(msg)
    lines = _script(brief, texts, chat, lambda share: note_progress(_FETCHED + (_WRITTEN - _FETCHED) * share))
    return Podcast(
        title=next((text.title for text in texts if text.title), None),
        language=brief.language or _language(texts, lines),
        lines=framed(brief, lines),
    )


def _script(
    brief: ScriptBrief, texts: Sequence[SourceText], chat: Chat | None, note_progress: NoteProgress
) -> tuple[Line, ...]:
    if chat is not None:
        return write_script(chat, brief, texts, note_progress)
    if brief.mode == "conversation":
        raise ChatNotConfigured  # the endpoint was taken away meanwhile
    return extract_script(brief, texts)


def _language(texts: Sequence[SourceText], lines: Sequence[Line]) -> str:
    """What the script is in; with its region, where a source says that of the same language."""
    guessed = guess_language(" ".join(line.text for line in lines))
    said = (text.language for text in texts if text.language)
    return next((tag for tag in said if tag.replace("_", "-").split("-")[0].lower() == guessed), guessed)


def _read_source(source: PodcastSource, read_address: ReadAddress) -> SourceText:
    if source.kind == "text":
        paragraphs = map(tidy_words, source.content.splitlines())
        return SourceText(None, tuple(filter(None, paragraphs)))
    document = read_address(source.content)
    blocks = [block for chapter in document.chapters if chapter.narrated for block in chapter.blocks]
    texts = tuple(block.text for block in blocks if block.kind in _SPOKEN_KINDS)
    return SourceText(document.title, texts, document.language)


def fill_with_podcast(
    records: Records,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    podcast: Podcast,
    *,
    guest_voice_id: VoiceId | None,
) -> None:
    """Make a script the content of its project. The host is the project's voice. Raises: ProjectNotFound."""
    voices: Mapping[str, VoiceId | None] = {"host": None, "guest": guest_voice_id}
    blocks = tuple(SentBlock((SentNode(line.text, voices[line.speaker]),), "p") for line in podcast.lines)
    with records.write(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        title = project.title or (podcast.title and podcast.title[:MAX_NAME_CHARACTERS])
        changed = replace(project, title=title, language=podcast.language)
        projects.save_project(tx, changed)
        chapter = SentChapter(title or project.name, blocks)
        projects.save_chapters(tx, project_id, new_chapters([chapter], changed))
        add_audit_entry(tx, actor=_ACTOR, action="project.podcast_written", object_id=project_id)
