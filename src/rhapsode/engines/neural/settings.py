"""What can be set of a neural engine, read once from the environment."""

from typing import Literal, Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rhapsode.studio.errors import InvalidInput


class NeuralSettings(BaseSettings):
    """One engine's, from variables that begin with RHAPSODE_ and its name.

    device: what computes, the processor or an NVIDIA GPU.
    idle_s: seconds without work after which the memory of the models is given back.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True)

    device: Literal["cpu", "cuda"] = "cpu"
    idle_s: float = Field(default=300.0, ge=1, allow_inf_nan=False)

    @classmethod
    def read(cls) -> Self:
        """Raises: InvalidInput, which names the variable that can't be used."""
        try:
            return cls()
        except ValidationError as error:
            first = error.errors()[0]
            name = f"{cls.model_config['env_prefix']}{'_'.join(map(str, first['loc']))}".upper()
            msg = f"{name} can't be used: {first['msg']}."
            raise InvalidInput(msg) from None
