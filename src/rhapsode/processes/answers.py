"""What a limited child says, as bytes. It may have been taken over by what it reads, so only values are read in it.

A pickle is a program: it may call whatever it names, and set attributes of whatever it has. So nothing is looked up
for it but what values are made of: dataclasses, enumerations and named tuples of this package, and exceptions; and it
sets attributes of nothing but what it has made itself.
"""

import builtins
import dataclasses
import enum
import importlib
import io
import pickle
from typing import Any, ClassVar

from rhapsode.processes.ends import ChildDied

_OWN = "rhapsode."
_BUILD = pickle.BUILD[0]
_MEMBER_OF = ("builtins", "getattr")
"""By that Python before 3.11.4 names a member of an enumeration."""


def pack_answer(value: object) -> bytes:
    """What was returned."""
    return pickle.dumps((True, value), protocol=5)


def pack_failure(error: Exception) -> bytes:
    """What was raised, where it can be told."""
    try:
        payload = pickle.dumps((False, error), protocol=5)
        # Some exceptions pickle and don't come back.
        _Values(io.BytesIO(payload)).load()
    except Exception:
        return pickle.dumps((False, ChildDied(type(error).__name__)), protocol=5)
    return payload


def unpack_answer(payload: bytes) -> Any:
    """What was returned. Raises: what was raised; ChildDied, when it is no answer."""
    try:
        succeeded, value = _Values(io.BytesIO(payload)).load()
    except Exception as error:
        msg = f"no answer: {type(error).__name__}"
        raise ChildDied(msg) from error
    if succeeded is True:
        return value
    raise value if isinstance(value, Exception) else ChildDied


def _build(unpickler: Any) -> None:
    """Set the state of a value. Classes, members of enumerations and functions are everybody's, and have none."""
    kind = type(unpickler.stack[-2])
    if not (dataclasses.is_dataclass(kind) or issubclass(kind, Exception)):
        msg = f"a {kind.__name__} has no state"
        raise pickle.UnpicklingError(msg)
    pickle._Unpickler.dispatch[_BUILD](unpickler)


class _Values(pickle._Unpickler):
    """Knows values and errors by name, and no function. The one in C would let nobody look at what it sets."""

    dispatch: ClassVar[dict[int, Any]] = {**pickle._Unpickler.dispatch, _BUILD: _build}

    def find_class(self, module_name: str, name: str) -> Any:
        if (module_name, name) == _MEMBER_OF:
            return _member
        if module_name == "builtins":
            found = getattr(builtins, name, None)
            if isinstance(found, type) and issubclass(found, Exception):
                return found
        elif module_name.startswith(_OWN) and "." not in name:
            found = getattr(importlib.import_module(module_name), name, None)
            if isinstance(found, type) and _is_value(found):
                return found
        msg = f"{module_name}.{name} is no value"
        raise pickle.UnpicklingError(msg)


def _member(kind: object, name: str) -> enum.Enum:
    """What stands for `getattr`: members of enumerations, and nothing else of anything."""
    if not (isinstance(kind, type) and issubclass(kind, enum.Enum)):
        msg = f"{kind!r} is no enumeration"
        raise pickle.UnpicklingError(msg)
    return kind[name]


def _is_value(kind: type) -> bool:
    is_named_tuple = issubclass(kind, tuple) and hasattr(kind, "_fields")
    return dataclasses.is_dataclass(kind) or is_named_tuple or issubclass(kind, enum.Enum | Exception)
