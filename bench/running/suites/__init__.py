"""A suite as data: the shipped files, what they may say, and the cells that they stand for."""
