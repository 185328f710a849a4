"""Speech that went wrong: noticed when it is made, said again where the engine has seeds, and told of if it stays."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from string import ascii_lowercase
from types import MappingProxyType

import numpy as np
import pytest
from tests.factories import Studio, ThisProcess, make_document, make_document_chapter, open_studio
from tests.factories import speak_request as speak

from rhapsode.audio.pace import PACE_PARTS, Pace
from rhapsode.authoring.books import BookOptions
from rhapsode.engines import registry, tone
from rhapsode.engines.engine import EngineTraits, Speech
from rhapsode.engines.tone import ToneEngine
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.live_session import LiveSpeaking
from rhapsode.rendering.quality import get_chapter_quality, get_project_quality
from rhapsode.rendering.results import get_converted
from rhapsode.rendering.script import SpeakRequest
from rhapsode.rendering.speech_meta import pace_of_speech
from rhapsode.rendering.turns import always
from rhapsode.storage import paces, projects, schema
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.document import Document
from rhapsode.studio.errors import ChapterNotFound, ProjectNotFound
from rhapsode.studio.ids import ChapterId, ProjectId, VoiceId, WorkspaceId, new_id
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings
from rhapsode.text.pauses import pause_character
from rhapsode.voices.catalogue import engine_catalogue

pytestmark = pytest.mark.slow

MUTTERER = VoiceId("mutterer")
GOOD = "The boat came in with the tide, and the keeper went down to the quay."
LATE = "The lamp was lit a little before dusk, as it had been every evening."
LOST = "Nobody in the village could remember a night without it, or a day."
CHARACTER_S = tone.CHARACTER_SAMPLES / tone.SAMPLE_RATE_HZ


class MutteringEngine(ToneEngine):
    """A tone with seeds. LATE is silent but with its second; LOST is too, but with its third it is over at once."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    @property
    def traits(self) -> EngineTraits:
        return replace(super().traits, name="muttering", has_seeds=True)

    def list_voices(self) -> Sequence[Voice]:
        return (replace(super().list_voices()[0], voice_id=MUTTERER, name="Mutterer", engine="muttering"),)

    def synthesize(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),
        seed: int = 0,
    ) -> Speech:
        assert voice.voice_id == MUTTERER
        self.asked.append((text, seed))
        speech = super().synthesize(
            text, voice=engine_catalogue().get("tone_low"), language=language, settings=settings
        )
        if LOST in text and seed == 2:
            return Speech(
                speech.sample_rate_hz, speech.samples[: len(text)], Alignment((*range(len(text) + 1),))
            )
        if LOST in text or (LATE in text and seed != 1):
            return replace(speech, samples=np.zeros_like(speech.samples))
        return speech


@pytest.fixture(autouse=True)
def muttering(monkeypatch: pytest.MonkeyPatch) -> Iterator[MutteringEngine]:
    """An engine as a package would add it by its entry point."""
    engine = MutteringEngine()
    factories = MappingProxyType({"muttering": lambda: engine, "tone": ToneEngine})
    monkeypatch.setattr(registry, "_installed", lambda: registry._Installed(factories, {}))
    registry._engine_of_process.cache_clear()
    yield engine
    registry._engine_of_process.cache_clear()


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as opened:
        yield opened


def request(text: str, voice_id: VoiceId = MUTTERER) -> SpeechRequest:
    return SpeechRequest(b"key", text, engine_catalogue().get(voice_id).engine, voice_id, "mul", {})


def book(*texts: str) -> Document:
    return make_document(make_document_chapter(*texts))


def convert(studio: Studio, *texts: str, voice_id: VoiceId = MUTTERER) -> ProjectId:
    document = book(*texts)
    studio.convert(document, BookOptions(voice_id=voice_id))
    return studio.save(document)


def test_what_went_wrong_is_said_with_another_seed(muttering: MutteringEngine) -> None:
    """Until it is right; what is right at once is said once, and an engine without seeds is given none."""
    assert speak(request(GOOD)).flaws == ()
    assert speak(request(LATE)).flaws == ()
    assert speak(request(LATE)).samples.any()
    assert speak(request(GOOD, VoiceId("tone_low"))).flaws == ()
    assert muttering.asked == [(GOOD, 0), *[(LATE, 0), (LATE, 1)] * 2]


def test_of_what_is_never_right_the_best_is_kept(muttering: MutteringEngine) -> None:
    """After three attempts; again and again the same."""
    speech = speak(request(LOST))

    assert speech.flaws == ("short",)
    assert speech.samples.size == len(LOST)
    assert np.array_equal(speak(request(LOST)).samples, speech.samples)
    assert muttering.asked == [(LOST, 0), (LOST, 1), (LOST, 2)] * 2


def test_each_stretch_between_pauses_is_judged_by_itself(muttering: MutteringEngine) -> None:
    """A pause is neither silence nor slowness, and one stretch that is said again leaves the others alone."""
    pause = pause_character(3_000)
    speech = speak(request(f"{GOOD}{pause}{LATE}{pause}{pause}…{pause}Oh."))

    assert speech.flaws == ()
    assert muttering.asked == [(GOOD, 0), (LATE, 0), (LATE, 1), ("…", 0), ("Oh.", 0)]
    assert speak(request(f"{GOOD}{pause}{LOST}")).flaws == ("short",)


