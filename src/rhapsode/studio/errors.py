"""Every error the product raises on purpose.

RhapsodeError
├── InvalidInput            the caller can mend it; trying again unchanged never helps
│   ├── DocumentRefused     the file can't be imported
│   ├── TextRefused         the engine can't speak this text
│   ├── UnknownVoice
│   ├── UnknownLanguage
│   ├── VoiceRefused        files that no voice is made of
│   ├── VoiceNotMeasured    its engine didn't speak, so nobody knows how loud it is
│   ├── UnknownModel
│   ├── UnknownOutputFormat
│   ├── UnknownExportFormat
│   ├── KeyRefused          this can't be an API key
│   ├── NameTaken           somebody or something else has this name
│   ├── ProjectCreating     content that is still being made can't be edited
│   ├── ChaptersChanged     an order of chapters that aren't those the project has
│   ├── BlockLocked         its text, its voices and its place in the book stay until it is unlocked
│   ├── TakeUnavailable     its sound, or what it says, isn't known any more
│   ├── TakeInUse           a block's current take can't be deleted
│   ├── MasterDropped       the speech that something would be made of was let go, and can't be had again
│   ├── FetchRefused        an address that can't be reached, or may not be
│   ├── ChatNotConfigured   only a language model writes this, and there is none
│   ├── UnknownChapters     a selection names nothing
│   ├── CoverRefused        the picture can't be a cover
│   ├── InvalidAudio        the file is no audio, or more of it than can be looked at
│   ├── MalformedJson
│   ├── EmptyText           there is nothing to speak
│   ├── TextTooLong         more than one request may speak
│   ├── InvalidPageSize     a page of no items, or of too many
│   └── InvalidCursor       a page after nothing that was listed
├── SignInRefused           who somebody is wasn't shown, or they may not come in
├── MissingPermission       the role of whoever asks doesn't allow it
├── QuotaExceeded           the API key may have no more spoken this month
├── NotFound                the workspace holds no such thing
│   ├── ProjectNotFound
│   ├── ChapterNotFound
│   ├── BlockNotFound
│   ├── CharacterNotFound
│   ├── QuotationNotFound
│   ├── TakeNotFound
│   ├── SnapshotNotFound
│   ├── HistoryItemNotFound
│   ├── DownloadNotFound    nobody has asked for such a download, or not for long
│   ├── ApiKeyNotFound
│   ├── UserNotFound
│   ├── WorkspaceNotFound
│   ├── SessionNotFound
│   ├── WebhookNotFound
│   ├── PlayerNotFound
│   ├── LinkNotFound        also one that was revoked
│   ├── CoverNotFound
│   ├── BackupNotFound
│   └── PronunciationDictionaryNotFound
├── FetchFailed             what the server's owner asked for didn't come; what came of it is kept
├── PostFailed              another server didn't take what it was sent
├── ScriptFailed            no language model wrote the script of a podcast
├── EngineFailed            the engine died or answered nonsense; another attempt may help
│   └── EngineUnavailable   the server that speaks isn't reached, or has too much to do
├── MasterChanged           a voice, asked to say dropped speech again, said it otherwise
├── ConversionFailed        a conversion ended without a snapshot
├── ExportFailed            a file couldn't be made of a snapshot; another attempt may help
├── RecordsUnavailable      the database can't be reached; nothing acknowledged is lost
├── DataDirectoryInUse
├── ServerGone              the server that a command asked for help has ended
├── DataDirectoryRefused    of a newer format, or not ours
├── StorageFull             no space left; nothing acknowledged is lost
├── ObjectStoreFailed       where packs are in one; an OSError too, as of a disk that fails
└── DataDamaged             stored bytes differ from their checksum
    └── BlobMissing         stored bytes are not there at all
"""

from typing import ClassVar


class RhapsodeError(Exception):
    """Something went wrong that a person can be told in a sentence.

    segment_key: of the segment that couldn't be made; None where it isn't one's fault. Other processes tell it too.
    """

    code: ClassVar[str] = "internal_error"
    can_retry: ClassVar[bool] = False
    segment_key: bytes | None = None


class InvalidInput(RhapsodeError):
    """The request or the file can't be used as it is."""

    code = "invalid_parameters"


