"""The words that name parts of books in several languages, as headings and tables of contents write them."""

_NAMES = {
    "cover": "cover, front cover, umschlag, einband, couverture, cubierta, portada, copertina, capa, omslag",
    "titlepage": (
        "title page, titlepage, title, titelseite, titelblatt, titel, page de titre, titre, portadilla, "
        "frontespizio, folha de rosto, titelpagina"
    ),
    "halftitlepage": "half title, halftitle, half title page, halftitlepage, schmutztitel, faux titre",
    "imprint": "imprint, impressum, publisher information, mentions légales, edition notice",
    "colophon": "colophon, kolophon, colofón, colofon, achevé d'imprimer",
    "copyright-page": (
        "copyright, copyright page, copyrightpage, copyright notice, copyright information, uncopyright, "
        "legal notice, rechtliche hinweise, droits d'auteur, derechos de autor, license, licence, rights"
    ),
    "toc": (
        "contents, table of contents, toc, the contents, inhalt, inhaltsverzeichnis, table des matières, "
        "sommaire, índice, índice general, contenido, indice, sommario, sumário, inhoud, inhoudsopgave, "
        "目次, 目录, оглавление, содержание"
    ),
    "loi": (
        "illustrations, list of illustrations, list of figures, list of maps, list of plates, "
        "abbildungsverzeichnis, table des illustrations"
    ),
    "lot": "list of tables, tabellenverzeichnis",
    "index": "index, register, sachregister, personenregister, stichwortverzeichnis, 索引",
    "endnotes": (
        "notes, endnotes, end notes, footnotes, rearnotes, notes to the text, anmerkungen, fußnoten, "
        "endnoten, notas, notes de fin, примечания, notes and references"
    ),
    "bibliography": (
        "bibliography, works cited, references, literaturverzeichnis, literatur, bibliographie, "
        "bibliografía, bibliografia"
    ),
    "dedication": "dedication, widmung, dédicace, dedicatoria, dedica, dedicatória",
    "epigraph": "epigraph, motto, épigraphe, epígrafe",
    "foreword": "foreword, forward, geleitwort, avant-propos, prefacio, prefazione, woord vooraf",
    "preface": "preface, author's preface, vorwort, préface, voorwoord, предисловие",
    "introduction": (
        "introduction, introductory, einleitung, einführung, introducción, introduzione, introdução, "
        "inleiding, введение, 序論"
    ),
    "prologue": "prologue, prolog, prólogo, prologo, proloog, пролог",
    "epilogue": "epilogue, epilog, épilogue, epílogo, epilogo, epiloog, эпилог",
    "conclusion": "conclusion, schluss, conclusión, conclusione, conclusão",
    "afterword": "afterword, author's note, nachwort, postface, posfacio, postfazione, nawoord, послесловие",
    "acknowledgments": (
        "acknowledgments, acknowledgements, acknowledgment, acknowledgement, danksagung, remerciements, "
        "agradecimientos, ringraziamenti, agradecimentos, dankwoord"
    ),
    "glossary": "glossary, glossar, glossaire, glosario, glossario, woordenlijst",
    "appendix": "appendix, appendices, anhang, annexe, annexes, apéndice, appendice, apêndice, bijlage",
}

ROLE_OF_NAME = {name: role for role, names in _NAMES.items() for name in names.split(", ")}
"""From a name in lower case to the role of the EPUB structural semantics vocabulary."""
