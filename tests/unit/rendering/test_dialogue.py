"""What a dialogue comes down to: its lines in parts, and a pause between two of them."""

from dataclasses import replace

import pytest
from tests.factories import TONE_HIGH, TONE_LOW, WORKSPACE

from rhapsode.audio.grid import pause_frames
from rhapsode.rendering.dialogue import DialogueRequest, RequestedLine, plan_dialogue
from rhapsode.rendering.pauses import LINE_MS
from rhapsode.rendering.script import SpeakRequest, plan_script
from rhapsode.studio.errors import EmptyText, TextTooLong, UnknownOutputFormat, UnknownVoice
from rhapsode.studio.history import DialogueLine
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.limits import MAX_SPEAK_CHARACTERS
from rhapsode.voices.catalogue import engine_catalogue

LINES = (
    RequestedLine("Who is there?", TONE_LOW),
    RequestedLine("Nobody. " * 400, TONE_HIGH),
    RequestedLine("Good.", TONE_LOW),
)
REQUEST = DialogueRequest(LINES, "mp3_44100_128", "eleven_v3", "request")


def test_the_parts_are_the_text() -> None:
    """Joined, they are all lines with a line feed between two; so alignments are of that text."""
    script = plan_dialogue(WORKSPACE, REQUEST, engine_catalogue())
    assert "".join(part.text for part in script.parts) == REQUEST.text
    assert REQUEST.text == "\n".join(line.text for line in LINES)
    assert REQUEST.character_count == len(REQUEST.text) - 2


def test_a_pause_stands_between_two_lines() -> None:
    """It is a part of its own, without speech, and none is inside a line that is spoken in several parts."""
    parts = plan_dialogue(WORKSPACE, REQUEST, engine_catalogue()).parts
    pauses = [number for number, part in enumerate(parts) if part.speech_key is None]
    assert pauses == [1, len(parts) - 2]
    assert {(parts[n].text, parts[n].frame_count) for n in pauses} == {("\n", pause_frames(LINE_MS))}
    assert len(parts) > 5


def test_a_line_is_planned_as_a_text_of_its_own() -> None:
    """Under the same keys, so both share their speech."""
    script = plan_dialogue(WORKSPACE, REQUEST, engine_catalogue())
    alone = [
        plan_script(
            WORKSPACE,
            SpeakRequest(line.text, line.voice_id, "mp3_44100_128", "eleven_v3", "request"),
            engine_catalogue(),
        )
        for line in LINES
    ]
    of_lines = [part.speech_key for one in alone for part in one.parts]
    assert [part.speech_key for part in script.parts if part.speech_key is not None] == of_lines
    assert script.requests == {key: asked for one in alone for key, asked in one.requests.items()}


def test_the_first_voice_stands_for_all() -> None:
    """The lines say who speaks, under the names that the client knows."""
    rachel = VoiceId("21m00Tcm4TlvDq8ikWAM")
    script = plan_dialogue(
        WORKSPACE, replace(REQUEST, lines=(RequestedLine("Hm.", rachel), LINES[0])), engine_catalogue()
    )
    assert (script.voice_id, script.voice_name) == (rachel, "Rachel")
    assert script.lines == (
        DialogueLine("Hm.", rachel, "Rachel"),
        DialogueLine("Who is there?", TONE_LOW, "Tone Low"),
    )


def test_a_line_of_nothing_but_directions_is_silent() -> None:
    """It is no empty line: what it says is said, in no time."""
    (part,) = plan_dialogue(
        WORKSPACE, replace(REQUEST, lines=(RequestedLine("[sighs]", TONE_LOW),)), engine_catalogue()
    ).parts
    assert part.text == "[sighs]"
    assert part.spoken_text == ""


@pytest.mark.parametrize(
    ("lines", "error", "words"),
    [
        ((), EmptyText, "no lines"),
        ((LINES[0], RequestedLine(" ", TONE_LOW)), EmptyText, "Line 2"),
        (
            (RequestedLine("x" * MAX_SPEAK_CHARACTERS, TONE_LOW), LINES[0]),
            TextTooLong,
            str(MAX_SPEAK_CHARACTERS),
        ),
        ((RequestedLine("Hm.", VoiceId("nobody")),), UnknownVoice, "nobody"),
    ],
)
def test_what_cant_be_spoken_is_refused(
    lines: tuple[RequestedLine, ...], error: type[Exception], words: str
) -> None:
    """In a sentence that says which line, or how long."""
    with pytest.raises(error, match=words):
        plan_dialogue(WORKSPACE, replace(REQUEST, lines=lines), engine_catalogue())


def test_an_unknown_format_is_refused() -> None:
    """Before anything is planned."""
    with pytest.raises(UnknownOutputFormat):
        plan_dialogue(WORKSPACE, replace(REQUEST, output_format="mp3"), engine_catalogue())
