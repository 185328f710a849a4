"""Who speaks in a book: quotations, characters, and whose quotation each is. Values in, values out."""
