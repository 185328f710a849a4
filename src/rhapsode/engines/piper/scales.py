"""From the wire's settings to what a Piper voice is spoken with. Values in, values out."""

from rhapsode.engines.piper.config import Scales


def scales_of(own: Scales, *, speed: float, stability: float) -> Scales:
    """The scales for one text. own: those that whoever trained the voice has chosen.

    speed: 1 is the voice's own.    stability: 0.5 is the voice's own; at 1 nothing is left to chance, at 0 as much as
    varied in the recordings.
    """
    return Scales(
        noise=_varied(own.noise, stability),
        length=own.length / speed,
        noise_w=_varied(own.noise_w, stability),
    )


def _varied(own: float, stability: float) -> float:
    """Between none at stability 1, the voice's own at 0.5, and all of it (1) at 0."""
    if stability >= 0.5:
        return own * 2 * (1 - stability)
    return own + (max(own, 1.0) - own) * (1 - 2 * stability)
