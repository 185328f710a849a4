"""How exact the times of characters and words are: after hours of audio, and in a decoded MP3.

First the engine `tone`, of which each sample is known. A long book with breaks, numbers and a pronunciation
dictionary is converted losslessly; each boundary in the alignment of its single file is compared with what the tones
must say, and so is each sample of the file. Then espeak: a chapter of a real book becomes MP3, which is decoded, and
the beginnings of its words are looked for in the sound: by its energy where silence is before them, and by the
aligner, for which another voice reads along. Both have errors of their own: a word with p, t or k in front begins
with a closure of up to 50 ms that has no energy, and those of the aligner are told by benchmarks.aligner.

    python -m benchmarks.alignment ../shared/corpus/epub/time-machine.epub --hours 10
"""

import argparse
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from rhapsode.app import App, open_app
from rhapsode.audio.encode import to_44100
from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_BYTES, SAMPLE_RATE_HZ
from rhapsode.authoring.books import BookOptions, save_book
from rhapsode.cli.converting import convert
from rhapsode.delivery import snapshots as found
from rhapsode.delivery.alignments import AlignedText, iterate_alignment
from rhapsode.delivery.downloads import open_book, open_chapter
from rhapsode.delivery.words import TimedWord, iterate_timed_words
from rhapsode.documents.parsing import parse_document
from rhapsode.engines.aligner import align
from rhapsode.engines.engine import Speech
from rhapsode.engines.registry import get_engine
from rhapsode.engines.tone import CHARACTER_SAMPLES
from rhapsode.engines.tone import SAMPLE_RATE_HZ as TONE_RATE_HZ
from rhapsode.rendering.attachment import attach_dictionaries
from rhapsode.storage import dictionaries, snapshots
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records
from rhapsode.studio.document import BlockKind, Document, DocumentBlock, DocumentChapter
from rhapsode.studio.ids import ChapterSnapshotId, ProjectId, ProjectSnapshotId, VoiceId
from rhapsode.studio.project import QualityPreset
from rhapsode.studio.pronunciation import AliasRule, DictionaryLocator
from rhapsode.studio.snapshot import SnapshotPart
from rhapsode.studio.voice import VoiceSettings
from rhapsode.text.pauses import is_pause, pause_ms_of, split_at_pauses
from rhapsode.text.spoken import SpanMap, spoken_text_of
from rhapsode.voices.catalogue import engine_catalogue

Samples = NDArray[np.int16]

RULES = (AliasRule("NATO", "the alliance"), AliasRule("St. Ives", "Saint Ives harbour"))
PARAGRAPHS_IN_A_CHAPTER = 20
PARAGRAPH_S = 27.5  # about what one lasts
NEAR_S = 600.0
QUIET_S, WINDOW_S, QUIET_DB = 0.12, 0.005, -35.0
WITHIN_MS = 30.0
OTHER_VOICE = "espeak_alder"
CLOSED = re.compile("p(?!h)|t(?!h)|k(?!n)|qu|c(?![eiy]|h[^r])|ch", re.IGNORECASE)
"""What begins with a closure, as it is written in English."""


def long_book(hours: float) -> Document:
    """A book of about so many hours for a tone. No two paragraphs are the same."""
    count = max(2, round(hours * 3600 / PARAGRAPH_S))
    paragraphs = [DocumentBlock(BlockKind.PARAGRAPH, paragraph(number)) for number in range(count)]
    chapters = [
        DocumentChapter(f"Part {start}", tuple(paragraphs[start : start + PARAGRAPHS_IN_A_CHAPTER]))
        for start in range(0, count, PARAGRAPHS_IN_A_CHAPTER)
    ]
    return Document("The Ledger", "A. Writer", "en", None, None, None, tuple(chapters))


def paragraph(number: int) -> str:
    """Some hundred characters, with a number, money, a break, words that the rules have, and a line break."""
    return (
        f"In week {number} the boats of NATO left St. Ives at {number % 12 + 1}:30 with {3 * number:,} crates. "
        f'<break time="{number % 30 / 10}s"/> Dr. Strand wrote it down,\nas she always did: “{number % 90}% of '
        f"it is salt, and it cost ${number + 2}.50.” <break time='250ms'/> Nobody — least of all the harbour-master "
        f"— asked why; the gulls had other cares, and the tide was going out. It was the {number % 28 + 1}th of July."
    )


