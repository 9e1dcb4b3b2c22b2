"""What a heading says by itself: it is split into known words of many languages, whose combination has one meaning.

`words/` holds the words, one file per language; `vocabulary` loads them, `spelling` finds the words of a heading,
`combinations`, `phones` and `qualifiers` decide what several words mean together, and `reading` calls them all to make
a `heading`, the value that the other packages use.
"""
