"""Who is next where workspaces and conversions share members."""

from collections import Counter

from rhapsode.jobs.conversions import Slice
from rhapsode.jobs.fleet.turns import Turns
from rhapsode.jobs.fleet.works import Work, slice_work


def books(workspace_id: str, count: int, length: int) -> list[Work]:
    """The slices of so many conversions of a workspace, which came one after the other."""
    return [
        slice_work(workspace_id, f"{workspace_id}{book}", Slice(n, 0, ("tone",), 2_500), 0)
        for book in range(count)
        for n in range(length)
    ]


def handed_out(waiting: list[Work], *, members: int, rounds: int) -> list[Work]:
    """What members take who see the same and take one each in a round."""
    turns = [Turns() for _ in range(members)]
    taken = []
    for _ in range(rounds):
        for each in turns:
            chosen = each.choose(waiting, [], 1)
            taken += chosen
            waiting = [work for work in waiting if work not in chosen]
    return taken


def test_workspaces_get_the_same_however_much_they_ask_for() -> None:
    """Ten books beside one, whichever came first, on one member and on several."""
    for members in (1, 4):
        waiting = books("many", 10, 20) + books("one", 1, 40)
        shares = Counter(
            work.workspace_id for work in handed_out(waiting, members=members, rounds=48 // members)
        )
        assert shares == {"many": 24, "one": 24}


def test_conversions_of_a_workspace_share_too() -> None:
    """A page beside a book is next but one at the latest."""
    waiting = books("w", 1, 30)
    turns = Turns()
    first = turns.choose(waiting, [], 4)
    page = slice_work("w", "page", Slice(0, 0, ("tone",), 100), 0)
    left = [*(work for work in waiting if work not in first), page]
    assert page in turns.choose(left, first, 2)


def test_nobody_saves_up_or_pays_for_what_nobody_wanted() -> None:
    """Who comes later gets half from then on."""
    turns = Turns()
    early, late = books("early", 1, 40), books("late", 1, 40)
    before = turns.choose(early, [], 20)
    left = [work for work in early if work not in before] + late
    shares = Counter(work.workspace_id for work in turns.choose(left, before, 20))
    assert abs(shares["early"] - shares["late"]) <= 1


def test_the_slices_of_a_conversion_come_in_order() -> None:
    """Its first chapter can be heard first."""
    waiting = books("w", 1, 5)
    assert Turns().choose(waiting, [], 9) == waiting
