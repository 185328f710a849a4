"""English."""

import re
from dataclasses import replace

from rhapsode.text.normalization.language import Currency, Dates, Language, Noun, Ordinals, Times, Years

_ORDINAL = "spellout-ordinal"
_BRITISH_ORDINAL = "spellout-ordinal-verbose"
_ORDINAL_MARKS = ("st", "nd", "rd", "th")

_CENT = Noun("cent", "cents")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


def _dollars(whose: str = "") -> Currency:
    return Currency(Noun(f"{whose}dollar", f"{whose}dollars"), _CENT)


_POUND = Currency(Noun("pound", "pounds"), Noun("penny", "pence"))
_EURO = Currency(Noun("euro", "euros"), _CENT)
_YEN = Currency(Noun("yen", "yen"))

_CURRENCIES = {
    "$": _dollars(), "US$": _dollars("U.S. "), "USD": _dollars("U.S. "), "C$": _dollars("Canadian "),
    "CA$": _dollars("Canadian "), "CAD": _dollars("Canadian "), "A$": _dollars("Australian "),
    "AU$": _dollars("Australian "), "AUD": _dollars("Australian "), "NZ$": _dollars("New Zealand "),
    "HK$": _dollars("Hong Kong "), "£": _POUND, "GBP": _POUND, "€": _EURO, "EUR": _EURO, "¥": _YEN, "JPY": _YEN,
    "₹": Currency(Noun("rupee", "rupees"), Noun("paisa", "paise")), "₩": Currency(Noun("won", "won")),
    "₽": Currency(Noun("ruble", "rubles"), Noun("kopeck", "kopecks")), "¢": Currency(_CENT),
    "CHF": Currency(Noun("Swiss franc", "Swiss francs"), Noun("centime", "centimes")),
}  # fmt: skip


def _same(word: str) -> Noun:
    return Noun(word, word)


def _plain(word: str) -> Noun:
    return Noun(word, f"{word}s")


def _per(word: str, rest: str) -> Noun:
    return Noun(f"{word} per {rest}", f"{word}s per {rest}")


_METER, _SECOND, _MINUTE, _HOUR = _plain("meter"), _plain("second"), _plain("minute"), _plain("hour")
_FOOT, _POUND_WEIGHT, _LITER = Noun("foot", "feet"), _plain("pound"), _plain("liter")
_INCH = Noun("inch", "inches")

