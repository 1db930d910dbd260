"""Says of each token on standard input, one a line, VERIFIED and its position, or REFUSED and why:
python3 -m counterfoil_verifier POLICY AUDIENCE TENANT... < TOKENS"""

import sys
from pathlib import Path

from . import Expectations, Refusal, Verifier

if len(sys.argv) < 4:
    sys.exit("usage: python3 -m counterfoil_verifier POLICY AUDIENCE TENANT... < TOKENS")
verifier = Verifier(Path(sys.argv[1]).read_bytes())
expect = Expectations(audience=sys.argv[2], tenants=sys.argv[3:], binding="bearer-allowed")
for line in sys.stdin:
    try:
        print("VERIFIED", verifier.verify(line.strip(), expect).position)
    except Refusal as refusal:
        print("REFUSED", refusal)
