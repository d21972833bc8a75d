"""Control rows: ours with something taken away, which has to be worse, or what was taken away is worth nothing.

A suite chooses their banks and tuning; here a row is held to its name, so that no table says "shuffled" of another
bank. K is the cell's, as for ours (a bank of names has one attribute a distortion, so its K is 1).
"""
