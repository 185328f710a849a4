"""`rhapsode batch`: a folder of books in, an archive for each of them out (docs/libraries.md)."""
