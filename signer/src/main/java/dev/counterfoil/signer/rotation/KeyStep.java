package dev.counterfoil.signer.rotation;

import dev.counterfoil.format.keys.KeyStatement.Ring;

/**
 * One step in a key's life, as {@link KeyDecisions} finds it due. Each leaves a state from which
 * the same decisions go on, whether it was taken, half taken or not taken when the process died.
 */
sealed interface KeyStep {
  /** A key is made and kept, with the statement that the registrar will be asked for. */
  record Prepare(Ring ring, KeyRing.Window window) implements KeyStep {}

  /** The key log gets the key's statement; before that it signs nothing. */
  record State(TokenKey key) implements KeyStep {}

  /** A key that is stated nowhere yet gets a later window, which still can be known in time. */
  record Postpone(TokenKey key, KeyRing.Window window) implements KeyStep {}

  /** The key signs from now on: said to people, since the clock alone decides it. */
  record Activate(TokenKey key) implements KeyStep {}

  /** The key log gets the end of a key that signs no more. */
  record Retire(int number, String kid) implements KeyStep {}

  /** The private half is destroyed, for good. */
  record Destroy(TokenKey key) implements KeyStep {}

  /** What the folder holds of a key goes when its public half is withdrawn. */
  record Forget(int number) implements KeyStep {}
}
