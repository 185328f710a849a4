"""Two tellings of the same sounds, one laid upon the other. Values in, values out.

They differ in little: marks that only one has, such as tones, and here and there a sound. So it is gone along both,
and where they part the nearest place is looked for at which they go on alike: however long they are, in one pass.
"""

from collections.abc import Sequence

_ALIKE = 3
"""So many sounds in a row are no accident."""

_MAX_APART = 24


def lay_upon(heard: str, sounds: str) -> list[int]:
    """For each symbol of `heard`, and for their end, how many of `sounds` are before its counterpart; never less."""
    shared = set(heard) & set(sounds)
    places = [place for place, sound in enumerate(sounds) if sound in shared]
    own = [place for place, sound in enumerate(heard) if sound in shared]
    laid = _pass(
        "".join(heard[place] for place in own),
        "".join(sounds[place] for place in places),
    )
    found: list[int] = []
    after = 0
    for place, counterpart in [*zip(own, laid, strict=True), (len(heard), len(places))]:
        before = places[counterpart] if counterpart < len(places) else len(sounds)
        # Sounds that only one of the two has stand for each other, as far as they go.
        found += [min(after + step, before) for step in range(place - len(found))]
        found.append(before)
        after = min(before + 1, len(sounds))
    return found


def _pass(heard: str, sounds: str) -> Sequence[int]:
    """The counterparts, as indices of `sounds`, up to its end."""
    if heard == sounds:
        return range(len(heard))
    found: list[int] = []
    other = 0
    while len(found) < len(heard):
        here = len(found)
        if heard[here : here + 1] == sounds[other : other + 1]:
            skipped, skipped_other = 1, 1
        else:
            skipped, skipped_other = _apart(
                heard[here : here + _MAX_APART], sounds[other : other + _MAX_APART]
            )
        found += [min(other + step, other + skipped_other, len(sounds)) for step in range(skipped)]
        other = min(other + skipped_other, len(sounds))
    return found


def _apart(heard: str, sounds: str) -> tuple[int, int]:
    """How many of each to pass over, as few as can be, to where they go on alike; one of each where they never do."""
    for total in range(1, len(heard) + len(sounds)):
        for skipped in range(max(0, total - len(sounds)), min(total, len(heard)) + 1):
            if heard[skipped : skipped + _ALIKE] == sounds[total - skipped : total - skipped + _ALIKE]:
                return skipped, total - skipped
    return 1, 1