class DocumentRefused(InvalidInput):
    """The document can't be imported."""

    code = "invalid_file_type"


class TextRefused(InvalidInput):
    """The engine can't speak this text."""

    code = "text_refused"


class VoiceRefused(InvalidInput):
    """Files that no voice can be made of."""

    code = "invalid_voice"


class VoiceNotMeasured(InvalidInput):
    """A voice didn't speak when its loudness was to be measured; without that, nothing can be made as loud.

    Not EngineFailed, which asks for another attempt: several were made, and a form that was sent can't be sent again.
    """

    code = "voice_not_measured"


class UnknownVoice(InvalidInput):
    """No installed engine has this voice."""

    code = "voice_not_found"


class UnknownLanguage(InvalidInput):
    """No installed engine speaks this language."""

    code = "language_not_supported"


class UnknownModel(InvalidInput):
    """No model has this name."""

    code = "model_not_found"


class UnknownOutputFormat(InvalidInput):
    """No output format has this name."""

    code = "invalid_output_format"


class UnknownExportFormat(InvalidInput):
    """Snapshots aren't exported in a format of this name."""

    code = "invalid_export_format"


class KeyRefused(InvalidInput):
    """A key that was given can't be used as one."""

    code = "key_refused"


class NameTaken(InvalidInput):
    """Somebody or something else has this name. Choose another."""

    code = "name_taken"


class UnknownChapters(InvalidInput):
    """The selection names no chapter of the book."""

    code = "chapter_not_found"


class CoverRefused(InvalidInput):
    """This picture can't be a cover."""

    code = "invalid_cover"


class MalformedJson(InvalidInput):
    """A field that holds JSON as text can't be read."""

    code = "malformed_json"


class EmptyText(InvalidInput):
    """The text holds nothing to speak."""

    code = "empty_text"


class TextTooLong(InvalidInput):
    """The text is longer than one request may be."""

    code = "text_too_long"


class InvalidPageSize(InvalidInput):
    """A page has fewer than one item, or more than the operation allows."""

    code = "invalid_page_size"


class InvalidCursor(InvalidInput):
    """A page was asked for that follows nothing of the list."""

    code = "invalid_cursor"


class ProjectCreating(InvalidInput):
    """The project's content is still being made. Wait until its state is `default`, then edit it."""

    code = "already_processing"


class ChaptersChanged(InvalidInput):
    """An order names each narrated chapter of the project once. Get the chapters again: somebody has changed them."""

    code = "chapters_changed"


class BlockLocked(InvalidInput):
    """A locked block stays as it is. Unlock it first."""

    code = "block_locked"


class TakeUnavailable(InvalidInput):
    """The take can't be used: its sound, or what it says, isn't known any more."""

    code = "take_unavailable"


class TakeInUse(InvalidInput):
    """The take is its block's current one. Restore another, or convert the block, before it is deleted."""

    code = "take_in_use"


class MasterDropped(InvalidInput):
    """The speech that this would be made of was dropped, and can't be had again. Convert the project again."""

    code = "master_dropped"


class FetchRefused(InvalidInput):
    """The address can't be used: it has to be http or https, on the usual port of a public host that answers."""

    code = "invalid_url"


class FetchFailed(RhapsodeError):
    """A file that the owner of the server has asked for didn't come, or not all of it."""

    code = "fetch_failed"


class InvalidAudio(InvalidInput):
    """The file can't be used as audio."""

    code = "invalid_audio"


class SignInRefused(RhapsodeError):
    """Nobody is signed in by this. Begin again, or ask whoever runs this server."""

    code = "sign_in_refused"


class MissingPermission(RhapsodeError):
    """The role of whoever asks doesn't allow this."""

    code = "missing_permissions"


class QuotaExceeded(RhapsodeError):
    """The API key may not have so many more characters spoken in this month."""

    code = "quota_exceeded"


class NotFound(RhapsodeError):
    """The workspace holds no such thing."""

    code = "not_found"


class ProjectNotFound(NotFound):
    """The workspace has no such project."""

    code = "project_not_found"


class ChapterNotFound(NotFound):
    """The project has no such chapter."""

    code = "chapter_not_found"


class BlockNotFound(NotFound):
    """The chapter has no such block that is heard."""

    code = "block_not_found"


