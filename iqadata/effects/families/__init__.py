"""The measures of all effects, one family a file: each a pure function of a `Pair`, with its definition and source.

What several families share is in `exiqa.iqadata.effects.pairing`.
"""
