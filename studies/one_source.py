"""A data folder with sentence pairs of one source only, the rest as it is: for studies/one-source.yaml.

    python studies/one_source.py DATA NEW_FOLDER --source ntrex

The source of a pair is what its id begins with, up to the first dot. Languages without such pairs have none there.
Everything but `bitext/` is a link to DATA.
"""

import argparse
import gzip
from pathlib import Path

BITEXT = "bitext"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--source", required=True)
    options = parser.parse_args()
    (options.new / BITEXT).mkdir(parents=True)
    for path in options.data.iterdir():
        if path.name != BITEXT:
            (options.new / path.name).symlink_to(path.resolve(), target_is_directory=path.is_dir())
    n_languages = 0
    for path in sorted((options.data / BITEXT).glob("*.tsv.gz")):
        lines = gzip.decompress(path.read_bytes()).decode("utf-8").splitlines(keepends=True)
        if kept := [line for line in lines if line.startswith(f"{options.source}.")]:
            (options.new / BITEXT / path.name).write_bytes(gzip.compress("".join(kept).encode("utf-8"), mtime=0))
            n_languages += 1
    print(f"{n_languages} languages in {options.new}")


if __name__ == "__main__":
    main()
