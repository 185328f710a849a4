"""What is asked for ahead."""

from rhapsode.engines.conformance.speaking import TEXTS
from rhapsode.engines.conformance.subject import (
    SENTENCE,
    AnySpeech,
    Check,
    Speaker,
    expect,
    expect_same,
)
from rhapsode.engines.engine import EngineTraits
from rhapsode.studio.errors import TextRefused

_TEXTS = (*TEXTS[:5], *(f"This is number {number}." for number in range(1, 6)))


def prepared_texts_are_spoken_as_ever(speaker: Speaker) -> None:
    """Whether they are asked for in their order, in another one, twice or never."""
    plain = {text: speaker.speak(text) for text in _TEXTS}
    count = speaker.traits.prepares
    for start in range(0, len(_TEXTS), count):
        ahead = _TEXTS[start : start + count]
        _prepare_all(speaker, ahead)
        _speak_all(speaker, ahead, plain)
        _prepare_all(speaker, ahead)
        _speak_all(speaker, ahead[::-1], plain)
        _speak_all(speaker, ahead[:1], plain)


def too_many_prepared_texts_are_forgotten(speaker: Speaker) -> None:
    """What nobody asks for is in nobody's way, however much it is."""
    plain = {text: speaker.speak(text) for text in _TEXTS}
    _prepare_all(speaker, _TEXTS)
    _prepare_all(speaker, _TEXTS[:1] * 3)
    _speak_all(speaker, (SENTENCE, *_TEXTS[1:]), plain | {SENTENCE: speaker.speak(SENTENCE)})
    _prepare_all(speaker, _TEXTS)
    speaker.engine.close()
    _speak_all(speaker, _TEXTS[:2], plain)


def what_cant_be_spoken_cant_be_prepared(speaker: Speaker) -> None:
    """It is refused at once, and the engine goes on."""
    try:
        speaker.prepare("x" * (speaker.traits.max_characters + 1))
    except TextRefused:
        expect(bool(speaker.speak(SENTENCE).samples.any()), "After a refusal nothing is heard.")
    else:
        expect(False, "A text beyond max_characters is prepared.")


def _prepare_all(speaker: Speaker, texts: tuple[str, ...]) -> None:
    for text in texts:
        speaker.prepare(text)


def _speak_all(speaker: Speaker, texts: tuple[str, ...], plain: dict[str, AnySpeech]) -> None:
    for text in texts:
        said = speaker.speak(text)
        expect_same(speaker, said, plain[text], sentence=f"{text!r} is said otherwise when it was prepared.")


def _prepares(traits: EngineTraits) -> bool:
    return traits.prepares > 0


CHECKS = (
    Check(prepared_texts_are_spoken_as_ever, _prepares),
    Check(too_many_prepared_texts_are_forgotten, _prepares),
    Check(what_cant_be_spoken_cant_be_prepared, _prepares),
)
