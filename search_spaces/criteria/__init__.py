"""The table of criteria. A new one is one file beside these and one line here."""

from search_spaces.criteria.base import Criterion
from search_spaces.criteria.max_sum import MaxSum
from search_spaces.criteria.min_sum import MinSum
from search_spaces.criteria.uniform import Uniform
from search_spaces.registry import Registry

CRITERIA: Registry[Criterion] = Registry("criterion", {"max-sum": MaxSum(), "min-sum": MinSum(), "random": Uniform()})
