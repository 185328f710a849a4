"""Keys of segments, slices of what is missing, and plans as bytes."""

import json
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories import TONE_LOW, WORKSPACE, make_block, make_chapter, make_project, make_tags

from rhapsode.audio.encoding import MP3_128, MP3_192, PCM, Encoding
from rhapsode.audio.mastering import Mastering
from rhapsode.audio.tags import Tags
from rhapsode.engines.engine import EngineTraits
from rhapsode.engines.registry import get_engine
from rhapsode.rendering import plan as planning
from rhapsode.rendering.draft import ChapterDraft, DraftPart, Sources, SpeechRequest, draft_chapter
from rhapsode.rendering.plan import (
    SLICE_COST_CHARACTERS,
    ChapterPlan,
    ProjectPlan,
    SegmentRequest,
    cut_slices,
    freeze_chapter,
    freeze_requests,
    plan_chapter,
    plan_digest,
    requests_of,
    thaw_chapter,
    thaw_requests,
)
from rhapsode.studio.document import BlockKind
from rhapsode.studio.ids import BlockId, ChapterId, NodeId, VoiceId, WorkspaceId
from rhapsode.studio.project import Block, Chapter, Node
from rhapsode.studio.pronunciation import AliasRule, PhonemeRule, Pronunciation, PronunciationRule
from rhapsode.text.pauses import pause_character
from rhapsode.voices.catalogue import engine_catalogue

RULES = (AliasRule("Smith", "Smyth"), PhonemeRule("tomato", "təˈmɑːtəʊ", "ipa"))
TEXTS = ("har\xadbour", "One.", "Two.", "One.")


def drafted(*texts: str, rules: tuple[PronunciationRule, ...] = ()) -> ChapterDraft:
    chapter = make_chapter(*(make_block(text) for text in texts))
    return draft_chapter(chapter, sources(rules))


def sources(rules: tuple[PronunciationRule, ...] = ()) -> Sources:
    """What a chapter is drafted from, with an engine that heeds pronunciations."""

    def traits(name: str) -> EngineTraits:
        return replace(get_engine(name).traits, pronounces=True)

    return Sources(WORKSPACE, make_project(), {}, engine_catalogue().get_reader, traits, rules)


def planned(
    draft: ChapterDraft,
    *,
    encoding: Encoding = MP3_128,
    encoded: dict[bytes, bytes] | None = None,
    cover_key: bytes | None = None,
    title: str = "Rain",
) -> ChapterPlan:
    return plan_chapter(
        draft,
        cover_key=cover_key,
        tags=make_tags(title),
        encoding=encoding,
        encoded=encoded or {},
        workspace_id=WORKSPACE,
    )


def segment_keys(plan: ChapterPlan) -> list[bytes]:
    return [part.segment_key for part in plan.parts]


def speech(key: int, characters: int = 100, engine: str = "tone") -> SegmentRequest:
    """A request whose keys are two numbers."""
    request = SpeechRequest(
        key.to_bytes(32, "big"), "a" * characters, engine, TONE_LOW, "mul", {"speed": 1.0}
    )
    return SegmentRequest((1_000_000 + key).to_bytes(32, "big"), MP3_128.name, request)


def pause(key: int) -> SegmentRequest:
    return SegmentRequest((2_000_000 + key).to_bytes(32, "big"), MP3_128.name, None, 20)


def slices(
    requests: Iterable[SegmentRequest],
    audio: frozenset[bytes] = frozenset(),
    spoken: frozenset[bytes] = frozenset(),
) -> list[list[SegmentRequest]]:
    return cut_slices(requests, existing_audio=audio, existing_speech=spoken)


def test_equal_parts_have_equal_keys() -> None:
    """The same text twice is one segment, as are pauses of one length; everything else differs."""
    plan = planned(drafted(*TEXTS))
    start, _, newline, one, _, two, _, again, end = segment_keys(plan)
    assert one == again
    assert len({start, newline, one, two, end}) == 5


