"""Records, a store and an engine whose voices are files, for tests that install some."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from tests.factories import WORKSPACE, open_records
from tests.music_box import NAME, box, installed_music_box

from rhapsode.net.fetcher import Fetcher
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.records import Records
from rhapsode.storage.voices import StoredVoice, list_voices_ever
from rhapsode.voices.catalogue import Catalogue, read_catalogue
from rhapsode.voices.installing import Installed, Installing
from rhapsode.voices.wanted import InstallOrder


@dataclass(frozen=True)
class Shelf:
    """What voices are installed into."""

    folder: Path
    records: Records
    blobs: LocalBlobs

    def installing(self, voices_url: str | None = None) -> Installing:
        """What installs them. voices_url: of a mirror."""
        fetcher = Fetcher([ip_network("127.0.0.0/8")])
        return Installing(self.records, self.blobs, fetcher, self.folder / "downloads", voices_url=voices_url)

    def install_box(self, name: str = "waltz", /, **said: object) -> Installed:
        """Have the voice of a music box."""
        order = InstallOrder(name, NAME, box(self.folder / "boxes", name, **said))  # type: ignore[arg-type]
        (installed,) = self.installing().install(order, lambda *_: None)
        return installed

    @property
    def catalogue(self) -> Catalogue:
        """Whom the workspace has."""
        return read_catalogue(self.records, WORKSPACE)

    def stored(self) -> list[StoredVoice]:
        """All that it has or had."""
        with self.records.read(WORKSPACE) as tx:
            return list_voices_ever(tx)

    def blob_count(self) -> int:
        """How many files of voices are in the store."""
        return len(list(self.blobs.list_keys("voices/")))


@contextmanager
def new_shelf(folder: Path) -> Iterator[Shelf]:
    """Nothing is installed yet, but for the engine."""
    records = open_records(folder / "records.sqlite3")
    with installed_music_box():
        yield Shelf(folder, records, LocalBlobs(folder / "blobs"))
    records.close()
