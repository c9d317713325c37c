"""Static files: scripts import each other by addresses that browsers may keep for ever."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server.web.static_files import FOLDER, StaticFiles, read_static


def folders(tmp_path: Path, files: dict[str, str]) -> dict[str, Path]:
    """Write files such as `live.js` and `fax/fax.js`; return their folders by prefix."""
    for name, text in files.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = {"": tmp_path / "root"}
    for name in files:
        if "/" in name:
            feature = name.partition("/")[0]
            found[f"{feature}/"] = tmp_path / "root" / feature
    return found


def text(files: StaticFiles, name: str) -> str:
    found = files.find(name)
    assert found is not None
    return found.content.decode()


@pytest.mark.parametrize(
    "line",
    ['import { a, b } from "../live.js";', 'import {\n  a,\n  b,\n} from "../live.js";', 'import "../live.js";'],
    ids=["on one line", "on several", "for its effect"],
)
def test_an_import_gets_the_address_of_what_it_imports(tmp_path: Path, line: str) -> None:
    read = read_static(folders(tmp_path, {"live.js": "export const a = 1;\n", "fax/fax.js": line + "\na();\n"}))
    assert text(read, "fax/fax.js") == line.replace("../live.js", read.address("live.js")) + "\na();\n"


def test_what_changes_below_changes_every_address_above(tmp_path: Path) -> None:
    chain = {"fax/fax.js": 'import "../item.js";', "item.js": 'import "./live.js";', "live.js": "one"}
    before = read_static(folders(tmp_path, chain))
    after = read_static(folders(tmp_path, {**chain, "live.js": "two"}))
    assert [before.address(name) == after.address(name) for name in chain] == [False, False, False]


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"fax/fax.js": 'import "../gone.js";'}, "fax/fax.js > gone.js"),
        ({"a.js": 'import "./b.js";', "b.js": 'import "./a.js";'}, "in a circle: a.js > b.js > a.js"),
        ({"fax/fax.js": 'import "../../../etc/passwd.js";'}, "what is not there"),
    ],
    ids=["not there", "in a circle", "outside"],
)
def test_a_script_that_could_not_run_stops_the_start(tmp_path: Path, files: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        read_static(folders(tmp_path, files))


def test_no_import_of_ours_is_without_a_digest() -> None:
    features = {
        f"{folder.name}/": folder for folder in sorted(FOLDER.parents[2].glob("crm_bridge/static/*")) if folder.is_dir()
    }
    features |= {f"{name}/": FOLDER.parents[2] / name / "static" for name in ("fax", "voicemail")}
    read = read_static({"": FOLDER} | features)
    scripts = [
        prefix + path.name for prefix, folder in ({"": FOLDER} | features).items() for path in folder.glob("*.js")
    ]
    assert len(scripts) > 20
    assert {name for name in scripts if re.search(r"""(from|import) ['"]\.""", text(read, name))} == set()