@dataclass
class Compared:
    """What was compared over a stretch of a file. worst: how far a boundary was off, in samples."""

    boundaries: int = 0
    wrong_boundaries: int = 0
    worst: int = 0
    samples: int = 0
    wrong_samples: int = 0

    def add(self, other: "Compared") -> None:
        """Take in another stretch."""
        self.boundaries += other.boundaries
        self.wrong_boundaries += other.wrong_boundaries
        self.worst = max(self.worst, other.worst)
        self.samples += other.samples
        self.wrong_samples += other.wrong_samples


class PcmFile:
    """The samples of a WAV file, read once, in order. position: of the next one."""

    def __init__(self, blocks: Iterator[bytes], head_bytes: int) -> None:
        self._blocks = blocks
        self._held = bytearray()
        self._take(head_bytes)
        self.position = 0

    def read(self, sample_count: int) -> Samples:
        """So many samples; fewer at the end of the file."""
        content = self._take(sample_count * SAMPLE_BYTES)
        self.position += len(content) // SAMPLE_BYTES
        return np.frombuffer(content, "<i2").astype(np.int16)

    def _take(self, size_bytes: int) -> bytes:
        while len(self._held) < size_bytes and (block := next(self._blocks, b"")):
            self._held += block
        taken = bytes(self._held[:size_bytes])
        del self._held[:size_bytes]
        return taken


def compare_tones(
    records: Records, blobs: Blobs, project_snapshot_id: ProjectSnapshotId, voice_id: VoiceId
) -> Iterator[tuple[int, Compared]]:
    """Each segment of a lossless project that a tone reads: where it is heard in the single file, and how it fits."""
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        snapshot = snapshots.get_project_snapshot(tx, project_snapshot_id)
        starts = found.list_chapter_starts(tx, snapshot)
    book = open_book(records, blobs, DEFAULT_WORKSPACE_ID, project_snapshot_id, "mp3")
    file = PcmFile(book.content, len(snapshot.head.content))
    for start in starts:
        with records.read(DEFAULT_WORKSPACE_ID) as tx:
            parts = snapshots.get_parts(tx, start.chapter_snapshot_id)
        aligned = iterate_alignment(
            records, DEFAULT_WORKSPACE_ID, start.chapter_snapshot_id, start_frame=start.start_frame
        )
        for part in parts:
            position = file.position
            sound, boundaries = must_sound(part, voice_id)
            heard = file.read(part.frame_count * FRAME_SAMPLES)
            piece = next(aligned) if part.text else AlignedText("", (position,))
            compared = compare_boundaries(piece, part, [position + each for each in boundaries])
            padded = np.zeros(heard.size, np.int16)
            padded[: sound.size] = sound
            compared.samples, compared.wrong_samples = heard.size, int(np.count_nonzero(padded != heard))
            yield position, compared


