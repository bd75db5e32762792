"""Published data sets that the source "hub" reads: the table of constants, one file each."""

from search_spaces.registry import Registry
from trainables.data_sets.afrixnli import AFRIXNLI
from trainables.data_sets.americas_nli import AMERICAS_NLI
from trainables.data_sets.base import DataSet
from trainables.data_sets.indonli import INDONLI
from trainables.data_sets.masakhaner2 import MASAKHANER2
from trainables.data_sets.masakhapos import MASAKHAPOS
from trainables.data_sets.myxnli import MYXNLI
from trainables.data_sets.nllb import NLLB
from trainables.data_sets.opus100 import OPUS100
from trainables.data_sets.sib200 import SIB200
from trainables.data_sets.uner import UNER
from trainables.data_sets.universal_dependencies import UNIVERSAL_DEPENDENCIES
from trainables.data_sets.wikiann import WIKIANN
from trainables.data_sets.xnli import XNLI
from trainables.data_sets.xtreme_r import XTREME_R

# Earlier ones come first: they name a language's main test set where several have one.
LISTED = (
    OPUS100, NLLB, SIB200, XTREME_R, UNIVERSAL_DEPENDENCIES, MASAKHAPOS, MASAKHANER2, WIKIANN, UNER, XNLI, AFRIXNLI,
    AMERICAS_NLI, INDONLI, MYXNLI,
)  # fmt: skip

DATA_SETS: Registry[DataSet] = Registry("data set", {data_set.name: data_set for data_set in LISTED})
