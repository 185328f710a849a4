"""What a limited child says is read as values, whatever it may have been made to say."""

import pickle
from typing import Any

import pytest
from tests.faults.escapes import changing

from rhapsode.processes.answers import pack_answer, unpack_answer
from rhapsode.processes.ends import ChildDied
from rhapsode.studio.document import BlockKind


class Named:
    """What a pickle makes by calling something."""

    def __init__(self, *call: Any) -> None:
        self._call = call

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        function, *arguments = self._call
        return function, tuple(arguments)


def test_members_of_enumerations_come_back() -> None:
    """As this Python names them, and as those before 3.11.4 do, by `getattr`."""
    kind = next(iter(BlockKind))
    older = pickle.dumps((True, Named(getattr, BlockKind, kind.name)))

    assert unpack_answer(pack_answer(kind)) is kind
    assert unpack_answer(older) is kind


@pytest.mark.parametrize(
    "shared",
    [
        b"crhapsode.storage.blobs\nStretch\n",
        b"crhapsode.studio.document\nBlockKind\n",
        b"cbuiltins\ngetattr\n",
    ],
)
def test_nothing_changes_what_others_use_too(shared: bytes) -> None:
    """Neither classes nor functions, by their attributes or their slots."""
    for state in ((None, {"offset": 0}), {"offset": 0}):
        with pytest.raises(ChildDied, match="no answer: UnpicklingError"):
            unpack_answer(changing(shared, state))


def test_members_of_enumerations_stay_as_they_are() -> None:
    """There is one of each, for all."""
    kind = next(iter(BlockKind))
    member = pickle.dumps(kind, protocol=2)[2:-1]
    with pytest.raises(ChildDied, match="no answer: UnpicklingError"):
        unpack_answer(changing(member, {"_value_": "changed"}))
    assert kind.value != "changed"


@pytest.mark.parametrize(
    "call",
    [(getattr, BlockKind, "__subclasses__"), (getattr, "text", "format"), (print, "hello"), (exec, "1")],
)
def test_nothing_is_called_for_it(call: tuple[Any, ...]) -> None:
    """A child that was taken over can't have its parent do anything."""
    with pytest.raises(ChildDied, match="no answer"):
        unpack_answer(pickle.dumps((True, Named(*call))))
