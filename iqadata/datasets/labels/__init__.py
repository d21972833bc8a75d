"""Tables of labels: in which files they come, the columns of one's own, scales of scores, and what is checked."""
