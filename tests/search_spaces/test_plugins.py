"""Plug-ins from a module, a file and an installed distribution: what they bring, what is refused, what counts."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from search_spaces import plugins
from search_spaces.plugins import PluginError, load_plugins, plugged, plugin_digests, source_digest
from search_spaces.registry import Registry

MODULE = """
class Near:
    pass
CRITERIA = {"near": Near}
TASKS = {}
"""


@pytest.fixture(autouse=True)
def own_state(monkeypatch, tmp_path):
    """No plug-in of one test is seen by another, and those that are installed here by none."""
    monkeypatch.setattr(plugins, "_loaded", {})
    monkeypatch.setattr(plugins, "_entry_points", importlib_metadata_of(tmp_path / "site"))
    for cached in (plugins._points_of, source_digest):
        cached.cache_clear()
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]
    for cached in (plugins._points_of, source_digest):
        cached.cache_clear()


def importlib_metadata_of(folder):
    """Entry points as `importlib.metadata` reads them from installed distributions in `folder`."""
    from importlib.metadata import EntryPoints, distributions

    def read():
        return EntryPoints(point for one in distributions(path=[str(folder)]) for point in one.entry_points)

    return read


def install(tmp_path, distribution, entry_points):
    info = tmp_path / "site" / f"{distribution}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)


def table(members=None):
    return Registry("criterion", members or {"ours": 1}, group="criteria")


def test_a_module_brings_members_after_ours(tmp_path):
    (tmp_path / "plug_one.py").write_text(MODULE)
    criteria = table()
    assert list(criteria) == ["ours"]
    load_plugins(["plug_one"])
    load_plugins(["plug_one"])  # once
    assert (list(criteria), len(criteria), "near" in criteria) == (["ours", "near"], 2, True)
    assert criteria["near"] is sys.modules["plug_one"].Near
    assert "near" not in Registry("task", {}, group="tasks")
    assert "near" not in Registry("pooling", {})  # a table that takes no plug-ins


def test_a_file_is_loaded_by_its_path_and_its_members_can_be_pickled(tmp_path, monkeypatch):
    import pickle

    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "plug_file.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    load_plugins(["far/plug_file.py"])
    near = table()["near"]
    assert pickle.loads(pickle.dumps(near)) is near
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "plug_file.py").write_text(MODULE)
    with pytest.raises(PluginError, match="another module is called 'plug_file'; rename the file"):
        load_plugins(["other/plug_file.py"])


def test_entry_points_are_found_without_importing_anything(tmp_path):
    install(tmp_path, "my-dist", "[realign_sweep.criteria]\nlater = no_such_module_at_all:Later\n")
    criteria = table()
    assert list(criteria) == ["ours", "later"]
    with pytest.raises(PluginError, match="the criterion 'later' of 'my-dist' is not .ModuleNotFoundError: No module"):
        criteria["later"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = 1\n", "must have a dict named CRITERIA, .* but 'plug_bad' has none"),
        ("from search_spaces.searchers import SEARCHERS\n", "but 'plug_bad' has none"),  # our table is not its own
        ("1 / 0\n", r"'plug_bad' cannot \(ZeroDivisionError: division by zero\). Repair it"),
        ("import no_such_library\n", "No module named 'no_such_library'"),
    ],
)
def test_what_is_no_plugin_is_refused(tmp_path, text, sentence):
    (tmp_path / "plug_bad.py").write_text(text)
    with pytest.raises(PluginError, match=sentence):
        load_plugins(["plug_bad"])


def test_a_file_beside_that_python_does_not_find_is_pointed_out(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "plug_beside.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one not in ("", ".")])
    with pytest.raises(PluginError, match=r"Write `plugins: \[plug_beside.py\]`"):
        load_plugins(["plug_beside"])
    with pytest.raises(PluginError, match="Install it where every trial runs"):
        load_plugins(["no_such_plugin"])


def test_no_name_is_taken_twice(tmp_path):
    (tmp_path / "plug_one.py").write_text(MODULE)
    (tmp_path / "plug_two.py").write_text(MODULE)
    load_plugins(["plug_one"])
    with pytest.raises(PluginError, match="may not replace a built-in criterion, but 'plug_one' has 'near'"):
        list(table({"near": 1}))
    with pytest.raises(PluginError, match="may not replace a built-in criterion"):
        table({"near": 1})["near"]  # not ours, silently
    load_plugins(["plug_two"])
    with pytest.raises(PluginError, match="'near' of criteria comes from 'plug_one' and from 'plug_two'"):
        plugged("criteria")


def test_a_member_is_listed_under_its_own_name(tmp_path):
    (tmp_path / "plug_named.py").write_text("class Task:\n    name = 'other'\nCRITERIA = {'near': Task}\n")
    load_plugins(["plug_named"])
    with pytest.raises(PluginError, match="is called 'other'"):
        table()["near"]


def test_a_digest_is_of_all_source_of_the_package_and_of_nothing_else(tmp_path):
    package = tmp_path / "plug_package"
    (package / "deep").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "deep" / "a.py").write_text("A = 1\n")
    (tmp_path / "plug_one.py").write_text(MODULE)

    def digest():
        source_digest.cache_clear()
        return source_digest("plug_package.deep.a")

    first = digest()
    by_hand = hashlib.sha256(b"__init__.py\x000\x00" + b"deep/a.py\x006\x00A = 1\n").hexdigest()
    assert first == by_hand[:32]
    (package / "notes.txt").write_text("x")
    assert digest() == first
    (package / "deep" / "a.py").write_text("A = 2\n")
    assert digest() != first
    load_plugins(["plug_one"])
    one = hashlib.sha256(f"plug_one.py\0{len(MODULE)}\0{MODULE}".encode()).hexdigest()[:32]
    assert plugin_digests() == {"plug_one": one}
    assert table().plugin_identity("near") == {"plug-in/criteria/near": one}
    assert table().plugin_identity("ours") == {}


def test_a_fresh_process_sees_an_installed_plugin(tmp_path):
    (tmp_path / "plug_one.py").write_text(MODULE)
    install(tmp_path, "my-dist", "[realign_sweep.criteria]\nnear = plug_one:Near\n")
    code = "from search_spaces.criteria import CRITERIA; print(CRITERIA['near'].__name__, list(CRITERIA)[-1])"
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root,
        env={"PYTHONPATH": f"{tmp_path}:{tmp_path / 'site'}:{root}"},
    )  # fmt: skip
    assert run.stdout.split() == ["Near", "near"]
