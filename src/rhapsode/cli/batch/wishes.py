"""What a person says about one book of many, beyond its file; the names are those of `rhapsode narrate`."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.selection import Selection
from rhapsode.cli.book_file import read_cover
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.project import QualityPreset


@dataclass(frozen=True, slots=True)
class Wishes:
    """None, and no words at all, for what nobody has said. cover: a JPEG or PNG."""

    title: str | None = None
    author: str | None = None
    language: str | None = None
    voice: str | None = None
    quality: QualityPreset | None = None
    cover: Path | None = None
    chapters: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    cast: bool | None = None

    def or_else(self, others: "Wishes") -> "Wishes":
        """The same, with what others say where this says nothing."""
        unsaid = [each.name for each in fields(self) if getattr(self, each.name) in (None, ())]
        return replace(self, **{name: getattr(others, name) for name in unsaid})

    @property
    def options(self) -> BookOptions:
        """The same for one who has a data directory. Raises: DocumentRefused; InvalidInput, of the cover."""
        return BookOptions(
            voice_id=None if self.voice is None else VoiceId(self.voice),
            quality_preset=self.quality,
            language=self.language,
            title=self.title,
            author=self.author,
            cover=None if self.cover is None else read_cover(self.cover),
            selection=Selection(self.chapters, self.include, self.exclude),
            cast=bool(self.cast),
        )

    @property
    def digest(self) -> str:
        """Of all of it, the cover's bytes too. Raises: DocumentRefused; InvalidInput, of the cover."""
        said = asdict(self)
        if self.cover is not None:
            said["cover"] = hashlib.sha256(read_cover(self.cover).content).hexdigest()
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()