def test_another_encoding_has_other_keys() -> None:
    """Pauses are encoded too; the speech is the same."""
    draft = drafted(*TEXTS)
    plans = [planned(draft, encoding=encoding) for encoding in (MP3_128, MP3_192, PCM)]
    assert len({key for plan in plans for key in segment_keys(plan)}) == 3 * len(set(segment_keys(plans[0])))
    assert len({tuple(plan.speech_keys) for plan in plans}) == 1


def test_audio_that_was_encoded_before_keeps_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the recipe has changed, a plan still asks for what exists; only new speech has new keys."""
    draft = drafted("One.", "Two.")
    before = planned(draft)
    monkeypatch.setattr(planning, "ENCODING_RECIPE", "2")
    one = next(before.speech_keys)

    after = planned(draft, encoded={one: before.parts[1].segment_key})

    changed = [old.text for old, new in zip(before.parts, after.parts, strict=True) if old != new]
    assert changed == ["Two."]


@pytest.mark.parametrize(
    "other",
    [
        lambda draft: planned(draft, title="Sea"),
        lambda draft: planned(draft, encoding=MP3_192),
        lambda draft: planned(draft, cover_key=bytes(32)),
        lambda draft: planned(replace(draft, parts=draft.parts[:-1])),
        lambda draft: planned(replace(draft, chapter=replace(draft.chapter, name="Sea"))),
    ],
)
def test_a_digest_names_everything_that_a_snapshot_shows(
    other: Callable[[ChapterDraft], ChapterPlan],
) -> None:
    """Tags, name, cover, encoding and parts are in it; the ids of takes, which are new each time, are not."""
    draft = drafted(*TEXTS)
    plan = planned(draft)
    assert other(draft).digest != plan.digest
    assert planned(replace(draft, takes=())).digest == plan.digest


def test_the_digest_of_a_conversion_is_that_of_its_chapters_in_order() -> None:
    """And of the tags of the whole."""
    one, two = planned(drafted("One.")).digest, planned(drafted("Two.")).digest
    digests = {
        plan_digest(chapters, ProjectPlan(title, make_tags(title), None, MP3_128))
        for chapters in ([one], [two], [one, two], [two, one])
        for title in ("Tides", "Ebb")
    }
    assert len(digests) == 8
    project = ProjectPlan("Tides", make_tags(), None, MP3_128)
    assert plan_digest([one, two], project) == plan_digest(iter([one, two]), project)


@pytest.mark.parametrize("cover_key", [None, bytes(32)])
@pytest.mark.parametrize("encoding", [MP3_128, PCM])
def test_a_plan_comes_back_from_its_bytes(encoding: Encoding, cover_key: bytes | None) -> None:
    """Whole, with any text: also with halves of surrogate pairs."""
    plan = planned(drafted(*TEXTS, "\ud800 “😀”"), encoding=encoding, cover_key=cover_key)
    thawed = thaw_chapter(freeze_chapter(plan))
    assert thawed == plan
    assert thawed.digest == plan.digest


def test_what_is_spoken_is_part_of_a_plan() -> None:
    """It comes back with the parts and the takes, and with the requests that say how."""
    draft = drafted("Smith, a tomato.", '<break time="1s"/>', "One.", rules=RULES)
    plan = planned(draft)
    requests = [*requests_of(draft, plan)]

    assert thaw_chapter(freeze_chapter(plan)) == plan
    assert thaw_requests(freeze_requests(requests)) == requests
    assert [part.spoken_text for part in plan.parts if part.speech_key] == [
        "Smyth, a tomato.",
        pause_character(1000),
        None,
    ]
    assert [part.pronunciations for _, take in plan.takes for part in take.parts] == [
        (Pronunciation(9, 15, "təˈmɑːtəʊ"),),
        (),
        (),
    ]
    spoken = [request.speech.pronunciations for request in requests if request.speech is not None]
    assert [len(pronunciations) for pronunciations in spoken] == [1, 0, 0]


def test_what_an_earlier_version_has_frozen_is_understood() -> None:
    """It says nothing of what was spoken, nor of pronunciations, nor of what takes were made of."""
    draft = drafted("One.", "har\xadbour")
    plan = planned(draft)
    chapter = json.loads(zlib.decompress(freeze_chapter(plan)))
    assert {len(row) for row in chapter["parts"]} == {6}
    assert {len(part) for _, _, _, parts, _ in chapter["takes"] for part in parts} == {4}
    without_sources = chapter | {"takes": [row[:4] for row in chapter["takes"]]}
    thawed = thaw_chapter(zlib.compress(json.dumps(without_sources).encode()))
    assert thawed.takes == tuple((node_id, replace(take, source=None)) for node_id, take in plan.takes)
    rows = json.loads(zlib.decompress(freeze_requests(requests_of(draft, plan))))
    for _, _, request, _ in rows:
        if request is not None:
            del request["pronunciations"]
    assert thaw_requests(zlib.compress(json.dumps(rows).encode())) == [*requests_of(draft, plan)]


def test_a_plan_of_what_is_spoken_as_it_is_keeps_its_digest() -> None:
    """That of the first version: such a chapter, converted before, isn't assembled again."""
    texts = ("It rained on the har\u00adbour.\nNobody\u200b came, “not one”.", "The lamp was lit. " * 100)
    blocks = tuple(
        Block(BlockId(f"b{i}"), BlockKind.PARAGRAPH, "p", (Node(NodeId(f"n{i}"), text),))
        for i, text in enumerate(texts)
    )
    chapter = Chapter(ChapterId("chapter"), "Rain", blocks)
    draft = draft_chapter(chapter, replace(sources(RULES), workspace_id=WorkspaceId("pinned")))
    plan = plan_chapter(
        draft,
        cover_key=None,
        tags=Tags("t", book="b", author="a", narrator="n", track=1, track_count=1),
        encoding=MP3_128,
        encoded={},
        workspace_id=WorkspaceId("pinned"),
    )
    assert plan.digest.hex() == "26343a28e06f317b221ce9cbf89b95d1b5bc2cb5401fae45474291c20d264b0b"


