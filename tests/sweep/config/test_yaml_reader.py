"""YAML as people mean it, where YAML 1.1 means something else."""

import pytest

from sweep.config.yaml_reader import parse_yaml, read_yaml, write_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001), ("2E5", 200_000.0), ("-1.5", -1.5), (".5", 0.5), ("3", 3), ("no", "no"), ("on", "on"),
        ("yes", "yes"), ("true", True), ("False", False), ("null", None), ("1e", "1e"), ("e5", "e5"),
        ("'1e-3'", "1e-3"),
    ],
)  # fmt: skip
def test_scalars(text: str, value: object) -> None:
    parsed = parse_yaml(f"key: {text}", "test")["key"]
    assert parsed == value and type(parsed) is type(value)


def test_a_repeated_key_is_refused_with_its_line() -> None:
    with pytest.raises(ValueError, match="`a` is given again in line 3"):
        parse_yaml("a: 1\nb: 2\na: 3\n", "file.yaml")


def test_broken_yaml_names_the_file() -> None:
    with pytest.raises(ValueError, match="file.yaml must be YAML"):
        parse_yaml("a: [1, 2", "file.yaml")


def test_a_missing_file_is_a_value_error(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="must be a readable text file"):
        read_yaml(tmp_path / "none.yaml")


def test_written_values_come_back() -> None:
    value = {
        "rate": 1e-05,
        "big": 1e20,
        "languages": ["no", "on"],
        "text": "1e-3",
        "flag": True,
        "none": None,
        "empty": [],
    }
    assert parse_yaml(write_yaml(value), "test") == value


def test_an_empty_file_is_an_empty_mapping() -> None:
    assert parse_yaml("# nothing\n", "test") == {}
