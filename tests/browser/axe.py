"""axe-core, from the project's own node_modules: what is wrong for people who see or hear less."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Page

SCRIPT = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => {
  const { violations } = await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  });
  return violations.map(({ id, impact, nodes }) =>
    `${impact}: ${id}: ${nodes.map(({ target }) => target.join(" ")).slice(0, 5).join(", ")}`);
}"""


def violations(page: Page) -> list[str]:
    """Every violation as "impact: rule: elements", minor ones and best practices included."""
    page.evaluate(_read_script())
    found: list[str] = page.evaluate(_RUN)
    return found


@cache
def _read_script() -> str:
    if not SCRIPT.is_file():
        tell = pytest.fail if os.environ.get("CI") or shutil.which("npm") else pytest.skip
        tell("axe-core is missing: 'npm ci' fetches it, with Node.js")
    return SCRIPT.read_text()
