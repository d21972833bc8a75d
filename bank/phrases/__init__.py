"""What is asked of a phrase: screens, polarity, sentence embeddings, near-duplicates, rank, selection.

Nothing here reads or writes a bank's file.
"""
