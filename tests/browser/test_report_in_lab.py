"""A report in JupyterLab: it can be read in both themes, and the code stands as it was written."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

FORK = """\
def fork(x, y):
    xpy = x + y
    num = x * 3
    f = xpy * num
    # backward pass
    dxpy = num
    dnum = xpy
    dx = 0.0
    for part in (dxpy, 3 * dnum):
        dx = part
    dy = dxpy
    return f, dx, dy
"""
CHECK = "from backprop_kit import check\ncheck(fork, x=3.0, y=-4.0)"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
AGAIN = "check('q = x * y\\nf = q * 2\\ndq = 1.0\\ndx = y * dq\\ndy = x * dq', x=2.0, y=3.0)"
READABLE = 4.5  # WCAG 2, contrast of text at level AA

# The contrast of each word of a report with what lies behind it, and where its code stands.
LOOK = """() => {
    const numbers = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
    const light = colour => {
        const [r, g, b] = numbers(colour).slice(0, 3).map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = element => {
        for (let e = element; e; e = e.parentElement) {
            const colour = getComputedStyle(e).backgroundColor;
            const parts = numbers(colour);
            if (parts.length === 3 || parts[3] === 1) return colour;
        }
        return 'rgb(255, 255, 255)';
    };
    const contrast = element => {
        const both = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
        return (both[0] + 0.05) / (both[1] + 0.05);
    };
    const words = [...document.querySelectorAll('.backprop-report th, .backprop-report td, .backprop-report p, .backprop-report code')]
        .filter(e => e.innerText.trim());
    const marked = [...document.querySelectorAll('.backprop-report tr.at-fault')];
    return {
        contrasts: words.map(e => [e.innerText, contrast(e)]),
        page: behind(document.querySelector('.jp-Notebook')),
        marked: marked.map(e => [e.innerText, getComputedStyle(e).backgroundColor]),
        striped: [...document.querySelectorAll('.backprop-report tbody tr:not(.at-fault)')]
            .map(e => getComputedStyle(e).backgroundColor).filter(c => numbers(c)[3] !== 0),
        code: [...document.querySelectorAll('.backprop-report td code')]
            .map(e => [e.textContent, e.getBoundingClientRect().left, getComputedStyle(e).whiteSpace]),
        ids: document.querySelectorAll('.backprop-report [id]').length,
    };
}"""
THEME = """theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_a_report_can_be_read(lab, notebooks, pictures, theme):
    cells = [new_code_cell(source) for source in (FORK, CHECK, AGAIN)]
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), notebooks / "report.ipynb")
    with lab.open("report.ipynb") as notebook:
        shown = notebook.run_all()
        notebook.page.evaluate(THEME, theme)
        light = "true" if theme.endswith("Light") else "false"
        notebook.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")
        look = notebook.page.evaluate(LOOK)
        notebook.photograph(pictures / f"report-{theme.split()[-1].lower()}.png")
    assert [cell.error for cell in shown if cell.error] == []
    assert "fork: dx is not right; score 0.75" in shown[1].shown
    faint = [found for found in look["contrasts"] if found[1] < READABLE]
    assert len(look["contrasts"]) > 20
    assert not faint
    assert [text.split()[1] for text, _ in look["marked"]] == ["wrong", "wrong"]
    assert all(colour != look["page"] for _, colour in look["marked"])
    assert not look["striped"]
    assert len({left for text, left, _ in look["code"][:6]}) == 1
    assert ["    dx = part"] == [
        text for text, _, space in look["code"] if space == "pre" and text[0] == " "
    ]
    assert look["ids"] == 0
    assert notebook.outside == []
