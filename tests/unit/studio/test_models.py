"""Names of models."""

import pytest

from rhapsode.studio.errors import UnknownModel
from rhapsode.studio.models import DEFAULT_MODEL_ID, MODELS, get_model


@pytest.mark.parametrize(
    "name",
    [
        "eleven_multilingual_v2",
        "eleven_flash_v2_5",
        "eleven_turbo_v2_5",
        "eleven_v3",
        "eleven_monolingual_v1",
    ],
)
def test_names_that_clients_have_in_their_code_are_known(name: str) -> None:
    """Each gives the model of that very name."""
    assert get_model(name).model_id == name


def test_the_default_comes_first() -> None:
    """A client that takes the first of the list takes what it would have got without asking."""
    assert next(iter(MODELS)) == DEFAULT_MODEL_ID


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    """A model for other things than speech is as unknown as one that never was."""
    for name in ("eleven_multilingual_sts_v2", "", "ELEVEN_V3"):
        with pytest.raises(UnknownModel, match="there are eleven_multilingual_v2, "):
            get_model(name)
