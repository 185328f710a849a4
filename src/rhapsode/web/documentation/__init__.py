"""The documentation that a server has of itself: pages for people, and the same as Markdown for programs.

`texts` are written, the page of each operation is made of the server's own OpenAPI document (`operation_page`). A
`Site` is all of them; `markup` turns a page into HTML; `routes` serves them. Nothing is fetched from elsewhere.
"""
