"""Published data sets that the source "hub" reads: the table of constants, one file each."""

from typing import TYPE_CHECKING

from search_spaces.registry import Lazy, Registry

if TYPE_CHECKING:
    from trainables.data_sets.base import DataSet

# Earlier ones come first: they name a language's main test set where several have one.
DATA_SETS: "Registry[DataSet]" = Registry(
    "data set",
    {
        "opus100": Lazy("trainables.data_sets.opus100:OPUS100"),
        "nllb": Lazy("trainables.data_sets.nllb:NLLB"),
        "sib200": Lazy("trainables.data_sets.sib200:SIB200"),
        "xtremer": Lazy("trainables.data_sets.xtreme_r:XTREME_R"),
        "ud": Lazy("trainables.data_sets.universal_dependencies:UNIVERSAL_DEPENDENCIES"),
        "masakhapos": Lazy("trainables.data_sets.masakhapos:MASAKHAPOS"),
        "masakhaner2": Lazy("trainables.data_sets.masakhaner2:MASAKHANER2"),
        "wikiann": Lazy("trainables.data_sets.wikiann:WIKIANN"),
        "uner": Lazy("trainables.data_sets.uner:UNER"),
        "xnli": Lazy("trainables.data_sets.xnli:XNLI"),
        "afrixnli": Lazy("trainables.data_sets.afrixnli:AFRIXNLI"),
        "americasnli": Lazy("trainables.data_sets.americas_nli:AMERICAS_NLI"),
        "indonli": Lazy("trainables.data_sets.indonli:INDONLI"),
        "myxnli": Lazy("trainables.data_sets.myxnli:MYXNLI"),
    },
    group="data_sets",
)
