"""What can be installed: the voices of Piper, as their home or a mirror lists them, and those of Kokoro.

A mirror has the paths that Piper's home has, `voices.json` among them, and beside that the two files of Kokoro.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from rhapsode.studio.errors import FetchFailed
from rhapsode.studio.limits import MAX_VOICE_FILE_BYTES
from rhapsode.voices.downloads import RemoteFile

PIPER_HOME = "https://huggingface.co/rhasspy/piper-voices/resolve/main"
KOKORO_HOME = "https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0"
LIST_NAME = "voices.json"
CARD = "card"
"""The role of a model card: no engine reads it, and people do."""

_KOKORO_FILES = (
    (
        "model",
        "kokoro-v1.0.onnx",
        325_532_387,
        "7d5df8ecf7d4b1878015a32686053fd0eebe2bc377234608764cc0ef3636a6c5",
    ),
    (
        "styles",
        "voices-v1.0.bin",
        28_214_398,
        "bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d",
    ),
)
_KOKORO_LICENSE = "Apache-2.0"
_KOKORO_SPEAKER = re.compile(r"[abefhip][fm]_[a-z]+")


@dataclass(frozen=True, slots=True)
class Offer:
    """Voices that are installed together, since they are of the same files.

    name: what `rhapsode voices install` is told.    aliases: other names for it, in lower case.
    language: a BCP 47 tag, empty where there are several.    files: by what each is to the engine.
    license: where it is known before the files are.
    """

    name: str
    engine: str
    files: Mapping[str, RemoteFile]
    language: str = ""
    description: str = ""
    aliases: frozenset[str] = frozenset()
    license: str = ""

    @property
    def size_bytes(self) -> int:
        """Of all files whose size is known."""
        return sum(file.size_bytes or 0 for file in self.files.values())

    def answers(self, name: str) -> bool:
        """Whether somebody who says this means it."""
        wanted = name.strip().casefold()
        is_kokoros = self.engine == "kokoro" and _KOKORO_SPEAKER.fullmatch(wanted) is not None
        return wanted == self.name.casefold() or wanted in self.aliases or is_kokoros


def kokoro_offer(home: str | None = None) -> Offer:
    """Kokoro 1.0. home: of a mirror."""
    base = home or KOKORO_HOME
    files = {
        role: RemoteFile(f"{base}/{name}", size_bytes, ("sha256", digest))
        for role, name, size_bytes, digest in _KOKORO_FILES
    }
    about = "41 voices: English, Spanish, French, Hindi, Italian and Brazilian Portuguese"
    return Offer("kokoro", "kokoro", files, description=about, license=_KOKORO_LICENSE)


def find_published_license(engine: str, model: Path) -> str:
    """The licence of a model that lies on this machine, where it is one that everybody knows; empty otherwise."""
    if engine != "kokoro":
        return ""
    with model.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return _KOKORO_LICENSE if digest in {known for _, _, _, known in _KOKORO_FILES} else ""


class _Language(BaseModel):
    code: str
    name_english: str = ""
    country_english: str = ""


class _File(BaseModel):
    size_bytes: int = Field(ge=0, le=MAX_VOICE_FILE_BYTES)
    md5_digest: str


class _Entry(BaseModel):
    """A voice as the list of Piper's voices has it."""

    key: str
    quality: str = ""
    num_speakers: int = 1
    language: _Language
    files: dict[str, _File]
    aliases: list[str] = []


_LIST: TypeAdapter[dict[str, _Entry]] = TypeAdapter(dict[str, _Entry])


def read_piper_list(content: bytes, home: str = PIPER_HOME) -> list[Offer]:
    """The voices of a list, by name. home: what the paths in it begin with. Raises: FetchFailed, when it is none."""
    try:
        entries = _LIST.validate_json(content)
    except ValidationError as error:
        msg = f"{home}/{LIST_NAME} isn't a list of Piper's voices."
        raise FetchFailed(msg) from error
    offers = (_piper_offer(entry, home) for entry in entries.values())
    return sorted(filter(None, offers), key=lambda offer: offer.name)


def _piper_offer(entry: _Entry, home: str) -> Offer | None:
    files = dict(_piper_files(entry, home))
    if not {"model", "config"} <= files.keys():
        return None
    return Offer(
        name=entry.key,
        engine="piper",
        files=files,
        language=entry.language.code.replace("_", "-"),
        description=_described(entry),
        aliases=frozenset(alias.casefold() for alias in entry.aliases),
    )


def _piper_files(entry: _Entry, home: str) -> Iterator[tuple[str, RemoteFile]]:
    for path, file in entry.files.items():
        role = role_of_name(path.rpartition("/")[2])
        if role is not None:
            url = f"{home}/{quote(path)}"
            yield role, RemoteFile(url, file.size_bytes, ("md5", file.md5_digest.lower()))


def role_of_name(name: str) -> str | None:
    """What a file of a Piper voice is by its name; None for samples and the like."""
    if name.endswith(".onnx.json"):
        return "config"
    if name.endswith(".onnx"):
        return "model"
    return CARD if name == "MODEL_CARD" else None


def _described(entry: _Entry) -> str:
    language = entry.language
    where = f" ({language.country_english})" if language.country_english else ""
    speakers = f", {entry.num_speakers} speakers" if entry.num_speakers > 1 else ""
    return f"{language.name_english or language.code}{where}, {entry.quality.replace('_', ' ')} quality{speakers}"