def test_requests_come_back_from_their_bytes() -> None:
    """Speech with its settings, pauses with their length."""
    draft = drafted(*TEXTS, "\u200b", "\ud800 “😀”")
    requests = [*requests_of(draft, planned(draft)), speech(1), pause(2)]
    thawed = thaw_requests(freeze_requests(requests))
    assert thawed == requests
    assert [request.character_count for request in thawed[:3]] == [0, 7, 0]


def test_audio_that_is_not_mastered_has_the_key_it_always_had() -> None:
    """Of the speech of 32 zeros in MP3, and of its mastered twin."""
    request = SpeechRequest(bytes(32), "One.", "tone", TONE_LOW, "mul", {})
    draft = ChapterDraft(make_chapter(), (DraftPart("One.", request=request),), (), frozenset())
    plan = {}
    for mastering in (None, Mastering(1.5), Mastering(0.0)):
        masterings = {} if mastering is None else {request.speech_key: mastering}
        plan[mastering] = plan_chapter(
            draft,
            cover_key=None,
            tags=make_tags(),
            encoding=MP3_128,
            encoded={},
            workspace_id=WORKSPACE,
            masterings=masterings,
        )
        (asked,) = requests_of(draft, plan[mastering], masterings)
        assert (asked.mastering, asked.segment_key) == (mastering, plan[mastering].parts[0].segment_key)
        assert thaw_requests(freeze_requests([asked])) == [asked]

    keys = {mastering: made.parts[0].segment_key.hex() for mastering, made in plan.items()}
    assert keys[None] == "2fc3b684375c682730b837fad28cd8791af062dcc0c08ba60e3cc43ad9007137"
    assert keys[Mastering(1.5)] == "19040771a76bf0acb462c1dd17b48af1c69133837e65a5db227d835b774adb7b"
    assert len(set(keys.values())) == 3