_UNITS = {
    "%": _same("percent"), "‰": _same("per mille"), "°": _plain("degree"),
    "°C": Noun("degree Celsius", "degrees Celsius"), "° C": Noun("degree Celsius", "degrees Celsius"),
    "°F": Noun("degree Fahrenheit", "degrees Fahrenheit"), "° F": Noun("degree Fahrenheit", "degrees Fahrenheit"),
    "℃": Noun("degree Celsius", "degrees Celsius"), "℉": Noun("degree Fahrenheit", "degrees Fahrenheit"),
    "nm": _plain("nanometer"), "μm": _plain("micrometer"), "µm": _plain("micrometer"), "mm": _plain("millimeter"),
    "cm": _plain("centimeter"), "m": _METER, "km": _plain("kilometer"), "ft": _FOOT, "inches": _INCH,
    "yd": _plain("yard"), "yds": _plain("yard"), "mi": _plain("mile"), "mm²": _plain("square millimeter"),
    "cm²": _plain("square centimeter"), "m²": _plain("square meter"), "km²": _plain("square kilometer"),
    "m2": _plain("square meter"), "km2": _plain("square kilometer"), "ft²": Noun("square foot", "square feet"),
    "sq ft": Noun("square foot", "square feet"), "sq. ft": Noun("square foot", "square feet"),
    "sq m": _plain("square meter"), "sq km": _plain("square kilometer"), "sq mi": _plain("square mile"),
    "cm³": _plain("cubic centimeter"), "m³": _plain("cubic meter"), "km³": _plain("cubic kilometer"),
    "ft³": Noun("cubic foot", "cubic feet"), "ha": _plain("hectare"), "km/h": _per("kilometer", "hour"),
    "kph": _per("kilometer", "hour"), "kmh": _per("kilometer", "hour"), "m/s": _per("meter", "second"),
    "m/s²": _per("meter", "second squared"), "mph": _per("mile", "hour"), "mpg": _per("mile", "gallon"),
    "rpm": _per("revolution", "minute"), "bpm": _per("beat", "minute"), "fps": _per("frame", "second"),
    "µg": _plain("microgram"), "μg": _plain("microgram"), "mg": _plain("milligram"), "g": _plain("gram"),
    "kg": _plain("kilogram"), "oz": _plain("ounce"), "lb": _POUND_WEIGHT, "lbs": _POUND_WEIGHT,
    "ml": _plain("milliliter"), "mL": _plain("milliliter"), "cl": _plain("centiliter"), "dl": _plain("deciliter"),
    "l": _LITER, "L": _LITER, "gal": _plain("gallon"), "qt": _plain("quart"), "tbsp": _plain("tablespoon"),
    "tsp": _plain("teaspoon"), "ms": _plain("millisecond"), "s": _SECOND, "sec": _SECOND, "secs": _SECOND,
    "min": _MINUTE, "mins": _MINUTE, "h": _HOUR, "hr": _HOUR, "hrs": _HOUR, "yr": _plain("year"),
    "yrs": _plain("year"), "Hz": _same("hertz"), "kHz": _same("kilohertz"), "MHz": _same("megahertz"),
    "GHz": _same("gigahertz"), "dB": _plain("decibel"), "V": _plain("volt"), "kV": _plain("kilovolt"),
    "W": _plain("watt"), "kW": _plain("kilowatt"), "MW": _plain("megawatt"), "GW": _plain("gigawatt"),
    "kWh": _plain("kilowatt hour"), "MWh": _plain("megawatt hour"), "mA": _plain("milliamp"),
    "mAh": _plain("milliamp hour"), "kJ": _plain("kilojoule"), "cal": _plain("calorie"),
    "kcal": _plain("kilocalorie"), "Pa": _plain("pascal"), "hPa": _plain("hectopascal"),
    "kPa": _plain("kilopascal"), "psi": _same("P S I"), "hp": _same("horsepower"), "kB": _plain("kilobyte"),
    "KB": _plain("kilobyte"), "MB": _plain("megabyte"), "GB": _plain("gigabyte"), "TB": _plain("terabyte"),
    "PB": _plain("petabyte"), "kbps": _per("kilobit", "second"), "Mbps": _per("megabit", "second"),
    "Gbps": _per("gigabit", "second"), "kbit/s": _per("kilobit", "second"), "Mbit/s": _per("megabit", "second"),
    "px": _plain("pixel"), "dpi": Noun("dot per inch", "dots per inch"),
}  # fmt: skip

_BEFORE_YEARS = frozenset({
    "in", "since", "by", "until", "till", "before", "after", "during", "from", "early", "late", "mid",
    "circa", "around", "year", "years", "spring", "summer", "autumn", "fall", "winter", "christmas",
    "between",
    *(month.lower() for month in _MONTHS),
})  # fmt: skip

_YEARS = Years(
    rules="spellout-numbering-year",
    first=1010,
    last=2199,
    zero="oh",
    after=_BEFORE_YEARS,
    counted=re.compile(
        r"[\s-](?!(?:was|is|has|as|this|his|its|us|les|always|perhaps|besides|sometimes|towards|yes|across|unless)\b)"
        r"(?:[a-z]{2,20}+(?<=[^sui]s)|men|women|people|children|feet|more|of)\b"
    ),
)

