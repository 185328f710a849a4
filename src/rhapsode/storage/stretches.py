"""Reading what is spread over packs: in as few reads as it takes, each block checked, in pieces of a good size."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import islice

from rhapsode.storage.blobs import Blobs, Stretch
from rhapsode.storage.pack_format import pack_key
from rhapsode.storage.pieces import GATHERED_BYTES, Piece, Wanted, in_pieces
from rhapsode.storage.present import Kept, Scratch, read_present
from rhapsode.studio.errors import DataDamaged, RhapsodeError
from rhapsode.studio.limits import BLOCK_BYTES

MOST_AT_ONCE = 4
"""Pieces that are given as one to who takes them at once: fewer steps, for few clients."""

_MOST_PLANNED = 64
_LEAST_PLANNED = 32
_scratch = Scratch(MOST_AT_ONCE * (GATHERED_BYTES + BLOCK_BYTES))


class Reading(Iterator[bytes]):
    """The bytes of all that is wanted, in order, in pieces as `storage.pieces.in_pieces` makes them.

    `next` waits for the records and the disk, so an event loop has it called in a thread. What `next_now` gives needs
    no waiting: nearly all of a file whose packs the system has in memory. One of both is called at a time.

    wanted: asked for what comes next some pieces ahead.
    on_damage: called when damage is met. Who reads can't be helped any more, but whoever asks next.
    Raises: BlobMissing; DataDamaged: in place of a block that isn't what was written; what `wanted` raises.
    """

    def __init__(
        self, blobs: Blobs, wanted: Iterable[Wanted], *, on_damage: Callable[[], None] = lambda: None
    ) -> None:
        self._blobs = blobs
        self._on_damage = on_damage
        self._to_plan = in_pieces(wanted)
        self._error: Exception | None = None
        self._damage: DataDamaged | None = None
        self._planned: deque[Piece] = deque()
        self._in_flight: deque[_Coming] = deque()
        self._kept = Kept()
        self._plan_count = 1
        self._knows_all = False
        self._pieces = self._read()

    def __next__(self) -> bytes:
        """The next piece."""
        try:
            return next(self._pieces)
        except DataDamaged:
            self._on_damage()
            raise

    def next_now(self, count: int = 1) -> list[bytes | memoryview] | None:
        """What the next piece consists of, if nothing has to be waited for; None where `next` has to be asked.

        It is good until this thread reads anything else.    count: of pieces given as one, at most MOST_AT_ONCE.
        """
        if self._in_flight or not self._planned or self._damage is not None:
            return None
        # By number: a thread may be planning, and then no deque lets itself be iterated.
        pieces = [self._planned[number] for number in range(min(count, len(self._planned)))]
        found = read_present(pieces, self._blobs, self._kept, _scratch)
        if found is not None:
            for _ in pieces:
                self._planned.popleft()
        return found

    @property
    def wants_to_look_ahead(self) -> bool:
        """Whether so little is known of what comes next that `next_now` will soon have nothing."""
        return not (self._knows_all or self._in_flight) and len(self._planned) < _LEAST_PLANNED

    def look_ahead(self) -> None:
        """See what comes next, which asks the records: in a thread. `next_now` may be called meanwhile."""
        planned = 0
        try:
            for piece in islice(self._to_plan, self._plan_count):
                self._planned.append(piece)
                planned += 1
            self._knows_all = planned < self._plan_count
        except RhapsodeError as error:
            self._error, self._knows_all = error, True
        self._plan_count = _MOST_PLANNED

    def close(self) -> None:
        """Let go of everything; to be called by whoever stops before the end."""
        self._kept.close()
        self._pieces.close()
        self._to_plan.close()

    def _read(self) -> Generator[bytes]:
        contents = self._blobs.read_many(self._stretches())
        try:
            for content in contents:
                while self._in_flight[0].is_whole:
                    yield from self._handed_on()
                self._in_flight[0].take(content)
                if self._in_flight[0].is_whole:
                    yield from self._handed_on()
        finally:
            if isinstance(contents, Generator):
                contents.close()
        while self._in_flight:
            yield from self._handed_on()

    def _handed_on(self) -> Iterator[bytes]:
        views, self._damage = self._in_flight.popleft().check()
        if views:
            yield b"".join(views)
        if self._damage is not None:
            raise self._damage

    def _stretches(self) -> Iterator[Stretch]:
        while self._planned or self._plan():
            coming = _Coming(self._planned.popleft(), self._kept)
            self._in_flight.append(coming)
            yield from coming.list_missing()

    def _plan(self) -> bool:
        """See what comes next; False at the end. What goes wrong with it is said when its turn comes."""
        if self._error is None:
            self.look_ahead()
        if self._error is not None and not self._planned:
            raise self._error
        return bool(self._planned)


class _Coming:
    """A piece, and what was read for it so far."""

    def __init__(self, piece: Piece, kept: Kept) -> None:
        self._piece = piece
        self._kept = kept
        self._contents = [kept.find(run) for run in piece.runs]
        self._missing = deque(i for i, content in enumerate(self._contents) if content is None)

    @property
    def is_whole(self) -> bool:
        """Whether nothing has to be read any more."""
        return not self._missing

    def list_missing(self) -> list[Stretch]:
        """What has to be read, in order."""
        runs = [self._piece.runs[number] for number in self._missing]
        return [Stretch(pack_key(run.pack_id), run.offset, run.size_bytes) for run in runs]

    def take(self, content: bytes) -> None:
        """Add what comes next of that."""
        self._contents[self._missing.popleft()] = content

    def check(self) -> tuple[list[bytes | memoryview], DataDamaged | None]:
        """See `Piece.check`."""
        contents = [content for content in self._contents if content is not None]
        checked, damage = self._piece.check(contents)
        if damage is None:
            for run, content in zip(self._piece.runs, contents, strict=True):
                self._kept.keep(run, content)
        return checked, damage
