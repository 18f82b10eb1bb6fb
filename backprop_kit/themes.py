"""Pages that say whether they are light or dark: JupyterLab, VS Code, and pages of the kit's own."""

from __future__ import annotations

DARK = ('[data-jp-theme-light="false"]', ".vscode-dark", '[data-theme="dark"]')
LIGHT = ('[data-jp-theme-light="true"]', ".vscode-light", '[data-theme="light"]')


def on_pages(selector: str, light: str, dark: str) -> str:
    """One rule for what stands on a dark page, and one for what stands on a light page."""
    return "".join(
        f"{','.join(f'{page} {selector}' for page in pages)}{{{rule}}}"
        for pages, rule in ((DARK, dark), (LIGHT, light))
    )
