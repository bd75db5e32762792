"""The public names of the packages: each is there, is listed, and costs nothing until it is asked for."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("package", ["search_spaces", "trainables"])
def test_a_package_loads_no_module_of_its_own_before_a_name_is_asked_for(package):
    program = (
        f"import sys, {package}\n"
        f"print(*sorted(name for name in sys.modules if name.startswith('{package}.')))\n"
        f"print(*sorted(set({package}.__all__) - set(dir({package}))))"
    )
    command, root = [sys.executable, "-S", "-c", program], Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    own = {"search_spaces.lazy_names"} if package == "search_spaces" else set()
    assert [set(line.split()) for line in done.stdout.split("\n")[:2]] == [own, set()]


def test_names_are_those_of_their_modules_and_others_are_refused():
    package, languages = (importlib.import_module(name) for name in ("search_spaces", "search_spaces.languages"))
    assert package.parse_language is languages.parse_language and package.Language is languages.Language
    with pytest.raises(AttributeError, match="module 'search_spaces' has no attribute 'parse_langauge'"):
        package.parse_langauge  # noqa: B018
