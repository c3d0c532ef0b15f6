"""Finding articles by their words: one interface, FTS5 or tsvector behind it.

`finding.find` searches, `index.Index` is a table that can be searched, `keeping.put` makes a post's
entry. Apps above add what they know through `posts.signals.search_asked`.
"""
