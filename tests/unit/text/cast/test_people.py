"""Who there is in a book: names that belong together, families, and what is known of each."""

from rhapsode.text.cast.book import find_cast
from rhapsode.text.cast.people import Person

BOOK = (
    "Mr. Strand had a wife and two daughters. Mrs. Strand had none of his patience, as Mr. Strand knew.",
    "Miss Strand was the elder. Anne Strand, whom nobody called anything but Anne, liked the sea.",
    "Miss Emily Strand, or Emily, was sixteen; her mother called her Emily still. Mrs. Strand worried.",
    "“Anne,” said Mrs. Strand, “where is Emily?” Anne did not know. Emily was at the quay.",
    "Captain Holm came on Tuesday. The captain liked the quay. Holm was a widower, and he was proud.",
    "“Good day,” said Captain Holm. “Good day,” said the Harbourmaster. Anne looked at Emily, and Anne sighed.",
    "Old Tobias came with Lizzy. Elizabeth was his niece. “Come, Lizzy,” said old Tobias. Tobias smiled.",
    "They lived in Westhaven. Westhaven was dull. “Madame Roche is here,” said the maid. Madame Roche bowed.",
)


def people() -> dict[str, Person]:
    """By their first name in the list."""
    return {person.name: person for person in find_cast([BOOK]).people}


def test_families() -> None:
    """A surname is shared; the eldest daughter is Miss with it alone, the others with their first names."""
    found = people()

    assert {"Mr. Strand", "Mrs. Strand", "Anne", "Emily"} <= set(found)
    assert "Miss Strand" in found["Anne"].names
    assert "Miss Emily Strand" in found["Emily"].names
    assert {found[name].surname for name in ("Mr. Strand", "Mrs. Strand", "Anne", "Emily")} == {"Strand"}


def test_nicknames_and_bare_surnames() -> None:
    """Belong to one person; and so does a title with the surname that stands alone elsewhere."""
    found = people()

    assert set(next(p for p in found.values() if "Lizzy" in p.names).names) == {"Lizzy", "Elizabeth"}
    assert set(found["Captain Holm"].names) == {"Captain Holm", "Holm"}


def test_what_is_known_of_them() -> None:
    """Gender by title, first name or the pronoun behind; age by marriage or a word; accent by a foreign title."""
    found = people()

    assert [found[name].gender for name in ("Mr. Strand", "Emily", "Captain Holm")] == [
        "male",
        "female",
        "male",
    ]
    assert [found[name].age for name in ("Mrs. Strand", "Emily", "Tobias")] == ["middle_aged", "young", "old"]
    assert found["Madame Roche"].accent == "french"


def test_who_is_nobody() -> None:
    """A place and a day aren't people; somebody who only has a part and speaks is."""
    found = people()

    assert not {"Westhaven", "Tuesday"} & {name for person in found.values() for name in person.names}
    assert found["the Harbourmaster"].names == ("the Harbourmaster",)
    assert found["the maid"].gender == "female"
