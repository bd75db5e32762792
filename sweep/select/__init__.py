"""Answers that need no training: a subset, where the published subsets stand, the inventory."""

import sys

from sweep import CallableRoom

sys.modules[__name__].__class__ = CallableRoom
