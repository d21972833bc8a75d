"""What is asked of a phrase: screens, polarity, sentence embeddings, near-duplicates, rank, selection.

Which effects a phrase claims is told in `linking`. Nothing here reads or writes a bank's file.
"""
