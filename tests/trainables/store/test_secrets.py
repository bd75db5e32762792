"""Passwords in URLs are shown and stored nowhere."""

import os
from pathlib import Path

import pytest

from trainables.store.secrets import holds_secret, paths_of_secrets, redacted
from trainables.store.stage_store import StageStore, StoreError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sftp://me:geheim@host/stages", "sftp://me:***@host/stages"),
        ("postgresql+psycopg2://u:p%40ss@db:5432/mlflow", "postgresql+psycopg2://u:***@db:5432/mlflow"),
        ("https://ghp_0123456789abcdef0123@host/x", "https://***@host/x"),
        ("https://host/x?token=abc&v=1", "https://host/x?token=***&v=1"),
        ("s3://b/k?X-Amz-Signature=abc&X-Amz-Credential=d", "s3://b/k?X-Amz-Signature=***&X-Amz-Credential=***"),
        ("cannot open 'ftp://a:b@h' nor http://c:d@i.", "cannot open 'ftp://a:***@h' nor http://c:***@i."),
        ("https://u:p:with:colons@h", "https://u:***@h"),
        ("x_1ftp://a:b@h", "x_1ftp://a:***@h"),
        ("/here/https:/u:p@h/x", "/here/https:/u:***@h/x"),
        ("postgresql://me:se/cret@127.0.0.1:9/db", "postgresql://me:***@127.0.0.1:9/db"),
        ("sftp://me:it'ssecret@127.0.0.1/x", "sftp://me:***@127.0.0.1/x"),
        ("'sftp://me:it\"s@h/x' is no store", "'sftp://me:***@h/x' is no store"),
        ("http://me:hunt/er2@h:5000", "http://me:***@h:5000"),
        ("http://me:se#c?r@t@h", "http://me:***@h"),
        ("http://me:two words@h/x", "http://me:***@h/x"),
        ("like http://host:port, not ftp://u:p@h", "like http://host:port, not ftp://u:***@h"),
        ("sftp://me@corp:se@h/x@2", "sftp://me@corp:***@h/x@2"),
    ],
)
def test_what_is_hidden(text: str, expected: str) -> None:
    assert redacted(text) == expected and holds_secret(text)
    assert redacted(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "s3://bucket/stages",
        "ssh://me@host/x",
        "sqlite:////a/b.db",
        "http://host:5000",
        "me@example.org",
        "a: b@c",
        "s3://b/x@2/y:z@3",
        "ssh://me@host:22/x@2",
        "http://host: refused, ask me@example.org",
        "http://host:5000 is down, ask me@example.org",
    ],
)
def test_what_is_not(text: str) -> None:
    assert redacted(text) == text and not holds_secret(text)


def test_where_secrets_stand_in_plain_data() -> None:
    data = {"run": {"store": "sftp://a:b@h/x", "seed": 1}, "list": ["http://h", "http://u:p@h"], "none": None}
    assert paths_of_secrets(data) == ["run.store", "list[1]"]


def test_a_store_with_a_password_is_refused_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        StageStore("sftp://me:geheim@host/stages", tmp_path)
    assert "geheim" not in str(caught.value) and "FSSPEC_SFTP_PASSWORD" in str(caught.value)


@pytest.mark.parametrize(
    ("umask", "file", "folder"), [(0o022, 0o644, 0o755), (0o077, 0o600, 0o700), (0o002, 0o664, 0o775)]
)
def test_a_stage_is_as_open_as_the_umask_says(tmp_path: Path, umask: int, file: int, folder: int) -> None:
    before = os.umask(umask)
    try:

        def build(place: Path) -> None:
            (place / "sub").mkdir()
            (place / "sub" / "a").write_text("x")
            (place / "sub" / "a").chmod(0o600)  # as safetensors leaves it

        stage = StageStore(tmp_path / "store").get_or_build("kind", {"seed": 1}, build)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in stage.rglob("*") if path.is_file()} == {file}
    assert {path.stat().st_mode & 0o777 for path in (stage, stage / "sub")} == {folder}
