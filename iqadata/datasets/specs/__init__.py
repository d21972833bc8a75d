"""The datasets, a file each: its layout, its labels and their scale; authentic photos in a folder of their own.

What two datasets share is one folder up; the multi-distortion set is described where it is made, in `synthesis`.
"""

_DISTORTED = ("kadid10k", "tid2013", "csiq", "live", "lvq")
_AUTHENTIC = ("biq2021", "koniq10k", "spaq", "clive", "bid", "flive", "agiqa3k")

SHIPPED = {
    **{name: f"{__name__}.{name}:SPEC" for name in _DISTORTED},
    "exiqa": "exiqa.iqadata.synthesis.dataset_spec:SPEC",
    "pipal": f"{__name__}.pipal:SPEC",
    **{name: f"{__name__}.authentic.{name}:SPEC" for name in _AUTHENTIC},
    **{name: f"{__name__}.{name}:SPEC" for name in ("kadis700k", "photos", "table")},
}
"""Name -> where its `DatasetSpec` is, in the order in which they are listed."""
