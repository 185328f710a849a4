"""Whether a text says something twice itself, about where speech was found to."""

_NEAR = 20
"""Characters that a stretch of speech may be off its place in the text, beside a tenth of the text."""

_SHORTEST, _LONGEST = 0.5, 1.7
"""How much less or more text than it seems may be between the two, as a pace changes and has pauses."""

_COMMON = 0.25
"""How much of the stretch must be the same letters: a refrain changes its words."""

_DIGITS = 4
"""With so many digits nearby nothing is known of what was said for them."""

_HELD = 4
"""So many of one character are held on purpose."""


def repeats_itself(text: str, *, start: float, lag: float) -> bool:
    """Whether letters near `start` are there again about `lag` later. Both: fractions of the text, as of its speech.

    A lag of 0 asks for one character, many times.
    """
    letters = "".join(text.casefold().split())
    if not lag:
        return any(letters[i] * _HELD == letters[i : i + _HELD] for i in range(len(letters)))
    distance = lag * len(letters)
    slack = _NEAR + len(letters) // 10
    begin = max(0, round(start * len(letters)) - slack)
    nearby = letters[begin : begin + round((1 + _LONGEST) * distance) + 2 * slack]
    if sum(map(str.isdigit, nearby)) >= _DIGITS:
        return True
    wanted = max(2, round(_COMMON * distance))
    farthest = min(round(_LONGEST * distance), len(nearby) - wanted)
    return any(
        _has_run(nearby, apart, wanted) for apart in range(max(1, int(_SHORTEST * distance)), farthest + 1)
    )


def _has_run(text: str, apart: int, wanted: int) -> bool:
    """Whether so many characters in a row are the same as those `apart` characters later."""
    run = 0
    for one, other in zip(text, text[apart:], strict=False):
        run = run + 1 if one == other else 0
        if run >= wanted:
            return True
    return False
