"""The datasets, a file each: its layout, its labels and their scale; authentic photos in a folder of their own.

What two datasets share is one folder up.
"""

_DISTORTED = ("kadid10k", "tid2013", "csiq", "live", "lvq", "exiqa", "pipal")
_AUTHENTIC = ("biq2021", "koniq10k", "spaq", "clive", "bid", "flive", "agiqa3k")

SHIPPED = {
    **{name: f"{__name__}.{name}:SPEC" for name in _DISTORTED},
    **{name: f"{__name__}.authentic.{name}:SPEC" for name in _AUTHENTIC},
    **{name: f"{__name__}.{name}:SPEC" for name in ("kadis700k", "photos", "table")},
}
"""Name -> where its `DatasetSpec` is, in the order in which they are listed."""
