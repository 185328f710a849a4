"""What it costs to change a book that is converted: a sentence, its quality, a pronunciation.

A book is made into a project, converted and downloaded through `rhapsode serve`, as a client does it. Then one
sentence of it is edited, a pronunciation that three paragraphs need is added, and another quality is chosen; each
time the clock runs from the first request to the last byte of the new archive, or to the new snapshot. The first two
are compared with the whole conversion, the last with bare decoding, resampling and encoding of the same speech on as
many processes as cores. What was spoken is read from the ledger.

    python -m benchmarks.changes ../shared/corpus/epub/time-machine.epub
"""

import argparse
import io
import multiprocessing
import os
import re
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import lameenc
import soundfile
import soxr

from benchmarks.server import make_project, serving
from rhapsode.app import available_cores
from rhapsode.audio.encoding import LAME_QUALITY, MP3_192, SAMPLE_RATE_HZ
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import list_pack_ids, read_index, read_segment

POLL_S = 0.01
LONG_S = 3.0
LONG_POLL_S = 0.5
EDITS = 5


@dataclass(frozen=True)
class Book:
    """A project on a server: where its data is, and how to ask for it."""

    client: httpx.Client
    path: str
    data: Path

    def convert(self) -> str:
        """Convert it and wait; the path of its newest snapshot."""
        self.client.post(f"{self.path}/convert").raise_for_status()
        asked_at_s = time.perf_counter()
        while self.get()["state"] != "default":
            # A client that asks a hundred times a second has a good part of a core to itself.
            time.sleep(POLL_S if time.perf_counter() - asked_at_s < LONG_S else LONG_POLL_S)
        snapshots = self.client.get(f"{self.path}/snapshots").raise_for_status().json()["snapshots"]
        return f"{self.path}/snapshots/{snapshots[0]['project_snapshot_id']}"

    def get(self) -> dict[str, Any]:
        """The project as clients poll it."""
        return dict(self.client.get(self.path).raise_for_status().json())

    def download(self, snapshot: str) -> int:
        """Bytes of an archive, all of them read."""
        with self.client.stream("POST", f"{snapshot}/archive") as answer:
            answer.raise_for_status()
            # As they come: to cut them to one size would take the client longer than the server.
            return sum(len(block) for block in answer.iter_raw())

    def chapters(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """The path and the blocks of each chapter."""
        for chapter in self.get()["chapters"]:
            path = f"{self.path}/chapters/{chapter['chapter_id']}"
            yield path, self.client.get(path).raise_for_status().json()["content"]["blocks"]

    def made(self) -> dict[str, tuple[int, int]]:
        """(segments, characters) that were ever spoken and encoded, by kind."""
        with sqlite3.connect(f"file:{self.data / 'records.sqlite3'}?mode=ro", uri=True) as records:
            rows = records.execute(
                "SELECT kind, sum(segment_count), sum(character_count) FROM usage_ledger GROUP BY kind"
            )
            return {kind: (segments, characters) for kind, segments, characters in rows}


def made_since(book: Book, before: dict[str, tuple[int, int]]) -> str:
    """What was spoken and encoded since."""
    counts = {kind: count - before.get(kind, (0, 0))[0] for kind, (count, _) in book.made().items()}
    return f"{counts.get('speech', 0)} spoken, {counts.get('audio', 0)} encoded"


def edit_sentences(book: Book, whole_s: float) -> None:
    """Edit one sentence in the middle, some times, and download the new archive."""
    chapters = [(path, blocks) for path, blocks in book.chapters() if len(blocks) > 3]
    path, blocks = chapters[len(chapters) // 2]
    block = blocks[len(blocks) // 2]
    for number in range(1, EDITS + 1):
        block["nodes"][0]["text"] += f" And so it was, the {number}th time."
        before, started_at_s = book.made(), time.perf_counter()
        book.client.post(path, json={"content": {"blocks": blocks}}).raise_for_status()
        snapshot = book.convert()
        converted_s = time.perf_counter() - started_at_s
        size_bytes = book.download(snapshot)
        elapsed_s = time.perf_counter() - started_at_s
        print(
            f"one sentence edited: new snapshot {converted_s:.2f} s, new archive of {size_bytes / 1e6:.0f} MB "
            f"{elapsed_s:.2f} s, {elapsed_s / whole_s:.1%} of the whole; {made_since(book, before)}"
        )


def add_pronunciation(book: Book, whole_s: float) -> None:
    """Say a word of three paragraphs in another way."""
    paragraphs = [
        set(re.findall(r"[a-z]{5,}", "".join(node["text"] for node in block["nodes"])))
        for _, blocks in book.chapters()
        for block in blocks
    ]
    word = next(word for word, count in Counter(w for p in paragraphs for w in p).items() if count == 3)
    rule = {"type": "alias", "string_to_replace": word, "alias": "lantern", "case_sensitive": True}
    dictionary = book.client.post(
        "/v1/pronunciation-dictionaries/add-from-rules", json={"name": "benchmark", "rules": [rule]}
    )
    locator = {"pronunciation_dictionary_id": dictionary.raise_for_status().json()["id"]}
    before, started_at_s = book.made(), time.perf_counter()
    book.client.post(
        f"{book.path}/pronunciation-dictionaries", json={"pronunciation_dictionary_locators": [locator]}
    ).raise_for_status()
    book.convert()
    elapsed_s = time.perf_counter() - started_at_s
    print(
        f"a rule for {word!r}, in 3 paragraphs: {elapsed_s:.2f} s, {elapsed_s / whole_s:.1%} of the whole; "
        f"{made_since(book, before)}"
    )


def change_quality(book: Book) -> None:
    """Encode everything anew, and compare that with doing it bare."""
    before, started_at_s = book.made(), time.perf_counter()
    book.client.patch(f"/rhapsode{book.path}", json={"quality_preset": "high"}).raise_for_status()
    book.convert()
    elapsed_s = time.perf_counter() - started_at_s
    said = made_since(book, before)
    floor_s = encode_bare(book.data)
    print(
        f"quality changed: {elapsed_s:.1f} s, bare {floor_s:.1f} s, ratio {elapsed_s / floor_s:.2f}; {said}"
    )


def encode_bare(data: Path) -> float:
    """Seconds to decode, resample and encode all stored speech, writing and syncing what comes out."""
    with tempfile.TemporaryDirectory(prefix="rhapsode-bench-") as folder:
        blobs = LocalBlobs(data / "blobs")
        packs = [(data, pack_id, Path(folder)) for pack_id, _ in list_pack_ids(blobs)]
        started_at_s = time.perf_counter()
        with multiprocessing.get_context("spawn").Pool(available_cores()) as pool:
            pool.map(_encode_pack, packs, chunksize=1)
            pool.close()
            pool.join()
        return time.perf_counter() - started_at_s


def _encode_pack(job: tuple[Path, str, Path]) -> None:
    data, pack_id, folder = job
    blobs = LocalBlobs(data / "blobs")
    pack = read_index(blobs, pack_id)
    if pack.kind != "speech":
        return
    with (folder / pack_id).open("wb") as file:
        for segment in pack.segments:
            samples, rate_hz = soundfile.read(
                io.BytesIO(read_segment(blobs, segment.location)), dtype="int16"
            )
            resampled = soxr.resample(samples, rate_hz, SAMPLE_RATE_HZ, quality="HQ")
            encoder = lameenc.Encoder()
            encoder.silence()
            encoder.set_bit_rate(MP3_192.bitrate_kbps)
            encoder.set_in_sample_rate(SAMPLE_RATE_HZ)
            encoder.set_channels(1)
            encoder.set_quality(LAME_QUALITY)
            file.write(bytes(encoder.encode(resampled.tobytes()) + encoder.flush()))
        file.flush()
        os.fsync(file.fileno())


def main() -> None:
    """Convert a book, change it, and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("book", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rhapsode-bench-") as folder:
        data = Path(folder) / "data"
        with serving(data) as server, server.client() as client:
            started_at_s = time.perf_counter()
            book = Book(client, f"/v1/studio/projects/{make_project(client, arguments.book)}", data)
            size_bytes = book.download(book.convert())
            whole_s = time.perf_counter() - started_at_s
            print(f"upload to archive of {size_bytes / 1e6:.0f} MB: {whole_s:.1f} s; {made_since(book, {})}")
            edit_sentences(book, whole_s)
            add_pronunciation(book, whole_s)
            change_quality(book)


if __name__ == "__main__":
    main()
