"""python3 verifiers.py POLICY TOKENS JWKS SECONDS: tokens a second on one core, by PyJWT alone and by our verifier."""

import json
import sys
import time
from pathlib import Path

import jwt

sys.path.insert(0, str(Path(__file__).parents[2] / "integrations/python/src"))
from counterfoil_verifier import Expectations, Verifier  # noqa: E402

policy = Path(sys.argv[1]).read_bytes()
tokens = Path(sys.argv[2]).read_text().split()
keys = {key["kid"]: jwt.PyJWK(key).key for key in json.loads(Path(sys.argv[3]).read_text())["keys"] if key.get("alg") == "ES256"}
claims = jwt.decode(tokens[0], options={"verify_signature": False})
audience = claims["aud"] if isinstance(claims["aud"], str) else claims["aud"][0]
expect = Expectations(audience=audience, tenants=[claims["tenant"]], binding="bearer-allowed")


def rate(what, before, check):
    count, spent, rounds = 0, 0.0, 0
    # The first round warms up.
    while rounds < 2 or spent < float(sys.argv[4]):
        state = before()
        begun = time.perf_counter()
        for token in tokens:
            check(token, state)
        if rounds:
            spent += time.perf_counter() - begun
            count += len(tokens)
        rounds += 1
    print(what, count / spent)


def started():
    verifier = Verifier(policy)
    verifier.verify(tokens[0], expect)  # keys and tiles
    return verifier


def by_peer(token, _):
    kid = jwt.get_unverified_header(token)["kid"]
    jwt.decode(token, keys[kid], algorithms=["ES256"], audience=audience, issuer=claims["iss"])


seen = started()
rate("peer", lambda: None, by_peer)
rate("first", started, lambda token, verifier: verifier.verify(token, expect))
rate("again", lambda: seen, lambda token, verifier: verifier.verify(token, expect))
