"""The far end of the pipe: runs the learner's code on request and answers with recordings.

Each request is a line of JSON; so is each answer. The learner's code and no reference lives here.
"""

import json
import sys

from backprop_kit.plain import from_json
from backprop_kit.recorder import record
from backprop_kit.recording import Replacement


def main():
    code, output, upstream = (from_json(v) for v in json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        inputs, replace = (from_json(v) for v in json.loads(line))
        replacements = {name: Replacement(*pair) for name, pair in replace.items()}
        recording = record(code, inputs, replacements, output=output, upstream=upstream, quiet=True)
        print(recording.to_json(), flush=True)


if __name__ == "__main__":
    main()
