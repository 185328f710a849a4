"""Every error the product raises on purpose.

RhapsodeError
├── InvalidInput            the caller can mend it; trying again unchanged never helps
│   ├── DocumentRefused     the file can't be imported
│   ├── TextRefused         the engine can't speak this text
│   ├── UnknownVoice
│   ├── UnknownLanguage
│   └── UnknownChapters     a selection names nothing
├── NotFound                the workspace holds no such thing
├── EngineFailed            the engine died or answered nonsense; another attempt may help
├── ConversionFailed        a conversion ended without a snapshot
├── DataDirectoryInUse
├── DataDirectoryRefused    of a newer format, or not ours
├── StorageFull             no space left; nothing acknowledged is lost
└── DataDamaged             stored bytes differ from their checksum
    └── BlobMissing         stored bytes are not there at all
"""

from typing import ClassVar


class RhapsodeError(Exception):
    """Something went wrong that a person can be told in a sentence."""

    code: ClassVar[str] = "internal_error"
    can_retry: ClassVar[bool] = False


class InvalidInput(RhapsodeError):
    """The request or the file can't be used as it is."""

    code = "invalid_parameters"


class DocumentRefused(InvalidInput):
    """The document can't be imported."""

    code = "invalid_file_type"


class TextRefused(InvalidInput):
    """The engine can't speak this text."""

    code = "text_refused"


class UnknownVoice(InvalidInput):
    """No installed engine has this voice."""

    code = "voice_not_found"


class UnknownLanguage(InvalidInput):
    """No installed engine speaks this language."""

    code = "language_not_supported"


class UnknownChapters(InvalidInput):
    """The selection names no chapter of the book."""

    code = "chapter_not_found"


class NotFound(RhapsodeError):
    """The workspace holds no such thing."""

    code = "not_found"


class EngineFailed(RhapsodeError):
    """The speech engine died or answered with something else than speech."""

    code = "engine_failed"
    can_retry = True


class ConversionFailed(RhapsodeError):
    """The conversion ended without a snapshot; finished segments are kept."""

    code = "conversion_failed"


class DataDirectoryInUse(RhapsodeError):
    """Another command is working on this data directory."""

    code = "data_directory_in_use"
    can_retry = True


class DataDirectoryRefused(RhapsodeError):
    """The directory isn't a data directory this version can read."""

    code = "data_directory_refused"


class StorageFull(RhapsodeError):
    """There is no space left for what was being written; everything finished before is kept."""

    code = "storage_full"
    can_retry = True


class DataDamaged(RhapsodeError):
    """Stored bytes differ from their checksum."""

    code = "data_damaged"


class BlobMissing(DataDamaged):
    """There are no stored bytes of this key: they were moved to another place or lost."""

    code = "blob_missing"