class CharacterNotFound(NotFound):
    """The project's cast has no such character."""

    code = "character_not_found"


class QuotationNotFound(NotFound):
    """No node of the project with this id is a quotation of its cast."""

    code = "quotation_not_found"


class TakeNotFound(NotFound):
    """The block has no such take."""

    code = "take_not_found"


class SnapshotNotFound(NotFound):
    """The project or chapter has no such snapshot."""

    code = "snapshot_not_found"


class HistoryItemNotFound(NotFound):
    """The workspace has no such history item."""

    code = "history_item_not_found"


class DownloadNotFound(NotFound):
    """The workspace has no such download: ask for its items again."""

    code = "download_not_found"


class PronunciationDictionaryNotFound(NotFound):
    """The workspace has no such pronunciation dictionary."""

    code = "pronunciation_dictionary_not_found"


class ApiKeyNotFound(NotFound):
    """The workspace has no such API key."""

    code = "api_key_not_found"


class UserNotFound(NotFound):
    """The workspace has no such user."""

    code = "user_not_found"


class WorkspaceNotFound(NotFound):
    """The installation has no such workspace."""

    code = "workspace_not_found"


class SessionNotFound(NotFound):
    """There is no such session."""

    code = "session_not_found"


class PlayerNotFound(NotFound):
    """There is no player here."""

    code = "player_not_found"


class CoverNotFound(NotFound):
    """The project has no cover."""

    code = "cover_not_found"


class BackupNotFound(NotFound):
    """There is no such backup in this place."""

    code = "backup_not_found"


class LinkNotFound(NotFound):
    """This address opens nothing: nobody was told it, or it was revoked."""

    code = "link_not_found"


class WebhookNotFound(NotFound):
    """The workspace has no such webhook."""

    code = "webhook_not_found"


class ScriptFailed(RhapsodeError):
    """No script was written for the podcast."""

    code = "script_failed"


class ChatNotConfigured(InvalidInput):
    """A conversation is written by a language model, and this server has none: see RHAPSODE_CHAT_URL."""

    code = "chat_not_configured"


class PostFailed(RhapsodeError):
    """Another server could not be told something."""

    code = "post_failed"


class EngineFailed(RhapsodeError):
    """The speech engine died or answered with something else than speech."""

    code = "engine_failed"
    can_retry = True


class EngineUnavailable(EngineFailed):
    """The machine that speaks isn't reached, or refuses for now. What was spoken before is kept."""

    code = "engine_unavailable"


class MasterChanged(RhapsodeError):
    """A voice doesn't say speech that was dropped as it did. Convert again, and it is spoken anew."""

    code = "master_changed"


class ConversionFailed(RhapsodeError):
    """The conversion ended without a snapshot; finished segments are kept."""

    code = "conversion_failed"


class ExportFailed(RhapsodeError):
    """An export couldn't be made; what it has encoded is kept."""

    code = "export_failed"
    can_retry = True


class RecordsUnavailable(RhapsodeError):
    """The database can't be reached. Nothing that was acknowledged is lost, and no conversion fails because of it."""

    code = "records_unavailable"
    can_retry = True


class DataDirectoryInUse(RhapsodeError):
    """Another command is working on this data directory."""

    code = "data_directory_in_use"
    can_retry = True


class ServerGone(RhapsodeError):
    """The server that has the data directory has broken off; what is finished is kept, so run the command again."""

    code = "server_gone"
    can_retry = True


class DataDirectoryRefused(RhapsodeError):
    """The directory isn't a data directory this version can read."""

    code = "data_directory_refused"


class StorageFull(RhapsodeError):
    """There is no space left for what was being written; everything finished before is kept."""

    code = "storage_full"
    can_retry = True


class ObjectStoreFailed(RhapsodeError, OSError):
    """The object store doesn't do what it was asked, after several attempts; what it has acknowledged is kept."""

    code = "object_store_failed"
    can_retry = True


class DataDamaged(RhapsodeError):
    """Stored bytes differ from their checksum."""

    code = "data_damaged"


class BlobMissing(DataDamaged):
    """There are no stored bytes of this key: they were moved to another place or lost."""

    code = "blob_missing"
