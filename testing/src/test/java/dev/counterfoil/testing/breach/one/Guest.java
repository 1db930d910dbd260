package dev.counterfoil.testing.breach.one;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.ConsistencyProof;
import dev.counterfoil.testing.breach.two.Host;

/** Half of a ring of packages, planted for {@code RoomsTest}. */
public record Guest(Host host) {
  /** A judgement of its own. */
  public boolean believes(ConsistencyProof proof, Hash seen, Hash offered) {
    return proof.proves(seen, offered);
  }
}
