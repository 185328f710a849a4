"""Title and author are said once, before the article."""

from rhapsode.authoring.bylines import Byline, with_byline
from rhapsode.studio.document import BlockKind, Document, DocumentBlock, DocumentChapter

RAIN = DocumentBlock(BlockKind.PARAGRAPH, "It rained.")
BOTH = Byline("Ebb", "A. Writer")


def document(*blocks: DocumentBlock) -> Document:
    imprint = DocumentChapter(
        "Imprint", (DocumentBlock(BlockKind.PARAGRAPH, "Printed in Ebbing."),), narrated=False
    )
    return Document("Flow", None, "en", None, None, None, (imprint, DocumentChapter("One", blocks)))


def texts(article: Document) -> list[str]:
    return [block.text for block in article.chapters[1].blocks]


def test_both_are_put_on_top() -> None:
    """Of what is narrated, the title as a heading, and the document is called so."""
    article = with_byline(document(RAIN), BOTH)
    assert texts(article) == ["Ebb", "A. Writer", "It rained."]
    assert article.chapters[1].blocks[0].kind is BlockKind.HEADING
    assert (article.title, article.author) == ("Ebb", "A. Writer")
    assert article.chapters[0] == document(RAIN).chapters[0]


def test_nothing_is_said_twice() -> None:
    """What the article begins with stays as it is."""
    once = with_byline(document(RAIN), BOTH)
    assert with_byline(once, BOTH) == once


def test_an_own_heading_comes_after() -> None:
    """It is the first of the article; an author alone is said behind it."""
    heading = DocumentBlock(BlockKind.HEADING, "Monday", "h2")
    assert texts(with_byline(document(heading, RAIN), BOTH)) == ["Ebb", "A. Writer", "Monday", "It rained."]
    alone = Byline(author="A. Writer")
    assert texts(with_byline(document(heading, RAIN), alone)) == ["Monday", "A. Writer", "It rained."]


def test_without_words_nothing_changes() -> None:
    """The document is the same."""
    assert with_byline(document(RAIN), Byline()) == document(RAIN)