def test_speech_is_judged_by_the_pace_of_its_voice() -> None:
    """What any voice might do is wrong for one that never does."""
    slow_s = math.log(2.5 * CHARACTER_S)
    slow = Pace(PACE_PARTS, PACE_PARTS * slow_s, PACE_PARTS * slow_s**2)

    assert speak(request(GOOD)).flaws == ()
    assert speak(request(GOOD), slow).flaws == ("short",)


def test_pauses_are_no_part_of_a_pace() -> None:
    """And speech that something is wrong with tells nothing of it."""
    plain, paused = f"{GOOD} {GOOD}", f"{GOOD}{pause_character(2_000)} {GOOD}"

    assert pace_of_speech(paused, speak(request(paused))).log_sum == pytest.approx(
        pace_of_speech(plain, speak(request(plain))).log_sum
    )
    assert pace_of_speech(LOST, speak(request(LOST))) == Pace()


def test_flaws_that_stay_are_told_of(studio: Studio) -> None:
    """Of the chapter and of the project: where, what, and since which take; each until it is spoken again."""
    project_id = convert(studio, GOOD, LOST, LATE, f"{GOOD} And {LOST}")
    whole = get_project_quality(studio.records, studio.workspace_id, project_id)
    with studio.records.read(studio.workspace_id) as tx:
        (chapter,) = projects.list_chapters(tx, project_id)

    assert [(p.text, p.flaws) for p in whole] == [(LOST, ("short",)), (f"{GOOD} And {LOST}", ("short",))]
    lost = chapter.blocks[1]
    assert lost.nodes[0].take is not None
    assert (whole[0].block_id, whole[0].node_id) == (lost.block_id, lost.nodes[0].node_id)
    assert (whole[0].chapter_id, whole[0].take_id) == (chapter.chapter_id, lost.nodes[0].take.take_id)
    assert whole[0].take_made_at_ms > 1_700_000_000_000
    ids = studio.workspace_id, project_id, chapter.chapter_id
    assert get_chapter_quality(studio.records, *ids) == whole

    convert(studio, GOOD, f"{LOST} {GOOD}", LATE, GOOD, voice_id=VoiceId("tone_low"))
    assert get_project_quality(studio.records, studio.workspace_id, project_id) == []


def test_nobody_is_told_of_others_projects(studio: Studio) -> None:
    """They aren't there."""
    project_id = convert(studio, LOST)
    other = WorkspaceId("other")
    with pytest.raises(ProjectNotFound):
        get_project_quality(studio.records, other, project_id)
    with pytest.raises(ProjectNotFound):
        get_chapter_quality(studio.records, other, project_id, ChapterId("any"))
    with pytest.raises(ChapterNotFound):
        get_chapter_quality(studio.records, studio.workspace_id, project_id, ChapterId("any"))


def test_a_conversion_says_what_seems_wrong(studio: Studio) -> None:
    """How many passages, and how the first ones begin."""
    requested = studio.request(book(*(f"{LOST} Day {n}." for n in range(5))), BookOptions(voice_id=MUTTERER))
    studio.run(requested)
    done = get_converted(studio.records, studio.workspace_id, requested.conversion_id)

    assert done.flawed_count == 5
    assert done.flawed == tuple(f"{LOST} Day {n}." for n in range(3))


def test_flaws_of_a_text_that_arrives_are_kept(studio: Studio) -> None:
    """A paragraph that says the same is told of."""
    speaking = LiveSpeaking(studio.records, studio.blobs, ThisProcess(1))
    wanted = SpeakRequest("", MUTTERER, "pcm_44100", "eleven_flash_v2_5", new_id())
    session = speaking.open(studio.workspace_id, wanted, keep=True)
    session.speak(LOST, is_wanted=always)
    session.finish()
    with studio.records.read(studio.workspace_id) as tx:
        spoken = tx.connection.execute(schema.segments.select().where(schema.segments.c.kind == "speech"))
        assert [row.flaws for row in spoken] == ["short"]


def test_a_pace_is_learned_from_what_is_spoken(studio: Studio) -> None:
    """By voice, until enough is known; the same texts again tell nothing, as they aren't spoken again."""
    texts = [f"{GOOD} So said {letter}." for letter in ascii_lowercase[: PACE_PARTS // 2]]
    convert(studio, *texts, LOST)
    assert list(learned(studio)) == [PACE_PARTS // 2]
    convert(studio, *texts, LOST)
    assert list(learned(studio)) == [PACE_PARTS // 2]
    convert(studio, *(f"{text} at all" for text in texts))
    assert list(learned(studio)) == [PACE_PARTS]
    convert(studio, *(f"{text} but her" for text in texts))
    (known,) = learned(studio).values()

    assert known.part_count == PACE_PARTS
    fastest_s, slowest_s = known.limits_s()
    assert fastest_s < CHARACTER_S < slowest_s < 3 * CHARACTER_S


def learned(studio: Studio) -> dict[int, Pace]:
    """The paces that are kept, by their number of parts."""
    with studio.records.read(studio.workspace_id) as tx:
        level_keys = [row.level_key for row in tx.connection.execute(schema.voice_paces.select())]
        return {pace.part_count: pace for pace in paces.find_paces(tx, level_keys).values()}
