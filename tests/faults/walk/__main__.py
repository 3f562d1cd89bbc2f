"""Prints the table of the guards, and for each guard the shortest story of what it prevents.

python -m tests.faults.walk
"""

import sys

from tests.faults.walk.guards import REMOVED, TABLE, most_acts

for name, (rules, _) in TABLE.items():
    acts, found = most_acts(rules)
    sys.stdout.write(f"{name:<22}{acts} acts{found.moments:>9} moments\n")
for name, rules in REMOVED.items():
    _, found = most_acts(rules)
    sys.stdout.write(f"\nwithout {name}:\n{found.told()}\n")
