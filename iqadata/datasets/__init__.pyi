from .registry import DATASETS as DATASETS
from .registry import dataset_names as dataset_names
from .registry import load_dataset as load_dataset
from .registry import read_listing as read_listing
from .spec import DatasetSpec as DatasetSpec
from .spec import Listing as Listing
from .spec import Problem as Problem
from .spec import Scale as Scale
