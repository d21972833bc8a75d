from .spec import DatasetProblem as DatasetProblem
from .spec import DatasetSpec as DatasetSpec
from .spec import Listing as Listing
from .spec import PhotoFiles as PhotoFiles
from .spec import Scale as Scale
