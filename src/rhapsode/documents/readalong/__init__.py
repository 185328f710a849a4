"""EPUBs that are read along: a book's own pages, and for each sentence where it is heard (EPUB 3 media overlays)."""
