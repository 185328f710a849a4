"""Models: the names that clients may ask for."""

import httpx
import pytest
from elevenlabs import ElevenLabs
from tests.factories import need_espeak

from rhapsode.studio.limits import MAX_SPEAK_CHARACTERS
from rhapsode.studio.models import DEFAULT_MODEL_ID, MODELS

from .journeys import error_of
from .speaking import speak


def test_the_list_is_a_bare_array_with_the_default_first(http: httpx.Client, client: ElevenLabs) -> None:
    """Every name once, each for speech."""
    assert isinstance(http.get("/v1/models").json(), list)
    models = client.models.list()

    assert [model.model_id for model in models] == list(MODELS)
    assert models[0].model_id == DEFAULT_MODEL_ID
    assert all(model.can_do_text_to_speech and not model.can_do_voice_conversion for model in models)
    limits = {model.model_id: model.maximum_text_length_per_request for model in models}
    assert limits == {model.model_id: model.max_characters for model in MODELS.values()}
    assert (limits[DEFAULT_MODEL_ID], limits["eleven_v3"]) == (10_000, 5_000)
    assert max(limits.values()) == MAX_SPEAK_CHARACTERS


def test_models_speak_what_the_installed_voices_speak(client: ElevenLabs) -> None:
    """Each language once, by name; the models that are English in the original say English alone."""
    need_espeak()
    languages = {
        model.model_id: {language.language_id: language.name for language in model.languages or ()}
        for model in client.models.list()
    }

    multilingual = languages[DEFAULT_MODEL_ID]
    assert {
        "en": "English",
        "de": "German",
        "pt": "Portuguese",
        "yue": "Cantonese",
    }.items() <= multilingual.items()
    assert len(multilingual) > 60
    assert not [tag for tag, name in multilingual.items() if tag == name or tag == "mul"]
    assert languages["eleven_monolingual_v1"] == {"en": "English"}


@pytest.mark.parametrize("model_id", ["eleven_flash_v2_5", "eleven_v3"])
def test_a_text_is_spoken_under_the_name_that_was_asked_for(http: httpx.Client, model_id: str) -> None:
    """And the history keeps that name."""
    item_id = speak(http, "Hello.", model_id=model_id)

    assert http.get(f"/v1/history/{item_id}").json()["model_id"] == model_id


def test_an_unknown_model_is_refused(http: httpx.Client) -> None:
    """As the original does: 400, with a code that says what isn't there."""
    response = http.post("/v1/text-to-speech/tone_low", json={"text": "Hello.", "model_id": "eleven_nothing"})

    assert error_of(response) == (400, "model_not_found")
