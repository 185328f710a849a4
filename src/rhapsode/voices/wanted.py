"""What somebody who names voices wants: which files, from where, for which engine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rhapsode.storage.voices import StoredVoice
from rhapsode.studio.errors import InvalidInput, VoiceRefused
from rhapsode.studio.limits import MAX_VOICE_LIST_BYTES
from rhapsode.voices.downloads import RemoteFile
from rhapsode.voices.local_files import FoundVoice, find_voices_in
from rhapsode.voices.offers import CARD, Offer, find_published_license


@dataclass(frozen=True, slots=True)
class InstallOrder:
    """What somebody wants to have.

    name: of voices that can be installed, an address of a model, or the absolute path of a file or folder.
    engine, files: of voices that no list knows: paths by what each is to the engine.
    """

    name: str
    engine: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_address(self) -> bool:
        """Whether it is where a model can be fetched."""
        return self.name.startswith(("http://", "https://"))

    @property
    def is_remote(self) -> bool:
        """Whether the files aren't on this machine."""
        is_path = not self.is_address and ("/" in self.name or "\\" in self.name)
        return self.engine is None and not is_path


@dataclass(frozen=True, slots=True)
class Wanted:
    """Files that make voices, here or elsewhere, by what each is to the engine.

    origin: what installs the same again.    name: what they are called where they don't say it themselves.
    """

    engine: str
    origin: str
    name: str
    files: Mapping[str, RemoteFile | Path]
    license: str = ""

    @property
    def remote(self) -> list[RemoteFile]:
        """Those that have to come from elsewhere."""
        return [file for file in self.files.values() if isinstance(file, RemoteFile)]


def list_wanted(order: InstallOrder, find_offer: Callable[[str], Offer]) -> Sequence[Wanted]:
    """What an order is about: of a folder, each voice in it. find_offer: what can be installed by a name.

    Raises: VoiceRefused; InvalidInput; what `find_offer` raises.
    """
    if order.engine is not None:
        files = {role: _readable(_existing(path)) for role, path in order.files.items()}
        return [Wanted(order.engine, "", order.name, files)]
    if order.is_address:
        return [_wanted_of_address(order.name)]
    if not order.is_remote:
        return [_wanted_of_files(found) for found in find_voices_in(_existing(order.name))]
    offer = find_offer(order.name)
    return [Wanted(offer.engine, offer.name, offer.name, offer.files, offer.license)]


def list_installed_as(stored: Sequence[StoredVoice], name: str) -> list[StoredVoice]:
    """Those of the voices that all workspaces share which somebody means who names what they were installed by."""
    wanted = name.strip().casefold()
    return [each for each in stored if each.is_shared and wanted and wanted in _names(each)]


def _names(stored: StoredVoice) -> tuple[str, ...]:
    # Each of Kokoro's voices stands for all of its file.
    of_file = (stored.voice.speaker,) if stored.voice.engine == "kokoro" else ()
    return tuple(name.casefold() for name in (stored.origin, *of_file))


def _existing(path: str) -> Path:
    found = Path(path)
    try:
        found.stat()
    except FileNotFoundError:
        msg = f"There is no file {path}."
        raise VoiceRefused(msg) from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    return found


def _readable(path: Path) -> Path:
    # A device or a pipe may never end.
    if not path.is_file():
        msg = f"{path} is no file."
        raise VoiceRefused(msg)
    try:
        path.open("rb").close()
        # It is kept as what the voice was installed by.
        str(path).encode()
    except (OSError, UnicodeEncodeError) as error:
        raise _unreadable(path, error) from error
    return path


def _unreadable(path: str | Path, error: Exception) -> VoiceRefused:
    return VoiceRefused(f"{path} can't be read: {getattr(error, 'strerror', None) or error}.")


def _wanted_of_files(found: FoundVoice) -> Wanted:
    files = {role: _readable(path) for role, path in found.files.items()}
    license_name = find_published_license(found.engine, files["model"])
    return Wanted(found.engine, str(files["model"]), found.name, files, license_name)


def _wanted_of_address(address: str) -> Wanted:
    url, _, query = address.partition("?")
    folder, _, name = url.rpartition("/")
    if not name.endswith(".onnx"):
        msg = f"{address} is no address of a Piper voice, which ends in .onnx."
        raise InvalidInput(msg)
    after = f"?{query}" if query else ""
    files: dict[str, RemoteFile | Path] = {
        "model": RemoteFile(address),
        "config": RemoteFile(f"{url}.json{after}", max_bytes=MAX_VOICE_LIST_BYTES),
        CARD: RemoteFile(f"{folder}/MODEL_CARD{after}", is_optional=True, max_bytes=MAX_VOICE_LIST_BYTES),
    }
    return Wanted("piper", address, name.removesuffix(".onnx"), files)
