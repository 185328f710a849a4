"""What is said of a chapter, and what keeps the speech it has."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.factories import (
    TONE_HIGH,
    TONE_LOW,
    WORKSPACE,
    make_block,
    make_chapter,
    make_node,
    make_project,
    need_espeak,
)

from rhapsode.audio.grid import pause_frames
from rhapsode.engines.engine import EngineTraits
from rhapsode.engines.registry import get_engine
from rhapsode.rendering import pauses
from rhapsode.rendering.draft import ChapterDraft, DraftPart, Sources, draft_chapter
from rhapsode.rendering.reading import heeded_settings
from rhapsode.studio.document import BlockKind
from rhapsode.studio.errors import UnknownLanguage, UnknownVoice
from rhapsode.studio.ids import NodeId, VoiceId
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS
from rhapsode.studio.project import Chapter, Project, ProjectDetails, Take, TakePart
from rhapsode.studio.pronunciation import AliasRule, PhonemeRule, Pronunciation, PronunciationRule
from rhapsode.studio.voice import VoiceSettings
from rhapsode.text.pauses import pause_character
from rhapsode.voices.catalogue import engine_catalogue

TakesBySource = Mapping[tuple[NodeId, bytes], Take]


def traits_of(engine: str) -> EngineTraits:
    return get_engine(engine).traits


def sources(
    project: Project | None = None,
    *,
    takes: TakesBySource | None = None,
    version: str | None = None,
    max_characters: int = MAX_SEGMENT_CHARACTERS,
    heeded: tuple[str, ...] = (),
    rules: tuple[PronunciationRule, ...] = (),
) -> Sources:
    def traits(engine: str) -> EngineTraits:
        known = traits_of(engine)
        return replace(
            known,
            version=version or known.version,
            max_characters=max_characters,
            heeded_settings=heeded,
            pronounces=True,
        )

    return Sources(
        WORKSPACE, project or make_project(), takes or {}, engine_catalogue().get_reader, traits, rules
    )


def with_details(**details: Any) -> Project:
    return replace(make_project(), details=ProjectDetails(**details))


def spoken_texts(draft: ChapterDraft) -> list[str]:
    return [part.request.spoken_text for part in draft.parts if part.request is not None]


def spoken(draft: ChapterDraft) -> list[DraftPart]:
    return [part for part in draft.parts if part.request is not None]


def keys(draft: ChapterDraft) -> list[bytes]:
    return [part.request.speech_key for part in draft.parts if part.request is not None]


def with_takes(chapter: Chapter, draft: ChapterDraft) -> Chapter:
    """The chapter as it is once the draft has been converted."""
    takes = dict(draft.takes)
    blocks = tuple(
        replace(b, nodes=tuple(replace(n, take=takes.get(n.node_id, n.take)) for n in b.nodes))
        for b in chapter.blocks
    )
    return replace(chapter, blocks=blocks)


def with_text(chapter: Chapter, ordinal: int, text: str) -> Chapter:
    blocks = list(chapter.blocks)
    node = blocks[ordinal].nodes[0]
    blocks[ordinal] = replace(blocks[ordinal], nodes=(replace(node, text=text), *blocks[ordinal].nodes[1:]))
    return replace(chapter, blocks=tuple(blocks))


def test_a_chapter_is_speech_between_pauses() -> None:
    """Silence at both ends, the newline between two blocks is a pause, and each node is a segment."""
    draft = draft_chapter(make_chapter(make_block("Rain", kind=BlockKind.HEADING), "One.", "Two."), sources())

    assert [(part.text, part.frame_count) for part in draft.parts] == [
        ("", pause_frames(pauses.CHAPTER_START_MS)),
        ("Rain", None),
        ("\n", pause_frames(pauses.HEADING_MS)),
        ("One.", None),
        ("\n", pause_frames(pauses.PARAGRAPH_MS)),
        ("Two.", None),
        ("", pause_frames(pauses.CHAPTER_END_MS)),
    ]
    assert all((part.request is None) == (part.node_id is None) for part in draft.parts)


def test_what_is_not_narrated_leaves_no_trace() -> None:
    """Blocks left out and empty ones have neither speech nor a pause."""
    note = make_block("See below.", kind=BlockKind.NOTE, narrated=False)
    plain = draft_chapter(make_chapter("One.", "Two."), sources())
    noted = draft_chapter(make_chapter(note, "One.", note, make_block(" "), "Two.", make_block()), sources())
    assert [(p.text, p.frame_count) for p in noted.parts] == [(p.text, p.frame_count) for p in plain.parts]
    assert keys(noted) == keys(plain)


@pytest.mark.parametrize("count", [1, 2])
def test_scene_breaks_lengthen_the_pause_between_their_neighbours(count: int) -> None:
    """One or several in a row are one long pause; at the ends of a chapter they are nothing."""
    silence = make_block(kind=BlockKind.SCENE_BREAK)
    note = make_block("See below.", kind=BlockKind.NOTE, narrated=False)
    draft = draft_chapter(make_chapter(silence, "One.", *[silence] * count, note, "Two.", silence), sources())
    assert [part.frame_count for part in draft.parts if part.text == "\n"] == [
        pause_frames(pauses.SCENE_BREAK_MS)
    ]
    assert len(draft.parts) == 5


def test_voices_come_from_the_node_or_from_the_kind_of_block() -> None:
    """Headings have the project's voice of titles, the rest that of paragraphs, and a node may have its own."""
    project = replace(make_project(), default_title_voice_id=TONE_HIGH)
    chapter = make_chapter(
        make_block("Rain", kind=BlockKind.HEADING),
        make_block("One, ", make_node("two, ", voice_id=TONE_HIGH), "three."),
    )

    draft = draft_chapter(chapter, sources(project))

    assert [(p.text, p.request.voice_id) for p in spoken(draft) if p.request] == [
        ("Rain", TONE_HIGH),
        ("One, ", TONE_LOW),
        ("two, ", TONE_HIGH),
        ("three.", TONE_LOW),
    ]
    assert [p.text for p in draft.parts].count("\n") == 1


