"""What every table is made of: the table, its rows, its notes, the marks of its tests, and the published figures."""
