"""A cell is one number-producing job, a record what it gave: the only thing that tables are made of."""