AMERICAN = Language(
    table="en",
    cardinal="spellout-cardinal",
    counting=dict.fromkeys("mfn", "spellout-cardinal"),  # type: ignore[arg-type]
    decimal_mark=".",
    group_marks=",",
    point="point",
    minus="minus",
    to="to",
    joiner=" and ",
    signs={
        "+": "plus", "±": "plus or minus", "~": "about", "≈": "about", "=": "equals", "×": "times", "÷": "divided by",
        "<": "is less than", ">": "is greater than", "@": "at", "#": "number", "§": "section", "§§": "sections",
        "&": "and", "x": "by", "/": "per", "№": "number",
    },
    currencies=_CURRENCIES,
    units=_UNITS,
    scales={
        name: _same(word)
        for word, names in {
            "hundred": ("hundred",), "thousand": ("thousand", "k", "K"), "million": ("million", "m", "M", "mn"),
            "billion": ("billion", "bn", "B"), "trillion": ("trillion", "tn", "T"),
        }.items()
        for name in names
    },
    dates=Dates(
        months=_MONTHS,
        short_months={
            "Jan": "January", "Feb": "February", "Mar": "March", "Apr": "April", "Jun": "June", "Jul": "July",
            "Aug": "August", "Sep": "September", "Sept": "September", "Oct": "October", "Nov": "November",
            "Dec": "December",
        },
        day_first=False,
        before_day="the ",
        before_month=" of ",
        before_year=", ",
        day_rules=_ORDINAL,
    ),
    times=Times(patterns=()),
    ordinals=Ordinals(dict.fromkeys(_ORDINAL_MARKS, _ORDINAL)),
    fractions={
        "½": "one half", "¼": "one quarter", "¾": "three quarters", "⅓": "one third", "⅔": "two thirds",
        "⅕": "one fifth", "⅖": "two fifths", "⅗": "three fifths", "⅘": "four fifths", "⅙": "one sixth",
        "⅚": "five sixths", "⅛": "one eighth", "⅜": "three eighths", "⅝": "five eighths", "⅞": "seven eighths",
        "⅒": "one tenth",
    },
    numbered=(
        "Chapter", "CHAPTER", "chapter", "Part", "PART", "part", "Book", "BOOK", "book", "Volume", "VOLUME", "volume",
        "Act", "ACT", "act", "Scene", "SCENE", "scene", "Section", "SECTION", "section", "Canto", "CANTO", "Article",
        "ARTICLE", "Appendix", "APPENDIX", "Psalm", "Phase", "Type", "Class", "Stage", "Figure", "Table", "Plate",
        "Letter", "LETTER", "Lecture", "Lesson", "Stave", "STAVE", "Number", "Page", "page", "pages", "World War",
        "WORLD WAR", "Title", "Grade", "Mark", "Super Bowl", "Apollo", "Sonnet", "SONNET", "Stanza", "Epistle",
        "Episode", "Level", "Schedule", "Symphony No.", "Vatican",
    ),
    web={
        ".": "dot", "@": "at", "/": "slash", "-": "dash", "_": "underscore", ":": "colon", "?": "question mark",
        "=": "equals", "&": "and", "#": "hash", "%": "percent", "+": "plus", "~": "tilde",
    },
    years=_YEARS,
)  # fmt: skip

BRITISH = replace(
    AMERICAN,
    cardinal="spellout-cardinal-verbose",
    counting=dict.fromkeys("mfn", "spellout-cardinal-verbose"),  # type: ignore[arg-type]
    dates=replace(AMERICAN.dates, day_first=True),
    ordinals=Ordinals(dict.fromkeys(_ORDINAL_MARKS, _BRITISH_ORDINAL)),
)
"""A hundred and one; the first of two numbers of a date is the day."""

BRITISH_REGIONS = frozenset({"GB", "IE", "AU", "NZ", "ZA", "IN", "029"})

TITLES = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Dr": "Doctor", "Prof": "Professor", "Rev": "Reverend",
    "Revd": "Reverend", "Gen": "General", "Col": "Colonel", "Capt": "Captain", "Lt": "Lieutenant",
    "Lieut": "Lieutenant", "Sgt": "Sergeant", "Maj": "Major", "Cmdr": "Commander", "Gov": "Governor",
    "Sen": "Senator", "Rep": "Representative", "Pres": "President", "Hon": "Honorable", "Msgr": "Monsignor",
    "Insp": "Inspector", "Supt": "Superintendent", "Mt": "Mount", "Ft": "Fort",
    "Messrs": "Messieurs", "Mme": "Madame", "Mlle": "Mademoiselle",
}  # fmt: skip
"""Before a name, with a full stop."""

UNMISTAKABLE_TITLES = frozenset({"Mr", "Mrs", "Ms", "Messrs", "Mme", "Mlle"})
"""Those that end no sentence, so that a name needn't follow at once."""

