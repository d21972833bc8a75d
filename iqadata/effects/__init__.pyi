from .declared import DECLARED as DECLARED
from .effect import MeasuredEffect as MeasuredEffect
from .measure import EFFECTS as EFFECTS
from .measure import EFFECTS_VERSION as EFFECTS_VERSION
from .measure import EffectMeasurement as EffectMeasurement
from .measure import measure_effects as measure_effects
from .measure import visibility_of as visibility_of
