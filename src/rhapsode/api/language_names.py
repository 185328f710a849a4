"""English names of the languages that voices speak (Unicode CLDR), by the first part of their BCP 47 tag."""

from collections.abc import Mapping
from types import MappingProxyType

_NAMES: Mapping[str, str] = MappingProxyType(
    dict(
        line.split(maxsplit=1)
        for line in """
            af Afrikaans
            am Amharic
            ar Arabic
            as Assamese
            az Azerbaijani
            be Belarusian
            bg Bulgarian
            bn Bangla
            bs Bosnian
            ca Catalan
            cs Czech
            cy Welsh
            da Danish
            de German
            el Greek
            en English
            eo Esperanto
            es Spanish
            et Estonian
            eu Basque
            fa Persian
            fi Finnish
            fil Filipino
            fr French
            ga Irish
            gd Scottish Gaelic
            gu Gujarati
            he Hebrew
            hi Hindi
            hr Croatian
            ht Haitian Creole
            hu Hungarian
            hy Armenian
            id Indonesian
            is Icelandic
            it Italian
            ja Japanese
            ka Georgian
            kk Kazakh
            kn Kannada
            ko Korean
            ky Kyrgyz
            la Latin
            lb Luxembourgish
            lt Lithuanian
            lv Latvian
            mk Macedonian
            ml Malayalam
            mr Marathi
            ms Malay
            nb Norwegian Bokmål
            ne Nepali
            nl Dutch
            or Odia
            pa Punjabi
            pl Polish
            pt Portuguese
            ro Romanian
            ru Russian
            si Sinhala
            sk Slovak
            sl Slovenian
            sq Albanian
            sr Serbian
            sv Swedish
            sw Swahili
            ta Tamil
            te Telugu
            th Thai
            tr Turkish
            uk Ukrainian
            ur Urdu
            uz Uzbek
            vi Vietnamese
            yue Cantonese
            zh Chinese
        """.strip().splitlines()
    )
)


def primary_language(tag: str) -> str:
    """The language of a BCP 47 tag without its region: "pt" for "pt-BR"."""
    return tag.split("-")[0].lower()


def language_name(tag: str) -> str:
    """The English name of a tag's language; the tag itself where none is known."""
    return _NAMES.get(primary_language(tag), tag)
