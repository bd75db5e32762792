"""Translation memories: which language a code means, and what is refused by name."""

import gzip
from pathlib import Path

import pytest

from search_spaces.languages import parse_language
from trainables.data.labelled_files import DataError, Notes
from trainables.parallel_data.tmx import language_of_code, read_tmx

SERBIAN, SIMPLIFIED, TRADITIONAL = parse_language("srp_Cyrl"), parse_language("zho_Hans"), parse_language("zho_Hant")


def unit(**segments: str) -> str:
    return "<tu>" + "".join(
        f'<tuv xml:lang="{code.replace("_", "-")}"><seg>{text}</seg></tuv>' for code, text in segments.items()
    ) + "</tu>"  # fmt: skip


def memory(folder: Path, *units: str, name: str = "m.tmx") -> Path:
    path = folder / name
    content = ('<?xml version="1.0"?><tmx version="1.4"><body>\n' + "\n".join(units) + "</body></tmx>").encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("sr", "srp_Cyrl"), ("sr-Cyrl-RS", "srp_Cyrl"), ("sr-RS", "srp_Cyrl"),
        ("sr-Latn", "srp_Latn"), ("sr_Latn_RS", "srp_Latn"),
        ("sr-ME", "srp_Latn"), ("zh", "zho_Hans"), ("zh-CN", "zho_Hans"), ("ZH-sg", "zho_Hans"), ("zh-TW", "zho_Hant"),
        ("zh-HK", "zho_Hant"), ("zh-Hant-HK", "zho_Hant"), ("zh-Hans-TW", "zho_Hans"), ("zh-yue", "yue_Hant"),
        ("zh-cmn-Hans-CN", "zho_Hans"), ("en-GB", "eng_Latn"), ("en-US-posix", "eng_Latn"), ("EN", "eng_Latn"),
        ("pa-PK", "pan_Arab"), ("pa-IN", "pan_Guru"), ("az-IR", "azj_Arab"),
        ("az-AZ", "azj_Latn"), ("es-419", "spa_Latn"),
        ("Swahili", "swh_Latn"), ("swh_Latn", "swh_Latn"), ("x-none", None), ("", None),
    ],
)  # fmt: skip
def test_what_a_code_means(code: str, language: str | None) -> None:
    """Scripts of regions as in CLDR's likely subtags."""
    assert language_of_code(code) == language


def test_a_script_is_honoured(tmp_path: Path) -> None:
    path = memory(tmp_path, unit(en="Go.", sr_Latn="Idi.", zh_Hant_HK="去。"), unit(en="Rain.", zh_CN="雨", sr="Kiša"))
    notes = Notes()
    assert list(read_tmx(path, TRADITIONAL)) == [("Go.", "去。")]
    assert list(read_tmx(path, SIMPLIFIED)) == [("Rain.", "雨")]
    assert list(read_tmx(path, SERBIAN, notes)) == [("Rain.", "Kiša")]
    assert notes == {f"segments in {code} left out": 1 for code in ("sr-Latn", "zh-Hant-HK", "zh-CN")}


def test_a_memory_without_the_language_says_what_it_holds(tmp_path: Path) -> None:
    """And does not speak of filters, of which none has run."""
    path = memory(tmp_path, unit(en="Go.", sr_Latn="Idi."), unit(en="Rain.", sr_Latn="Kiša."))
    with pytest.raises(
        DataError,
        match=r"units with eng_Latn and srp_Cyrl, but .*m.tmx has none; .*en \(2\), sr-Latn \(2\). Name one that it "
        "holds: srp_Latn",
    ):
        list(read_tmx(path, SERBIAN))


def test_a_memory_of_another_script_says_under_which_name_it_can_be_read(tmp_path: Path) -> None:
    path = memory(tmp_path, unit(en="Go.", zh_HK="去。", x_y="?"))
    with pytest.raises(DataError, match=r"Name one that it holds: zho_Hant\.$"):
        list(read_tmx(path, SIMPLIFIED))


def test_a_truncated_or_false_gzip_and_an_unknown_encoding_are_one_sentence(tmp_path: Path) -> None:
    path = memory(tmp_path, *[unit(en=f"Go {i * 7919}.", sr=f"Idi {i * 104729}.") for i in range(500)], name="m.tmx.gz")
    whole = path.read_bytes()
    for content, message in (
        (whole[: len(whole) // 2], "whole gzip file, but breaks off.*again"),
        (b"<tmx/>", "begins"),
    ):
        path.write_bytes(content)
        with pytest.raises(DataError, match=message) as caught:
            list(read_tmx(path, SERBIAN))
        assert str(path) in str(caught.value)
    plain = tmp_path / "m.tmx"
    for encoding in ("klingon", "utf-7", "shift_jis"):
        plain.write_text(f'<?xml version="1.0" encoding="{encoding}"?><tmx/>')
        with pytest.raises(DataError, match="m.tmx must be"):
            list(read_tmx(plain, SERBIAN))
    plain.write_bytes(f'<?xml version="1.0" encoding="UTF-16"?><tmx>{unit(en="Go", sr="Idi")}</tmx>'.encode("utf-16"))
    assert list(read_tmx(plain, SERBIAN)) == [("Go", "Idi")]
