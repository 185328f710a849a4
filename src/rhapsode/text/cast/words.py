"""The words by which a narrator in English says who speaks, and what a name says of who has it."""

from typing import Literal

Gender = Literal["female", "male"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SPEECH_VERBS = _words(
    "said says replied cried added answered asked observed returned continued exclaimed whispered "
    "murmured muttered shouted called repeated began remarked responded declared demanded suggested "
    "interrupted thought announced explained insisted protested agreed admitted begged urged wondered "
    "sighed laughed proceeded rejoined retorted resumed inquired enquired screamed yelled growled snapped "
    "gasped sobbed groaned moaned hissed roared stammered mumbled breathed joked warned promised "
    "confessed argued objected concluded went told addressed pronounced uttered mused put ventured lied "
    "grumbled snarled chuckled giggled pleaded commanded ordered stated noted commented offered persisted "
    "piped echoed faltered bawled"
)
"""In the past, as stories are told, and the one that isn't."""

MEEK_VERBS = _words(
    "went put called told returned continued began thought offered laughed sighed noted ordered addressed"
)
"""Of these, what says nothing of speech in the middle of a sentence."""

TITLES: dict[str, Gender | None] = {
    "Mr": "male",
    "Mister": "male",
    "Mrs": "female",
    "Miss": "female",
    "Ms": "female",
    "Lady": "female",
    "Lord": "male",
    "Sir": "male",
    "Dame": "female",
    "Master": "male",
    "Madame": "female",
    "Madam": "female",
    "Mademoiselle": "female",
    "Monsieur": "male",
    "Herr": "male",
    "Frau": "female",
    "Fräulein": "female",
    "Señor": "male",
    "Señora": "female",
    "Signor": "male",
    "Signora": "female",
    "Colonel": "male",
    "Captain": None,
    "Major": None,
    "General": None,
    "Lieutenant": None,
    "Sergeant": None,
    "Inspector": None,
    "Constable": None,
    "Doctor": None,
    "Dr": None,
    "Professor": None,
    "Reverend": "male",
    "Aunt": "female",
    "Uncle": "male",
    "King": "male",
    "Queen": "female",
    "Prince": "male",
    "Princess": "female",
    "Count": "male",
    "Countess": "female",
    "Duke": "male",
    "Duchess": "female",
    "Sister": "female",
    "Brother": "male",
}
"""A title, and the gender that it says."""

UNMARRIED = _words("Miss Ms Mademoiselle Fräulein")
MARRIED = _words("Mrs Madame Frau Señora Signora")
OF_FIRST_NAMES = _words("Sir Lady Dame Lord Aunt Uncle King Queen Prince Princess Sister Brother Master")
"""Titles that stand before a first name as well."""

ACCENTS = {
    "Madame": "french",
    "Mademoiselle": "french",
    "Monsieur": "french",
    "Herr": "german",
    "Frau": "german",
    "Fräulein": "german",
    "Señor": "spanish",
    "Señora": "spanish",
    "Signor": "italian",
    "Signora": "italian",
}

_FEMALE_NAMES = _words(
    "Ada Agatha Agnes Alice Amelia Amy Ann Anna Anne Annie Barbara Beatrice Bertha Betty Bridget Caroline "
    "Catherine Cecilia Charlotte Clara Clarissa Daisy Deborah Diana Dora Dorothy Edith Eleanor Elinor "
    "Elizabeth Ella Ellen Emily Emma Esther Ethel Eva Eve Fanny Flora Florence Frances Georgiana Gertrude "
    "Grace Hannah Harriet Helen Henrietta Ida Irene Isabel Isabella Jane Janet Jean Jenny Jessica Joan "
    "Josephine Judith Julia Karen Kate Katherine Kitty Laura Lena Lily Lisa Lizzy Louisa Lucy Lydia Mabel "
    "Margaret Maria Marian Marianne Martha Mary Matilda Maud May Mildred Minnie Miriam Molly Nancy Nell "
    "Nelly Nora Olive Olivia Patience Penelope Phoebe Polly Rachel Rebecca Rosa Rose Ruth Sally Sarah "
    "Selina Sibyl Sophia Sophie Susan Sylvia Theresa Ursula Victoria Violet Virginia Winifred"
)
_MALE_NAMES = _words(
    "Abraham Adam Albert Alexander Alfred Andrew Anthony Archibald Arthur Augustus Basil Ben Benjamin "
    "Bernard Bill Charles Charlie Christopher Daniel David Denis Dick Edgar Edmund Edward Edwin Eric "
    "Ernest Felix Francis Frank Fred Frederick Geoffrey George Gerald Gilbert Giles Godfrey Gregory Guy "
    "Harold Harry Henry Herbert Horace Hugh Humphrey Isaac Jack Jacob James Jasper Jeremy Jim Joe John "
    "Jonathan Joseph Joshua Julian Karl Lawrence Leonard Leopold Lewis Lionel Luke Mark Martin Matthew "
    "Maurice Max Michael Nathaniel Ned Nicholas Noah Oliver Oscar Oswald Owen Patrick Paul Percy Peter "
    "Philip Ralph Raymond Richard Robert Robin Roger Roland Rupert Samuel Sebastian Sidney Simon Stephen "
    "Theodore Thomas Timothy Tom Tobias Victor Vincent Walter Will William"
)
_FEMALE: Gender = "female"
_MALE: Gender = "male"
FIRST_NAMES: dict[str, Gender] = dict.fromkeys(_FEMALE_NAMES, _FEMALE) | dict.fromkeys(_MALE_NAMES, _MALE)

NICKNAMES = {
    "Lizzy": "Elizabeth",
    "Lizzie": "Elizabeth",
    "Eliza": "Elizabeth",
    "Beth": "Elizabeth",
    "Betsy": "Elizabeth",
    "Kitty": "Catherine",
    "Kate": "Katherine",
    "Fanny": "Frances",
    "Harry": "Henry",
    "Ned": "Edward",
    "Dick": "Richard",
    "Bob": "Robert",
    "Bobby": "Robert",
    "Will": "William",
    "Bill": "William",
    "Billy": "William",
    "Tom": "Thomas",
    "Tommy": "Thomas",
    "Jim": "James",
    "Jimmy": "James",
    "Joe": "Joseph",
    "Sam": "Samuel",
    "Dan": "Daniel",
    "Ben": "Benjamin",
    "Charlie": "Charles",
    "Molly": "Mary",
    "Polly": "Mary",
    "Sally": "Sarah",
    "Meg": "Margaret",
    "Maggie": "Margaret",
    "Nell": "Eleanor",
    "Nelly": "Eleanor",
    "Annie": "Anne",
    "Nan": "Anne",
    "Jenny": "Jane",
    "Bess": "Elizabeth",
    "Georgie": "George",
    "Jack": "John",
    "Johnny": "John",
}

FAMILY: dict[str, Gender] = {
    "wife": "female",
    "lady": "female",
    "mother": "female",
    "sister": "female",
    "daughter": "female",
    "aunt": "female",
    "niece": "female",
    "husband": "male",
    "father": "male",
    "brother": "male",
    "son": "male",
    "uncle": "male",
    "nephew": "male",
}
RELATIONS = frozenset(FAMILY) | {"friend", "companion", "cousin", "assistant"}
"""Who somebody is to another, in a narrator's words."""

PARENTS: dict[str, Gender] = {
    "mama": "female",
    "mamma": "female",
    "mother": "female",
    "mum": "female",
    "mummy": "female",
    "mom": "female",
    "papa": "male",
    "father": "male",
    "dad": "male",
    "daddy": "male",
}
"""As children call them."""

PRONOUNS: dict[str, Gender] = {"he": "male", "she": "female"}

ROLE_GENDERS: dict[str, Gender] = FAMILY | {
    "man": "male",
    "woman": "female",
    "boy": "male",
    "girl": "female",
    "gentleman": "male",
    "lady": "female",
    "housekeeper": "female",
    "footman": "male",
    "maid": "female",
    "butler": "male",
    "landlord": "male",
    "landlady": "female",
    "king": "male",
    "queen": "female",
    "prince": "male",
    "princess": "female",
    "waiter": "male",
    "waitress": "female",
    "priest": "male",
    "monk": "male",
    "nun": "female",
    "mother": "female",
    "father": "male",
}
NO_ROLES = _words("other others former latter first second third next last same whole rest one two only very")
"""What "the" may stand before in a narrator's words without being somebody of its own."""
