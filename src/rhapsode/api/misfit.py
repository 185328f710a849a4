"""What doesn't fit a model that the framework hasn't looked at itself, told as it tells its own."""

from typing import Any, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

ModelT = TypeVar("ModelT", bound=BaseModel)


def checked(model: type[ModelT], sent: object) -> ModelT:
    """What was sent, as a model. Raises: RequestValidationError."""
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        raise misfit(error) from None


def misfit(error: ValidationError, *where: str | int) -> RequestValidationError:
    """The same problems, found in the body at `where`."""
    return RequestValidationError([_located(problem, where) for problem in error.errors(include_url=False)])


def _located(problem: Any, where: tuple[str | int, ...]) -> dict[str, Any]:
    located: dict[str, Any] = problem | {"loc": ("body", *where, *problem["loc"])}
    if problem["type"] == "missing":
        # What lacks a field may be a whole book.
        located["input"] = None
    return located
