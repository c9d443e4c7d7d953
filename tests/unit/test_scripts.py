"""ES modules joined into one script."""

from __future__ import annotations

import pytest

from chalicelib.pages.scripts import join_modules

UNITS = "const SIGN = '$';\nexport const zero = () => `${SIGN}0`;\n"
MAIN = 'import { zero } from "./units.js";\nconst SIGN = zero();\n'


def test_a_module_comes_after_what_it_imports_and_keeps_its_names_to_itself() -> None:
    joined = join_modules({"main": MAIN, "units": UNITS}, "main")

    assert joined == (
        "const module_units = (() => {\n"
        "const SIGN = '$';\nconst zero = () => `${SIGN}0`;\n\n"
        "return { zero };\n"
        "})();\n"
        "const module_main = (() => {\n"
        "const { zero } = module_units;\nconst SIGN = zero();\n\n"
        "return {  };\n"
        "})();"
    )


def test_a_module_that_two_import_is_there_once() -> None:
    both = 'import { zero } from "./units.js";\nimport { one } from "./one.js";\n'
    one = 'import { zero } from "./units.js";\nexport class one {}\n'
    joined = join_modules({"main": both, "one": one, "units": UNITS}, "main")
    assert joined.count("module_units = ") == 1
    assert joined.index("module_units = ") < joined.index("module_one = ")


def test_what_nobody_imports_is_left_out() -> None:
    assert "SIGN" not in join_modules({"main": "start();\n", "units": UNITS}, "main")


def test_an_import_may_take_several_lines() -> None:
    joined = join_modules(
        {"main": 'import {\n  zero,\n} from "./units.js";\n', "units": UNITS}, "main"
    )
    assert "const {\n  zero,\n} = module_units;" in joined


@pytest.mark.parametrize(
    "line",
    [
        'import * as units from "./units.js";',
        'import units from "./units.js";',
        'import "./units.js";',
        "import { zero } from './units.js';",
        'import { zero } from "https://example.com/units.js";',
        "export default function () {}",
        "export let counter = 0;",
        "export { zero };",
    ],
)
def test_other_forms_of_import_and_export_are_refused_not_garbled(line: str) -> None:
    with pytest.raises(ValueError, match=r"main\.js: cannot join '"):
        join_modules({"main": f"{line}\n", "units": UNITS}, "main")


def test_a_circle_is_refused_naming_it() -> None:
    sources = {
        "main": 'import { a } from "./one.js";\n',
        "one": 'import { b } from "./two.js";\n',
        "two": 'import { a } from "./one.js";\n',
    }
    with pytest.raises(ValueError, match="main -> one -> two -> one"):
        join_modules(sources, "main")


def test_a_module_that_is_not_there_is_named_with_who_wants_it() -> None:
    with pytest.raises(ValueError, match=r"no module units\.js, which main\.js imports"):
        join_modules({"main": MAIN}, "main")
