"""`self_test`: one question on each pattern, with fresh numbers, and an answer at once."""

from __future__ import annotations

import html
import random
from typing import Any

from backprop_kit.controls import as_html, with_start
from backprop_kit.questions import PATTERNS
from backprop_kit.typed import typed_number

__all__ = ["self_test"]


def self_test(seed: int | None = None) -> Any:
    """Ask for gradients in one small circuit after the other, and say at once which are right.

    Each time it is called the numbers are new; a `seed` repeats a test. Where fields and buttons
    cannot show themselves, the page shows the first question.
    """
    return SelfTest(random.Random(seed)).box


class SelfTest:
    """The question at hand, how it went so far, and the box in which it is asked."""

    def __init__(self, draws: random.Random) -> None:
        import ipywidgets as widgets

        self.draws = draws
        self.number, self.tries = 0, 0
        self.right_at_once: set[int] = set()
        self.head, self.figure, self.answer = (widgets.HTML() for _ in range(3))
        self.fields = widgets.HBox(layout={"flex_flow": "row wrap"})
        actions = {"Check": self.check, "Other numbers": self.ask, "Next": self.go_on}
        self.buttons = widgets.HBox([button(label, act) for label, act in actions.items()])
        self.ask()
        parts = [self.head, self.figure, self.fields, self.buttons, self.answer]
        self.box = with_start(widgets.VBox(parts), self.head.value + self.figure.value)

    def ask(self) -> None:
        """Draw new numbers for the question at hand, and empty the fields."""
        import ipywidgets as widgets

        self.question = PATTERNS[self.number].question(self.draws)
        self.tries = 0
        *most, last = (f"<code>d{name}</code>" for name in self.question.asked)
        self.head.value = (
            f"<b>Question {self.number + 1} of {len(PATTERNS)}:</b> "
            f"what are {', '.join(most)} and {last}?"
        )
        self.figure.value = as_html(self.question.drawing, {"solved": False})
        self.answer.value = ""
        width = {"width": "14em"}
        self.fields.children = [
            widgets.Text(description=f"d{name}", layout=width) for name in self.question.asked
        ]

    def check(self) -> None:
        """Judge what was typed; once it is right, the gradients appear in the figure."""
        typed = {field.description: typed_number(field.value) for field in self.fields.children}
        report = self.question.check(**typed)
        self.tries += 1
        self.answer.value = report._repr_html_()
        if report.ok and self.tries == 1:
            self.right_at_once.add(self.number)
        if report.ok:
            self.figure.value = as_html(self.question.drawing, {"solved": True})
        if report.ok or self.tries > 1:
            self.answer.value += f"<p>{html.escape(self.question.rule)}</p>"

    def go_on(self) -> None:
        """Ask for the next pattern; after the last, say how it went and begin anew."""
        self.number = (self.number + 1) % len(PATTERNS)
        self.ask()
        if self.number == 0:
            right = len(self.right_at_once)
            self.answer.value = f"<p>{right} of {len(PATTERNS)} right at once. Another round?</p>"
            self.right_at_once.clear()


def button(label: str, action: Any) -> Any:
    """A button that does something when it is pressed."""
    import ipywidgets as widgets

    made = widgets.Button(description=label)
    made.on_click(lambda _: action())
    return made