def test_a_voice_nobody_has_is_refused() -> None:
    """Before anything is spoken."""
    chapter = make_chapter(make_block(make_node("One.", voice_id=VoiceId("nobody"))))
    with pytest.raises(UnknownVoice, match="nobody"):
        draft_chapter(chapter, sources())


def test_a_passage_in_another_language_is_spoken_in_it() -> None:
    """Where the voice speaks it; otherwise it is read as the book's language, and the draft says so."""
    need_espeak()
    chapter = make_chapter(
        "One.", make_block("Zwei.", language="de"), make_block("wej", language="tlh"), "Four."
    )
    draft = draft_chapter(chapter, sources(make_project(voice_id=VoiceId("espeak_alder"), language="en-US")))
    languages = [part.request.language for part in spoken(draft) if part.request]
    assert languages == ["en-US", "de", "en-US", "en-US"]
    assert draft.unspoken_languages == {"tlh"}


def test_a_book_in_a_language_the_voice_does_not_speak_is_refused() -> None:
    """A whole book read as another language would be noise."""
    need_espeak()
    project = make_project(voice_id=VoiceId("espeak_alder"), language="tlh")
    with pytest.raises(UnknownLanguage):
        draft_chapter(make_chapter("wa'"), sources(project))


def test_long_nodes_are_cut_at_sentences() -> None:
    """The parts cover the text without a gap, each within the engine's limit."""
    text = "The rain fell on the harbour. " * 30
    draft = draft_chapter(make_chapter(text), sources(max_characters=100))
    parts = [part.text for part in spoken(draft)]
    assert "".join(parts) == text
    assert all(len(part) <= 100 for part in parts)
    assert all(part.endswith("harbour. ") for part in parts)
    assert [(p.start, p.end) for p in draft.takes[0][1].parts] == [
        (90 * i, 90 * i + 90) for i in range(len(parts))
    ]


def test_characters_without_a_sound_are_not_sent_to_the_engine() -> None:
    """Two texts that sound alike share speech, each with its own way back to the original."""
    draft = draft_chapter(make_chapter("har\xadbour", "harbour", "\u200b"), sources())
    soft, plain, silent = spoken(draft)
    assert soft.request is not None
    assert silent.request is not None
    assert soft.request.spoken_text == "harbour"
    assert soft.request == plain.request
    assert (soft.spans, plain.spans) == ((3, 1, 0), ())
    assert (silent.request.spoken_text, silent.spans) == ("", (0, 1, 0))


def test_each_voice_has_the_projects_settings_for_it() -> None:
    """One that isn't named is read at its defaults."""
    project = with_details(voice_settings={TONE_HIGH: VoiceSettings(speed=1.1)})
    chapter = make_chapter(make_block("One, ", make_node("two.", voice_id=TONE_HIGH)))
    settings = [
        p.request.settings
        for p in spoken(draft_chapter(chapter, sources(project, heeded=("speed",))))
        if p.request
    ]
    assert settings == [{"speed": 1.0}, {"speed": 1.1}]


def test_a_project_says_how_its_text_is_read() -> None:
    """Its numbers in words of its language, unless it says otherwise, and its audio tags as its model does."""
    chapter = make_chapter("[sighs] 12 lamps.", make_block("12 lamps.", language="de"))

    def read(**details: Any) -> list[str]:
        return spoken_texts(draft_chapter(chapter, sources(with_details(**details))))

    english, german = "twelve lamps.", "zwölf lamps."
    assert read() == [f"[sighs] {english}", german]
    assert read(apply_text_normalization="off") == ["[sighs] 12 lamps.", "12 lamps."]
    assert read(apply_text_normalization="apply_english") == [f"[sighs] {english}", english]
    assert read(default_model_id="eleven_v3") == [f" {english}", german]


