"""A class of attackers is graded at once: nobody gains a point, and nobody else notices.

The attacks are data, in tests/hostile/.
"""

import pytest

from tests.hostile import attacks
from tests.hostile.classroom import HONEST, Class
from tests.sandboxes import needs_sandbox

ATTACKS = list(attacks())
# Attacks that are known to come through, each with the reason; one that no longer does is an error.
KNOWN: dict[str, str] = {}


@pytest.mark.timeout(1200)
def test_every_attack_gets_what_it_deserves_and_no_more(tmp_path):
    needs_sandbox()
    group = Class(tmp_path, ATTACKS)
    done = group.grade()
    assert done.returncode == 0, done.stderr[-3000:]

    problems = {attack.name: list(group.problems(attack)) for attack in [*HONEST, *ATTACKS]}
    came_through = {name: found for name, found in problems.items() if found}
    assert {n: found for n, found in came_through.items() if n not in KNOWN} == {}
    assert set(KNOWN) <= set(came_through), "what is stopped now is no longer to be listed as known"
    assert group.listener.calls == 0


def test_there_are_many_and_they_differ():
    assert len(ATTACKS) >= 100
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert {attack.stopped_by for attack in ATTACKS} == {"intake", "verdict", "sandbox"}
    assert sum(attack.careless for attack in ATTACKS) >= 30
    assert set(KNOWN) <= {attack.name for attack in ATTACKS}
