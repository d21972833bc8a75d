"""The datasets, a file each: its layout, its labels and their scale.

What two datasets share is one folder up.
"""

SHIPPED = {
    name: f"{__name__}.{name}:SPEC"
    for name in ("kadid10k", "tid2013", "csiq", "live", "lvq", "exiqa", "photos", "table")
}
"""Name -> where its `DatasetSpec` is, in the order in which they are listed."""
