"""The settings of every nbgrader command that is run in this folder.

Nothing here depends on the machine: a fresh clone can generate, grade and give feedback at once.
"""

import os
import sys
from pathlib import Path

from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    DeduplicateIds,
    IgnorePattern,
    IncludeHeaderFooter,
    InstantiateTests,
    LimitOutput,
    LockCells,
    OverwriteCells,
    OverwriteKernelspec,
    SaveCells,
)

# nbgrader puts this function into the file, as it puts in `c`.
c = get_config()  # type: ignore[name-defined]  # noqa: F821

# nbgrader insists on an absolute path.
course = Path(__file__).resolve().parent
c.CourseDirectory.root = str(course)
c.CourseDirectory.course_id = "backprop"
c.CourseDirectory.db_url = f"sqlite:///{course / 'gradebook.db'}"

# nbgrader calls its helper `alembic` by name, which is found even if no environment is activated.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

# The exchange must exist before the first command that uses it.
exchange = course / "exchange"
exchange.mkdir(exist_ok=True)
c.Exchange.root = str(exchange)

# Collecting a newer version keeps the earlier one, in replaced/; nobody's submission or missing note
# stops those of others.
c.ExchangeFactory.collect = "autograder.exchange.Collect"
c.ExchangeFactory.release_feedback = "autograder.exchange.ReleaseFeedback"

# What a learner finds in the place of the solution. It has to run: an exercise shows its circuit
# before it is solved, and `pass` stands wherever a statement may, alone in a body or not.
c.ClearSolutions.code_stub = {"python": "# your lines here\npass"}
c.ClearSolutions.text_stub = "*Your answer here.*"

# What was handed in is run in a sandbox, and judged by a process that it cannot reach. Seconds for
# one cell: a loop without end is interrupted then, and the rest of the notebook runs.
c.SandboxedExecute.timeout = 30

# The record of how each verdict came about lies beside the graded notebook and stays there.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "*.verdicts.json",
]  # fmt: skip

# A script in a learner's prose would run in the browser of whoever reads it, who is signed in; and
# some texts take minutes to be set or coloured, while everybody waits for the page.
c.HTMLExporter.filters = {
    "markdown2html": "autograder.pages.markdown_to_html",
    "highlight_code": "autograder.pages.highlight_code",
}

# What was handed in is opened by a process of its own, which makes it safe to open and puts the
# cells of the course right; nbgrader gets to see what came of it, which lies in intake/.
c.Autograde.exporter_class = "autograder.arrivals.Arrivals"

# nbgrader's own steps and one of the course's: PinSource notes what is released, and nobody is
# graded against a source that says something else.
c.GenerateAssignment.preprocessors = [
    IncludeHeaderFooter,
    InstantiateTests,
    LockCells,
    ClearSolutions,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
    "autograder.preprocessors.PinSource",
]

# nbgrader's own steps and two of the course's: ReadScores lets nothing but a plain number count as
# a score, and SaveScores (in the place of SaveAutoGrades) leaves to a person what only a person
# can judge.
c.Autograde.sanitize_preprocessors = [
    ClearOutput,
    DeduplicateIds,
    OverwriteKernelspec,
    OverwriteCells,
    CheckCellMetadata,
]
c.Autograde.autograde_preprocessors = [
    "autograder.execute.SandboxedExecute",
    "autograder.preprocessors.ReadScores",
    IgnorePattern,
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    LimitOutput,
    "autograder.preprocessors.SaveScores",
    AssignLatePenalties,
    CheckCellMetadata,
]