BARE_TITLES = {name: TITLES[name] for name in ("Mr", "Mrs", "Ms", "Dr", "Prof")}
"""Those that are also written without one."""

AFTER_NAMES = {
    "Jr": "Junior", "Sr": "Senior", "Esq": "Esquire", "Co": "Company", "Inc": "Incorporated", "Ltd": "Limited",
    "Corp": "Corporation", "Bros": "Brothers", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Dr": "Drive",
}  # fmt: skip
"""Behind a name, with a full stop."""

PLACES = frozenset({"Ave", "Blvd", "Rd", "Dr"})
"""Those that belong to the name of a place."""

BEFORE_NUMBERS = {
    "No": "Number", "no": "number", "Nos": "Numbers", "nos": "numbers", "p": "page", "pp": "pages", "vol": "volume",
    "Vol": "Volume", "vols": "volumes", "ch": "chapter", "Ch": "Chapter", "chap": "chapter", "Chap": "Chapter",
    "fig": "figure", "Fig": "Figure", "figs": "figures", "Figs": "Figures", "sec": "section", "Sec": "Section",
    "art": "article", "Art": "Article", "para": "paragraph", "Op": "Opus", "op": "opus", "v": "verse", "vv": "verses",
}  # fmt: skip
"""Before a number, with a full stop."""

RULERS = (
    "Henry", "Louis", "George", "Edward", "Charles", "James", "Richard", "William", "Elizabeth", "Mary", "Philip",
    "Frederick", "Catherine", "Alexander", "Nicholas", "Peter", "Ivan", "Napoleon", "Leopold", "Wilhelm", "Otto",
    "Ferdinand", "Francis", "Gustav", "Christian", "Pius", "Leo", "Gregory", "Innocent", "Clement", "Benedict",
    "Urban", "John Paul", "Boniface", "Sixtus", "Ramses", "Ramesses", "Ptolemy", "Cleopatra", "Darius", "Xerxes",
)  # fmt: skip
"""Names that are a ruler's when a Roman number follows."""

TITLES_OF_RULERS = (
    "King", "Queen", "Pope", "Emperor", "Empress", "Tsar", "Czar", "Tsarina", "Kaiser", "Sultan", "Prince", "Pharaoh",
    "Shah", "KING", "QUEEN",
)  # fmt: skip

INSIDE_SENTENCES = {
    "e.g.": "for example", "i.e.": "that is", "vs.": "versus", "vs": "versus", "viz.": "namely", "cf.": "compare",
    "Cf.": "Compare", "E.g.": "For example", "I.e.": "That is",
    "approx.": "approximately",
}  # fmt: skip
"""What ends no sentence."""

ANYWHERE = {
    "etc.": "et cetera", "dept.": "department", "Dept.": "Department", "govt.": "government", "Govt.": "Government",
    "Feb.": "February", "Aug.": "August", "Sept.": "September", "Oct.": "October", "Nov.": "November",
    "Dec.": "December", "Tues.": "Tuesday", "Thurs.": "Thursday", "Fri.": "Friday",
}  # fmt: skip
"""What may end a sentence, whose full stop it has then."""

BOOKS_WITH_VERSES = frozenset({
    "Genesis", "Exodus", "Leviticus", "Numbers", "Deuteronomy", "Joshua", "Judges", "Ruth", "Samuel",
    "Kings", "Chronicles", "Ezra", "Nehemiah", "Esther", "Job", "Psalm", "Psalms", "Proverbs",
    "Ecclesiastes", "Isaiah", "Jeremiah", "Lamentations", "Ezekiel", "Daniel", "Hosea", "Joel", "Amos",
    "Obadiah", "Jonah", "Micah", "Nahum", "Habakkuk", "Zephaniah", "Haggai", "Zechariah", "Malachi",
    "Matthew", "Mark", "Luke", "John", "Acts", "Romans", "Corinthians", "Galatians", "Ephesians",
    "Philippians", "Colossians", "Thessalonians", "Timothy", "Titus", "Philemon", "Hebrews", "James",
    "Peter", "Jude", "Revelation", "Surah", "Quran",
})  # fmt: skip
"""Those that are quoted by chapter and verse."""
