from .dataset import Dataset as Dataset
from .dataset import ScoreInfo as ScoreInfo
from .splits import Split as Split
from .splits import make_split as make_split
