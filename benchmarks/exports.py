"""What an edit costs a book's exports: processor time, against making each of them for the first time.

A book is narrated in a data directory of its own and exported in every audio format. Then one sentence of it is
edited, it is converted again, which isn't counted, and exported again. Processor time is that of this process and its
renderers. The AAC of the M4B is also compared with bare encoding of the same speech, in one process and one stream.

    python -m benchmarks.exports ../shared/corpus/epub/time-machine.epub
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil
from av import AudioCodecContext

from rhapsode.app import App, open_app
from rhapsode.audio.encode import Samples, from_flac, to_44100
from rhapsode.audio.encoding import AAC_64
from rhapsode.authoring.books import BookOptions, save_book
from rhapsode.cli.converting import convert
from rhapsode.delivery.export_orders import exportable_project
from rhapsode.delivery.exporting import Exporting
from rhapsode.delivery.formats.flac import FLAC
from rhapsode.delivery.formats.format import ExportFormat
from rhapsode.delivery.formats.m4b import M4B
from rhapsode.delivery.formats.mp3 import MP3
from rhapsode.delivery.formats.opus import OPUS
from rhapsode.documents.importing import import_document
from rhapsode.rendering.transcoding import Transcoding
from rhapsode.storage import snapshots
from rhapsode.storage.packs import list_pack_ids, read_index, read_segment
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.studio.document import Document
from rhapsode.studio.ids import ProjectSnapshotId

FORMATS = (M4B, MP3, OPUS, FLAC)
M4B_AIM = 0.03


@dataclass(frozen=True)
class Cost:
    """Of an export. size_bytes: of its file."""

    cpu_s: float
    wall_s: float
    size_bytes: int


def cpu_s() -> float:
    """What this process and its children have taken."""
    process = psutil.Process()
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def converted(app: App, document: Document, name: str) -> ProjectSnapshotId:
    """A snapshot of a book as it is."""
    project_id = save_book(
        app.records,
        app.blobs,
        DEFAULT_WORKSPACE_ID,
        document,
        name=name,
        origin=name,
        options=BookOptions(),
    )
    return convert(app, DEFAULT_WORKSPACE_ID, project_id).project_snapshot_id


def exported(app: App, snapshot_id: ProjectSnapshotId, export_format: ExportFormat) -> Cost:
    """Make one file."""
    exporting = Exporting(app.records, app.blobs, Transcoding(app.records, app.blobs, app.pool))
    before_s, started_at_s = cpu_s(), time.perf_counter()
    with app.records.read(DEFAULT_WORKSPACE_ID) as tx:
        snapshot = snapshots.get_project_snapshot(tx, snapshot_id)
        order = exportable_project(tx, snapshot).ordered(export_format)
    exporting.begin(DEFAULT_WORKSPACE_ID, order).future.result()
    cost_s, elapsed_s = cpu_s() - before_s, time.perf_counter() - started_at_s
    ready = exporting.find(DEFAULT_WORKSPACE_ID, order)
    assert ready is not None
    exporting.stop()
    return Cost(cost_s, elapsed_s, ready.download.size_bytes)


def edited(document: Document) -> Document:
    """The book with one sentence more, in its middle."""
    chapters = list(document.chapters)
    number = max(range(len(chapters)), key=lambda n: len(chapters[n].blocks) if n else 0)
    blocks = list(chapters[number].blocks)
    middle = len(blocks) // 2
    blocks[middle] = replace(blocks[middle], text=blocks[middle].text + " And so it was.")
    chapters[number] = replace(chapters[number], blocks=tuple(blocks))
    return replace(document, chapters=tuple(chapters))


def speech(app: App) -> Iterator[Samples]:
    """All that was spoken, at 44.1 kHz."""
    for pack_id, _ in list_pack_ids(app.blobs):
        index = read_index(app.blobs, pack_id)
        if index.kind == "speech":
            for segment in index.segments:
                yield to_44100(*from_flac(read_segment(app.blobs, segment.location)))


def bare_encoding_s(app: App) -> float:
    """Processor time of decoding, resampling and encoding all speech as one AAC stream."""
    context = av.CodecContext.create("aac", "w")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate, context.layout, context.format = 44_100, "mono", "fltp"
    context.time_base, context.bit_rate = Fraction(1, 44_100), 1_000 * (AAC_64.bitrate_kbps or 0)
    context.options = {"aac_coder": "fast", "aac_pns": "0"}
    context.open()
    started_at_s, size_bytes = time.process_time(), 0
    for samples in speech(app):
        for start in range(0, samples.size - 1023, 1024):
            piece = samples[np.newaxis, start : start + 1024].astype(np.float32) / 32_768
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
            frame.sample_rate = 44_100
            size_bytes += sum(packet.size for packet in context.encode(frame))
    assert size_bytes
    return time.process_time() - started_at_s


def export_all(
    app: App,
    snapshot_id: ProjectSnapshotId,
    formats: Sequence[ExportFormat],
    note: Callable[[ExportFormat, Cost], None],
) -> None:
    """Make the book's file in each format."""
    for export_format in formats:
        note(export_format, exported(app, snapshot_id, export_format))


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("book", type=Path)
    parser.add_argument("--only", choices=[each.name for each in FORMATS], help="one format in place of all")
    arguments = parser.parse_args()
    path, formats = arguments.book, [each for each in FORMATS if arguments.only in (None, each.name)]
    document = import_document(path.read_bytes(), filename=path.name)
    first: dict[str, Cost] = {}

    def note_first(export_format: ExportFormat, cost: Cost) -> None:
        first[export_format.name] = cost
        print(
            f"{export_format.name}: {cost.cpu_s:.1f} s of CPU, {cost.wall_s:.1f} s, "
            f"{cost.size_bytes / 1e6:.0f} MB"
        )

    def note_again(export_format: ExportFormat, cost: Cost) -> None:
        share = cost.cpu_s / first[export_format.name].cpu_s
        aim = f" (aim: {M4B_AIM:.0%})" if export_format is M4B else ""
        print(
            f"{export_format.name} after an edit: {cost.cpu_s:.2f} s of CPU, {cost.wall_s:.2f} s, "
            f"{share:.1%} of the first time{aim}"
        )

    with tempfile.TemporaryDirectory() as folder, open_app(Path(folder) / "data", command="benchmark") as app:
        snapshot_id = converted(app, document, path.stem)
        export_all(app, snapshot_id, formats, note_first)
        export_all(app, converted(app, edited(document), path.stem), formats, note_again)
        if M4B in formats:
            bare_s = bare_encoding_s(app)
            print(f"m4b: {first['m4b'].cpu_s / bare_s:.2f} x of {bare_s:.1f} s of CPU for bare encoding")


if __name__ == "__main__":
    main()
