"""What is said of files whose bytes are lost or damaged, on every address that a file has."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from elevenlabs import ElevenLabs
from structlog.testing import capture_logs

from rhapsode.storage import schema
from rhapsode.storage.packs import pack_key

from .files import NAMES, make_files
from .journeys import HARBOUR
from .running import LiveServer
from .test_seed_archive import LONG, deliver

SHORT = ("The lamp was lit.", "Nobody saw it.")
TEXTS = ("The lamp was lit. " * 60, "Nobody saw it. " * 60)
SPEECH_NAMES = ("take",)
"""Of what is decoded as a whole before its first byte is sent."""
_LIMIT_S = 30


@dataclass(frozen=True)
class Pack:
    """A pack of the workspace. starts, ends: of its segments, in bytes."""

    path: Path
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def packs_of(server: LiveServer) -> Iterator[Pack]:
    """All packs of a workspace, each of which has segments in use."""
    segment = schema.segments.c
    with server.records.read(server.workspace_id) as tx:
        rows = tx.connection.execute(
            sa.select(segment.pack_id, segment.offset_bytes, segment.size_bytes).where(
                segment.workspace_id == tx.workspace_id, segment.pack_id.is_not(None)
            )
        ).all()
    for pack_id in {row.pack_id for row in rows}:
        places = sorted((row.offset_bytes, row.size_bytes) for row in rows if row.pack_id == pack_id)
        yield Pack(
            server.studio.blobs.path(pack_key(pack_id)),
            tuple(offset for offset, _ in places),
            tuple(offset + size for offset, size in places),
        )


def flip(path: Path, places: tuple[int, ...]) -> None:
    """Change a bit of each of these bytes."""
    content = bytearray(path.read_bytes())
    for place in places:
        content[place] ^= 1
    path.write_bytes(content)


def lose(pack: Pack) -> None:
    pack.path.unlink()


def cut(pack: Pack) -> None:
    os.truncate(pack.path, pack.ends[0] - 1)


def spoil_beginnings(pack: Pack) -> None:
    flip(pack.path, pack.starts)


def spoil_the_end(pack: Pack) -> None:
    flip(pack.path, (pack.ends[-1] - 1,))


@pytest.mark.parametrize("harm", [lose, cut, spoil_beginnings])
def test_what_is_found_first_is_told_in_words(
    server: LiveServer, client: ElevenLabs, http: httpx.Client, harm: Callable[[Pack], None]
) -> None:
    """Before the first byte: a file is never begun that is known to be unfinishable."""
    files = make_files(client, http, HARBOUR, SHORT).by_name
    for pack in packs_of(server):
        harm(pack)
    # To write each error into the log, with where it came from, takes longer than all else here.
    with capture_logs():
        for name, headers in itertools.product(NAMES, ({}, {"range": "bytes=0-9999"})):
            response = http.get(files[name], headers=headers)
            assert response.status_code == 500, name
            assert response.json()["detail"]["type"] == "internal_error", name
    assert http.get("/health").status_code == 200


def test_damage_further_on_ends_the_connection_short(
    server: LiveServer, client: ElevenLabs, http: httpx.Client, tmp_path: Path
) -> None:
    """Every byte that came is right, nobody takes them for the whole, and a part before the damage is still had."""
    files = make_files(client, http, LONG, TEXTS).by_name
    whole = {name: http.get(files[name]).content for name in NAMES}
    for pack in packs_of(server):
        spoil_the_end(pack)
    for name in (name for name in NAMES if name not in SPEECH_NAMES):
        received = bytearray()
        with http.stream("GET", files[name]) as response:
            assert response.status_code == 200, name
            with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
                deliver(response.iter_raw(), received)
        assert 0 < len(received) < len(whole[name]), name
        assert whole[name].startswith(received), name
        part = http.get(files[name], headers={"range": "bytes=0-99"})
        assert part.content == whole[name][:100], name
    if shutil.which("curl") is not None or os.environ.get("CI"):
        _assert_curl_knows(server, files["archive"], tmp_path / "book.zip")


def _assert_curl_knows(server: LiveServer, address: str, path: Path) -> None:
    """It ends with 18, a transfer that was closed with bytes outstanding, and not with 0."""
    command = ["curl", "--silent", "--header", f"xi-api-key: {server.key}", "--output", str(path)]
    ended = subprocess.run([*command, server.url + address], timeout=_LIMIT_S, check=False)
    assert ended.returncode == 18
    assert path.stat().st_size > 0
