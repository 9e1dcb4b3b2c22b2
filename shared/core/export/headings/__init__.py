"""What a heading says by itself: split into known words of many languages, whose combination has one meaning.

`words/` holds the words, one file per language; `vocabulary` loads them, `spelling` finds the words of a heading,
`meanings`, `phones` and `qualifiers` decide what a combination of words means, `reading` is the entrance.
"""
