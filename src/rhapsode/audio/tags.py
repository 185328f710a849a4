"""What a file says about itself, in any container."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tags:
    """Words about one chapter's file. What is None is not written.

    title: of the chapter.    book: of the work it belongs to.
    narrator: the voice.    language: BCP 47 tag.    track of track_count: from 1.
    """

    title: str
    book: str | None = None
    author: str | None = None
    narrator: str | None = None
    track: int | None = None
    track_count: int | None = None
    language: str | None = None
    isbn_number: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A named stretch of the file, in samples at 44.1 kHz."""

    title: str
    start_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True)
class CoverShape:
    """What must be known of a cover image to leave room for it: media type and size."""

    media_type: str
    size_bytes: int


def iso_639_2(language: str) -> str | None:
    """The three-letter terminological code of a BCP 47 tag; None where there is none."""
    primary = language.replace("_", "-").split("-")[0].lower()
    if len(primary) == 3 and primary.isascii() and primary.isalpha():
        return primary
    return _ISO_639_2.get(primary)


# Two-letter code (ISO 639-1), then the three-letter code of the same language.
_CODES = """
aaaar ababk aeave afafr akaka amamh anarg arara asasm avava ayaym azaze babak bebel bgbul bhbih bibis
bmbam bnben bobod brbre bsbos cacat ceche chcha cocos crcre csces cuchu cvchv cycym dadan dedeu dvdiv
dzdzo eeewe elell eneng eoepo esspa etest eueus fafas ffful fifin fjfij fofao frfra fyfry gagle gdgla
glglg gngrn guguj gvglv hahau heheb hihin hohmo hrhrv hthat huhun hyhye hzher iaina idind ieile igibo
iiiii ikipk ioido isisl itita iuiku jajpn jvjav kakat kgkon kikik kjkua kkkaz klkal kmkhm knkan kokor
krkau kskas kukur kvkom kwcor kykir lalat lbltz lglug lilim lnlin lolao ltlit lulub lvlav mgmlg mhmah
mimri mkmkd mlmal mnmon mrmar msmsa mtmlt mymya nanau nbnob ndnde nenep ngndo nlnld nnnno nonor nrnbl
nvnav nynya ococi ojoji omorm orori ososs papan pipli plpol pspus ptpor quque rmroh rnrun roron rurus
rwkin sasan scsrd sdsnd sesme sgsag sisin skslk slslv smsmo snsna sosom sqsqi srsrp ssssw stsot susun
svswe swswa tatam tetel tgtgk ththa titir tktuk tltgl tntsn toton trtur tstso tttat twtwi tytah uguig
ukukr ururd uzuzb veven vivie vovol wawln wowol xhxho yiyid yoyor zazha zhzho zuzul
"""
_ISO_639_2 = {pair[:2]: pair[2:] for pair in _CODES.split()}