def test_a_slice_without_mastering_has_the_bytes_it_always_had() -> None:
    """A row of four, so that what is frozen by one version is understood by another."""
    (row,) = json.loads(zlib.decompress(freeze_requests([speech(1)])))
    assert len(row) == 4


def test_what_exists_is_not_asked_for() -> None:
    """Nor is anything asked for twice: a segment is made where it is first needed."""
    requests = [pause(1), speech(1), pause(1), speech(1), speech(2), pause(1)]
    assert slices(requests) == [[pause(1), speech(1), speech(2)]]
    assert slices(requests, frozenset({speech(1).segment_key})) == [[pause(1), speech(2)]]
    assert slices(requests, frozenset(request.segment_key for request in requests)) == []


def test_slices_cost_about_the_same() -> None:
    """Speaking costs twice what encoding existing speech does."""
    requests = [speech(i) for i in range(60)]
    sizes = [len(piece) for piece in slices(requests)]
    assert sizes == [SLICE_COST_CHARACTERS // 100] * 2 + [10]

    spoken = frozenset(request.speech.speech_key for request in requests if request.speech)
    assert [len(piece) for piece in slices(requests, spoken=spoken)] == [50, 10]


def test_a_slice_has_one_engine() -> None:
    """Speakers who take turns fill a slice each; what needs no engine goes along with whatever comes before it."""
    dialogue = [speech(i, engine="espeak" if i % 2 else "tone") for i in range(60)]
    told = [len(piece) for piece in slices(dialogue)]
    assert told == [25, 25, 5, 5]
    for piece in slices(dialogue):
        assert len({request.speech.engine for request in piece if request.speech}) == 1
    assert [piece[0] for piece in slices(dialogue)] == [dialogue[0], dialogue[1], dialogue[50], dialogue[51]]

    spoken, espeak = speech(100, engine="espeak"), speech(2, engine="espeak")
    there = frozenset({spoken.speech.speech_key} if spoken.speech else ())
    assert slices([pause(1), spoken, speech(1), pause(2), espeak, pause(3)], spoken=there) == [
        [pause(1), spoken, speech(1), pause(2)],
        [espeak, pause(3)],
    ]


@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["tone", "espeak"])), max_size=60))
def test_no_slice_mixes_engines(drawn: list[tuple[int, str]]) -> None:
    """Nothing is left out for it, and slices come in the order of their beginnings."""
    requests = [
        speech(key + (100 if engine == "espeak" else 0), 100 * key + 1, engine) for key, engine in drawn
    ]
    places = {request.segment_key: place for place, request in reversed([*enumerate(requests)])}
    cut = [[places[request.segment_key] for request in piece] for piece in slices(requests)]
    assert sorted(place for piece in cut for place in piece) == sorted(places.values())
    assert all(piece == sorted(piece) for piece in cut)
    assert [piece[0] for piece in cut] == sorted(piece[0] for piece in cut)
    assert all(len({drawn[place][1] for place in piece}) == 1 for piece in cut)


@given(st.lists(st.integers(0, 20), max_size=60))
def test_slices_are_the_missing_requests_in_order(drawn: list[int]) -> None:
    """Each exactly once, and none but the last request takes a slice over its cost."""
    requests = [speech(key, 100 * key + 1) for key in drawn]
    cut = slices(requests)
    firsts = list({request.segment_key: request for request in requests}.values())
    assert [request for piece in cut for request in piece] == firsts
    assert all(
        sum(request.character_count for request in piece[:-1]) < SLICE_COST_CHARACTERS for piece in cut
    )


def test_voices_are_part_of_keys() -> None:
    """What one voice has said, another has not."""
    chapter = make_chapter("One.")
    low, high = (
        draft_chapter(
            chapter,
            Sources(
                WORKSPACE,
                make_project(voice_id=VoiceId(voice)),
                {},
                engine_catalogue().get_reader,
                lambda name: get_engine(name).traits,
            ),
        )
        for voice in ("tone_low", "tone_high")
    )
    assert set(planned(low).speech_keys).isdisjoint(planned(high).speech_keys)
