"""A voice that is being made when its process is killed was never there."""

import subprocess
import sys
from pathlib import Path

from tests.factories import WORKSPACE, open_records
from tests.voice_graphs import piper_voice

from rhapsode.storage.local import LocalBlobs
from rhapsode.voices.catalogue import read_catalogue

# Files come as slowly as a network that has stopped in the middle of the second.
MAKING = """
import io, sys, time
from pathlib import Path
from rhapsode.authoring.voice_creation import create_voices
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records
from rhapsode.voices.making import NewVoice
from rhapsode.voices.sent_files import Upload

class Stuck(io.BytesIO):
    def read(self, size=-1):
        if self.tell():
            print("half", flush=True)
            time.sleep(60)
        return super().read(10)

folder, model, config = map(Path, sys.argv[1:])
files = [Upload("a.onnx", model.open("rb")), Upload("a.onnx.json", Stuck(config.read_bytes()))]
records, blobs = Records.open_sqlite(folder / "records.sqlite3"), LocalBlobs(folder / "blobs")
create_voices(records, blobs, DEFAULT_WORKSPACE_ID, NewVoice("Ida"), files)
"""


def test_a_kill_leaves_nothing_half(tmp_path: Path) -> None:
    """No voice, and no file that the next start doesn't remove."""
    voice = piper_voice()
    open_records(tmp_path / "records.sqlite3").close()
    command = [sys.executable, "-c", MAKING, str(tmp_path), str(voice.model), str(voice.config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as making:
        assert making.stdout is not None
        assert making.stdout.readline() == "half\n"
        making.kill()

    blobs, records = LocalBlobs(tmp_path / "blobs"), open_records(tmp_path / "records.sqlite3")
    assert len(list(blobs.temporary_directory().iterdir())) == 2
    blobs.remove_temporaries()
    assert read_catalogue(records, WORKSPACE).own == set()
    assert list(blobs.list_keys("")) == []
    records.close()