def must_sound(part: SnapshotPart, voice_id: VoiceId) -> tuple[Samples, list[int]]:
    """What a part sounds like at 44.1 kHz, and where each spoken character begins and the last one ends."""
    if part.speech_key is None:
        length = part.frame_count * FRAME_SAMPLES
        return np.zeros(0, np.int16), [
            length * each // max(1, len(part.text)) for each in range(len(part.text) + 1)
        ]
    pieces = split_at_pauses(spoken_text_of(part.text, part.spoken_text))
    sounds, lengths = [], []
    for piece in pieces:
        if is_pause(piece):
            lengths.append((pause_ms_of(piece) * TONE_RATE_HZ + 500) // 1000)
            sounds.append(np.zeros(lengths[-1], np.int16))
        elif piece.isspace() and len(pieces) > 1:
            lengths += [0] * len(piece)
        else:
            lengths += [CHARACTER_SAMPLES] * len(piece)
            sounds.append(tone(piece, voice_id))
    ratio = SAMPLE_RATE_HZ // TONE_RATE_HZ
    return to_44100(np.concatenate(sounds), TONE_RATE_HZ), [
        int(each) for each in np.cumsum([0, *lengths]) * ratio
    ]


def tone(text: str, voice_id: VoiceId) -> Samples:
    """A text as the tone says it."""
    voice, settings = engine_catalogue().get(voice_id), VoiceSettings()
    return get_engine("tone").synthesize(text, voice=voice, language="mul", settings=settings).samples


def compare_boundaries(piece: AlignedText, part: SnapshotPart, expected: Sequence[int]) -> Compared:
    """The times of a part's characters with those of the spoken ones; of what was replaced, its beginning and end."""
    span_map = SpanMap.from_list(part.spans)
    inside = {place for r in span_map.replacements for place in range(r.start + 1, r.end)}
    compared = Compared()
    for place, boundary in enumerate(piece.boundaries):
        if place not in inside:
            off = abs(int(boundary) - expected[span_map.spoken_place(place)])
            compared.boundaries += 1
            compared.wrong_boundaries += off > 0
            compared.worst = max(compared.worst, off)
    return compared


def print_tones(compared: Sequence[tuple[int, Compared]]) -> None:
    """A line for the beginning, the middle and the end of the file, and one for all of it."""
    length_s = compared[-1][0] / SAMPLE_RATE_HZ
    middle_s = length_s / 2
    stretches = {
        "first 10 minutes": (0.0, NEAR_S),
        "middle 10 minutes": (middle_s - NEAR_S / 2, middle_s + NEAR_S / 2),
        "last 10 minutes": (length_s - NEAR_S, length_s + 1),
        f"all {length_s / 3600:.2f} hours": (0.0, length_s + 1),
    }
    print(f"{'tone':<20}{'boundaries':>12}{'not exact':>11}{'worst':>7}{'samples':>16}{'not exact':>11}")
    for name, (start_s, end_s) in stretches.items():
        total = Compared()
        for position, each in compared:
            if start_s <= position / SAMPLE_RATE_HZ < end_s:
                total.add(each)
        print(
            f"{name:<20}{total.boundaries:>12,}{total.wrong_boundaries:>11,}{total.worst:>7,}"
            f"{total.samples:>16,}{total.wrong_samples:>11,}"
        )


@dataclass(frozen=True, slots=True)
class Onsets:
    """How far in ms words begin from where the alignment has them; later is positive."""

    errors_ms: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @property
    def share_within(self) -> float:
        """The share of words that are at most WITHIN_MS off."""
        return float(np.mean(np.abs(self.errors_ms) <= WITHIN_MS))

    def describe(self, how: str) -> str:
        """One line."""
        errors = np.abs(self.errors_ms)
        if not errors.size:
            return f"{how:<37}{errors.size:>7,} words"
        return (
            f"{how:<37}{errors.size:>7,} words  within {WITHIN_MS:.0f} ms {100 * self.share_within:6.2f} %"
            f"  median {np.median(errors):5.1f} ms  95 % {np.percentile(errors, 95):5.1f} ms"
        )


def decode_mp3(content: bytes) -> Samples:
    """All samples of an MP3 of one channel at 44.1 kHz, as players have them."""
    with av.open(io.BytesIO(content), mode="r", format="mp3") as container:
        floats = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    samples: Samples = np.clip(np.rint(floats * 2**15), -(2**15), 2**15 - 1).astype(np.int16)
    return samples


def energy_onsets(samples: Samples) -> NDArray[np.int64]:
    """The samples at which sound begins after QUIET_S of silence or more."""
    hop = SAMPLE_RATE_HZ // 1000
    window = round(WINDOW_S * SAMPLE_RATE_HZ)
    powers = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    starts = np.arange(0, samples.size - window, hop)
    power = (powers[starts + window] - powers[starts]) / window
    is_loud = power > np.mean(power[power > 0]) * 10 ** (QUIET_DB / 10)
    loud = np.flatnonzero(is_loud)
    gaps = np.diff(loud, prepend=-(10**9))
    begins = loud[gaps * hop >= QUIET_S * SAMPLE_RATE_HZ]
    onsets: NDArray[np.int64] = starts[begins] + window // 2
    return onsets


def by_energy(samples: Samples, words: Sequence[TimedWord]) -> tuple[Onsets, Onsets]:
    """Of each onset after silence, how far the nearest beginning of a word is; then the same of CLOSED words."""
    starts = np.array([word.start_sample for word in words])
    onsets = energy_onsets(samples)
    behind = np.clip(np.searchsorted(starts, onsets), 1, starts.size - 1)
    nearest = np.where(onsets - starts[behind - 1] < starts[behind] - onsets, behind - 1, behind)
    errors_ms = (onsets - starts[nearest]) / SAMPLE_RATE_HZ * 1000
    is_closed = np.array([CLOSED.match(words[index].spoken) is not None for index in nearest], bool)
    return Onsets(errors_ms[~is_closed]), Onsets(errors_ms[is_closed])


def by_aligner(samples: Samples, text: str, words: Sequence[TimedWord]) -> Onsets:
    """How far words are from where another voice, read along, has them."""
    aligned = align(samples, SAMPLE_RATE_HZ, text, "en-US", other_voice)
    heard = np.array(aligned.boundaries)[[word.start for word in words]]
    return Onsets((heard - np.array([word.start_sample for word in words])) / SAMPLE_RATE_HZ * 1000)


def other_voice(text: str, language: str) -> Speech:
    """The voice that reads along."""
    voice, settings = engine_catalogue().get(OTHER_VOICE), VoiceSettings()
    return get_engine("espeak").synthesize(text, voice=voice, language=language, settings=settings)


@dataclass(frozen=True, slots=True)
class Heard:
    """The words of a chapter in its MP3. by_energy: those after silence; closed_by_energy: such with a closure."""

    by_energy: Onsets
    closed_by_energy: Onsets
    by_aligner: Onsets


def measure_words(records: Records, blobs: Blobs, chapter_snapshot_id: ChapterSnapshotId) -> Heard:
    """Decode a chapter and look for all its words."""
    samples = decode_mp3(
        b"".join(open_chapter(records, blobs, DEFAULT_WORKSPACE_ID, chapter_snapshot_id).content)
    )
    words = list(iterate_timed_words(records, DEFAULT_WORKSPACE_ID, chapter_snapshot_id))
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        text = "".join(part.text for part in snapshots.get_parts(tx, chapter_snapshot_id))
    return Heard(*by_energy(samples, words), by_aligner(samples, text, words))


def save(app: App, document: Document, options: BookOptions) -> ProjectId:
    """Make a project of a book."""
    ids = app.records, app.blobs, DEFAULT_WORKSPACE_ID
    return save_book(*ids, document, name="book", origin=document.title or "", options=options)


def attach_rules(records: Records, project_id: ProjectId) -> None:
    """Let a project's names be read as RULES has it."""
    with records.write(DEFAULT_WORKSPACE_ID) as tx:
        made = dictionaries.insert_dictionary(
            tx, name="Names", description=None, workspace_access=None, rules=RULES
        )
        attach_dictionaries(tx, project_id, [DictionaryLocator(made.dictionary_id, None)])


def run_tones(app: App, hours: float) -> None:
    """Convert a long book of tones, and compare all of it."""
    voice_id = VoiceId("tone_low")
    options = BookOptions(voice_id=voice_id, quality_preset=QualityPreset.ULTRA_LOSSLESS)
    project_id = save(app, long_book(hours), options)
    attach_rules(app.records, project_id)
    done = convert(app, DEFAULT_WORKSPACE_ID, project_id)
    print_tones(list(compare_tones(app.records, app.blobs, done.project_snapshot_id, voice_id)))


def run_espeak(app: App, book: Path, chapter_numbers: Iterable[int]) -> None:
    """Convert chapters of a book, and look for their words in what is decoded."""
    document = parse_document(book.read_bytes(), filename=book.name)
    narrated = [chapter for chapter in document.chapters if chapter.narrated]
    chosen = tuple(narrated[number - 1] for number in chapter_numbers)
    project_id = save(app, replace(document, chapters=chosen, cover=None), BookOptions())
    done = convert(app, DEFAULT_WORKSPACE_ID, project_id)
    with app.records.read(DEFAULT_WORKSPACE_ID) as tx:
        snapshot = snapshots.get_project_snapshot(tx, done.project_snapshot_id)
    for chapter, chapter_snapshot_id in zip(chosen, snapshot.chapter_snapshot_ids, strict=True):
        heard = measure_words(app.records, app.blobs, chapter_snapshot_id)
        print(f"{document.title}: {chapter.name}, decoded from MP3")
        print(heard.by_aligner.describe("  all, by another voice"))
        print(heard.by_energy.describe("  after silence, by energy"))
        print(heard.closed_by_energy.describe("  the same with a closure, by energy"))


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("book", type=Path)
    parser.add_argument("--hours", type=float, default=10.0, help="of the book of tones: 0.3 GB of disk each")
    parser.add_argument("--chapters", type=int, nargs="+", default=[4], help="numbers of narrated chapters")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_app(Path(folder) / "data", command="benchmark") as app:
        run_espeak(app, arguments.book, arguments.chapters)
        run_tones(app, arguments.hours)


if __name__ == "__main__":
    main()
