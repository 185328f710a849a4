"""What can be set of an engine."""

import pytest
from pydantic_settings import SettingsConfigDict

from rhapsode.engines.neural.settings import NeuralSettings
from rhapsode.studio.errors import InvalidInput


class OddSettings(NeuralSettings):
    """Those of an engine that is called odd."""

    model_config = SettingsConfigDict(env_prefix="RHAPSODE_ODD_")


def test_an_engine_has_variables_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is empty is not set, and another engine's is nothing to it."""
    monkeypatch.setenv("RHAPSODE_ODD_DEVICE", "cuda")
    monkeypatch.setenv("RHAPSODE_ODD_IDLE_S", "")
    monkeypatch.setenv("RHAPSODE_EVEN_IDLE_S", "7")

    assert OddSettings.read() == OddSettings(device="cuda", idle_s=300.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("DEVICE", "gpu"), ("IDLE_S", "soon"), ("IDLE_S", "0"), ("IDLE_S", "inf")],
)
def test_a_variable_that_cant_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """So that nobody has to guess which one it is."""
    monkeypatch.setenv(f"RHAPSODE_ODD_{name}", value)
    with pytest.raises(InvalidInput, match=f"^RHAPSODE_ODD_{name} can't be used: "):
        OddSettings.read()
