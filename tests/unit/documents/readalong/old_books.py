"""An EPUB 2 with what EPUB 3 no longer has, and an EPUB 3 with what is hard to read along."""

from ..epub_builder import CONTAINER, epub, packed

_DOCTYPE = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">'
_DAISY = "http://www.daisy.org/z3986/2005/ncx/"
_DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf"'

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


def _old_page(title: str, body: str) -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n{_DOCTYPE}\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en"><head>'
        '<meta http-equiv="Content-Type" content="application/xhtml+xml; charset=utf-8"/>'
        f'<title>{title}</title><link rel="stylesheet" href="s.css" type="text/css"/></head>{body}</html>'
    )


_RAIN = (
    _old_page(
        "Rain",
        '<body bgcolor="#ffffff" text="black"><div><h2 align="center"><a name="top" id="top"></a>Rain</h2>'
        '<p align="justify">It rained all&nbsp;day, <tt>hard</tt> and <big>loud</big>. Nobody came&mdash;not one.</p>'
        '<p><img src="lamp.png" alt="A lamp" align="left" border="0" hspace="4" width="1"/> '
        '<acronym title="for example">E.g.</acronym> the post.<br clear="all"/></p>'
        '<p id="p7">The <font>door</font> stood open.</p>'
        '<table border="1" cellpadding="4" cellspacing="0" width="100%" summary="Rain"><tr valign="top">'
        '<td width="50%" nowrap="nowrap">Monday</td><td align="right">12 mm</td></tr>'
        '<tr><td>Tuesday</td><td>7 mm</td></tr></table><hr width="50%" size="1"/><ul type="disc"><li>One.</li></ul>'
        "</div></body>",
    )
    .replace("<font>", '<span lang="en">')
    .replace("</font>", "</span>")
)
_SEA = _old_page(
    "Sea",
    "<body><h2>Sea</h2><p>The sea was flat.</p>"
    '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><circle cx="5" cy="5" r="4"/></svg></body>',
)
_NCX = (
    f'<?xml version="1.0" encoding="utf-8"?><ncx xmlns="{_DAISY}" version="2005-1"><head>'
    '<meta name="dtb:uid" content="urn:isbn:9783161484100"/><meta name="dtb:depth" content="1"/>'
    '<meta name="dtb:totalPageCount" content="0"/><meta name="dtb:maxPageNumber" content="0"/></head>'
    "<docTitle><text>Tides</text></docTitle><navMap>"
    '<navPoint id="n1" playOrder="1"><navLabel><text>Rain</text></navLabel><content src="rain.html"/>'
    '<navPoint id="n2" playOrder="2"><navLabel><text>The door</text></navLabel>'
    '<content src="rain.html#p7"/></navPoint></navPoint>'
    '<navPoint id="n3" playOrder="3"><navLabel><text>Sea</text></navLabel><content src="sea.html"/></navPoint>'
    '</navMap><pageList><pageTarget id="t1" type="normal" value="7" playOrder="2"><navLabel><text>7</text></navLabel>'
    '<content src="rain.html#p7"/></pageTarget></pageList></ncx>'
)
_OPF = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<package xmlns="http://www.idpf.org/2007/opf" version="2.0" unique-identifier="bookid">'
    f"<metadata {_DC}><dc:title>Tides</dc:title><dc:language>en</dc:language>"
    '<dc:identifier id="bookid" opf:scheme="ISBN">urn:isbn:9783161484100</dc:identifier>'
    '<dc:creator opf:role="aut" opf:file-as="Strand, Ida">Ida Strand</dc:creator>'
    '<dc:contributor opf:role="bkp">A. Writer</dc:contributor>'
    '<dc:date opf:event="creation">2001-01-01</dc:date><dc:date opf:event="publication">2002-02-02</dc:date>'
    '<dc:subject></dc:subject><meta name="cover" content="lamp"/></metadata><manifest>'
    '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    '<item id="rain" href="rain.html" media-type="application/xhtml+xml"/>'
    '<item id="sea" href="sea.html" media-type="application/xhtml+xml"/>'
    '<item id="style" href="s.css" media-type="text/css"/>'
    '<item id="lamp" href="lamp.png" media-type="image/png"/></manifest>'
    '<spine toc="ncx"><itemref idref="rain"/><itemref idref="sea"/></spine>'
    '<guide><reference type="text" title="Start" href="rain.html"/></guide></package>'
)


def old_book() -> bytes:
    """An EPUB 2 of two chapters."""
    return packed(
        {
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": _OPF,
            "OEBPS/toc.ncx": _NCX,
            "OEBPS/rain.html": _RAIN,
            "OEBPS/sea.html": _SEA,
            "OEBPS/s.css": "p { margin: 0 }",
            "OEBPS/lamp.png": PIXEL,
        }
    )


_METADATA = (
    '<dc:identifier id="i">urn:uuid:1</dc:identifier><dc:title>The Lamp</dc:title><dc:language>en</dc:language>'
    '<meta property="dcterms:modified">2020-01-01T00:00:00Z</meta>'
    '<meta property="media:duration">0:00:01</meta><meta property="media:duration" refines="#smil">0:00:01</meta>'
    '<meta property="schema:accessibilityHazard">noFlashingHazard</meta>'
)
_NOTES = (
    '<h1>Rain</h1><p>It rained.<a epub:type="noteref" href="#fn1">1</a> Nobody came.</p>'
    '<p><span epub:type="pagebreak" id="page2" title="2"></span>The post &#233;t&#xE9; late.</p>'
    '<aside epub:type="footnote" id="fn1"><p>Says Ida. And she knows.</p></aside>'
)
_PAGES = [
    ("rain.xhtml", _NOTES),
    (
        "sea.xhtml",
        "<h1>Sea</h1><p id='heard-1'>The sea was flat. So was the sky.</p>"
        "<audio src='rain.mp3' controls='controls'>Rain</audio>",
    ),
    ("more sea.xhtml", "<p>It was <i>warm. It</i> was late.</p>"),
    ("imprint.xhtml", '<section epub:type="imprint"><p>Printed on paper.</p></section>'),
]


def hard_book() -> bytes:
    """An EPUB 3 with notes, printed pages, a chapter of two files, one that isn't heard, and overlays of its own."""
    extra = '<nav epub:type="page-list"><ol><li><a href="rain.xhtml#page2">2</a></li></ol></nav>'
    contents = (
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>Contents'
        '</title></head><body><nav epub:type="toc"><ol><li><a href="rain.xhtml">Rain</a></li><li><a href="sea.xhtml">'
        f'Sea</a></li><li><a href="imprint.xhtml">Imprint</a></li></ol></nav>{extra}</body></html>'
    )
    return epub(
        _PAGES,
        toc=contents,
        metadata=_METADATA,
        items='<item id="smil" href="old.smil" media-type="application/smil+xml"/>'
        '<item id="old" href="old.mp3" media-type="audio/mpeg"/>'
        '<item id="rain" href="rain.mp3" media-type="audio/mpeg"/>',
        files={
            "OEBPS/old.smil": '<smil xmlns="http://www.w3.org/ns/SMIL"><body><par><audio src="old.mp3"/></par>'
            '<par><audio src="rain.mp3"/></par></body></smil>',
            "OEBPS/old.mp3": b"\xff\xfb\x90\xc4" + bytes(413),
            "OEBPS/rain.mp3": b"\xff\xfb\x90\xc4" + bytes(413),
            "META-INF/signatures.xml": "<signatures/>",
        },
    )
