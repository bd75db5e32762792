"""Searchers compared without training."""

import sys

from sweep import CallableRoom

sys.modules[__name__].__class__ = CallableRoom
