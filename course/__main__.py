"""`python3 course`: makes the environment once, then opens the notebooks.

Any Python can read this file, however old, so that it can say what is needed instead of failing.
"""

import os
import runpy
import sys

if sys.version_info < (3, 11):
    sys.exit(
        "The course needs Python 3.11 or newer, and this is "
        + sys.version.split()[0]
        + ": install a newer one and name it, for example: python3.12 course."
    )

launcher = os.path.join(os.path.dirname(os.path.abspath(__file__)), "launcher.py")
runpy.run_path(launcher, run_name="__main__")
