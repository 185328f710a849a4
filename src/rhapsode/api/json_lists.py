"""Fields of a form that are a list of objects: the key is repeated, and each value is an object as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from rhapsode.api.json_body import read_json
from rhapsode.api.misfit import misfit
from rhapsode.studio.errors import InvalidInput, MalformedJson

ModelT = TypeVar("ModelT", bound=BaseModel)


def read_json_list(texts: Sequence[str], model: type[ModelT], *, where: str, limit: int) -> list[ModelT]:
    """The objects of a field. One value may also hold all of them, as an array. where: the name of the field.

    Raises: MalformedJson; InvalidInput, when there are more than `limit`; RequestValidationError.
    """
    values = [value for text in texts if text.strip() for value in _values(text, where)]
    if len(values) > limit:
        msg = f"There are {len(values):,} {where}; at most {limit:,} are possible."
        raise InvalidInput(msg)
    return [_checked(model, value, where, index) for index, value in enumerate(values)]


def _values(text: str, where: str) -> Iterator[Any]:
    try:
        value = read_json(text.encode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        msg = f"{where} isn't JSON. {error}."
        raise MalformedJson(msg) from None
    yield from value if isinstance(value, list) else [value]


def _checked(model: type[ModelT], value: object, where: str, index: int) -> ModelT:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise misfit(error, where, index) from None
