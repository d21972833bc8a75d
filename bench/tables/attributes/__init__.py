"""Tables of what attributes say: validity, how many of them it takes, what they add to an embedding, other banks."""