def test_rules_of_dictionaries_change_what_is_spoken() -> None:
    """And only what they fit in is new."""
    chapter = make_chapter("Smith came.", "A tomato.", "It rained.")
    before = draft_chapter(chapter, sources())
    done = with_takes(chapter, before)
    rules = (AliasRule("Smith", "Smyth"), PhonemeRule("tomato", "təˈmɑːtəʊ", "ipa"))

    after = draft_chapter(done, sources(rules=rules))

    assert spoken_texts(after) == ["Smyth came.", "A tomato.", "It rained."]
    pronounced = [p.request.pronunciations for p in spoken(after) if p.request]
    assert pronounced == [(), (Pronunciation(2, 8, "təˈmɑːtəʊ"),), ()]
    assert [node_id for node_id, _ in after.takes] == [b.nodes[0].node_id for b in chapter.blocks[:2]]
    assert [p.text for p in spoken(after)] == [p.text for p in spoken(before)]


def test_a_take_is_spoken_again_as_it_was() -> None:
    """Also one of a version that read numbers and pauses aloud: its times are those of what it said."""
    texts = ("12 lamps.", '<break time="1s"/>')
    chapter = make_chapter(*texts)
    drafted = draft_chapter(chapter, sources())
    old = {
        node_id: replace(take, parts=tuple(TakePart(p.start, p.end, p.speech_key) for p in take.parts))
        for node_id, take in drafted.takes
    }
    blocks = tuple(
        replace(b, nodes=(replace(b.nodes[0], take=old[b.nodes[0].node_id]),)) for b in chapter.blocks
    )

    again = draft_chapter(replace(chapter, blocks=blocks), sources())

    assert spoken_texts(drafted) == ["twelve lamps.", pause_character(1000)]
    assert spoken_texts(again) == list(texts)
    assert again.takes == ()


def test_what_a_take_has_said_is_kept_with_it() -> None:
    """Rules that are gone meanwhile are still those of the take that was made by them."""
    chapter = make_chapter("Smith ate a tomato.")
    rules = (AliasRule("Smith", "Smyth"), PhonemeRule("tomato", "təˈmɑːtəʊ", "ipa"))
    first = draft_chapter(chapter, sources(rules=rules))
    node_id, take = first.takes[0]
    gone = draft_chapter(with_takes(chapter, first), sources())
    back = draft_chapter(
        with_takes(with_takes(chapter, first), gone),
        sources(rules=rules, version="2", takes={(node_id, take.source_key): take}),
    )
    assert spoken_texts(gone) == ["Smith ate a tomato."]
    assert back.parts == first.parts


def test_a_finished_chapter_needs_no_takes() -> None:
    """Once converted, the same draft comes again without a single new take."""
    chapter = make_chapter("One.", make_block("Two, ", "three."))
    first = draft_chapter(chapter, sources())
    again = draft_chapter(with_takes(chapter, first), sources())
    assert [node_id for node_id, _ in first.takes] == [
        node.node_id for block in chapter.blocks for node in block.nodes
    ]
    assert again.takes == ()
    assert again.parts == first.parts


def test_a_new_version_of_an_engine_makes_nothing_stale() -> None:
    """Every node keeps the speech it has, and only what is edited is spoken by the new version."""
    chapter = make_chapter("One.", "Two.")
    first = draft_chapter(chapter, sources())
    done = with_takes(chapter, first)

    updated = draft_chapter(done, sources(version="2"))
    edited = draft_chapter(with_text(done, 0, "Once."), sources(version="2"))
    elsewhere = draft_chapter(with_text(done, 0, "Once."), sources())

    assert updated.parts == first.parts
    assert keys(edited)[1] == keys(first)[1]
    assert keys(edited)[0] not in {keys(first)[0], keys(elsewhere)[0]}
    assert [node_id for node_id, _ in edited.takes] == [chapter.blocks[0].nodes[0].node_id]


def test_going_back_to_an_earlier_text_finds_its_take() -> None:
    """Even when the engine has been updated meanwhile."""
    chapter = make_chapter("One.")
    first = draft_chapter(chapter, sources())
    node_id, take = first.takes[0]
    edited = with_text(with_takes(chapter, first), 0, "Once.")
    done = with_takes(edited, draft_chapter(edited, sources()))
    assert done.blocks[0].nodes[0].take not in (None, take)

    back = draft_chapter(
        with_text(done, 0, "One."), sources(version="2", takes={(node_id, take.source_key): take})
    )

    assert back.takes == ((node_id, take),)
    assert keys(back) == keys(first)


def test_a_setting_matters_where_the_engine_heeds_it() -> None:
    """A setting that nobody hears is no part of a request, and so of no key."""
    assert heeded_settings(traits_of("tone"), VoiceSettings(speed=1.1)) == {}
    heeding = replace(traits_of("tone"), heeded_settings=("speed",))
    assert heeded_settings(heeding, VoiceSettings(speed=1.1, style=0.5)) == {"speed": 1.1}
    chapter = make_chapter("One.")
    deaf, heeds = (draft_chapter(chapter, sources(heeded=heeded)) for heeded in ((), ("speed",)))
    assert keys(deaf) != keys(heeds)
