package dev.counterfoil.signer;

import dev.counterfoil.signer.rotation.KeyLifeSimulation;

/**
 * Faults that are put into {@link KeyLifeSimulation} on purpose, so that it is known to find them:
 * each with words of what it must say.
 */
public enum PlantedFault {
  /** The publisher lists a key when it signs, and not when it is stated: no lead is left. */
  LISTS_ONLY_WHAT_SIGNS("a copy of the JWKS"),
  /** Services keep the JWKS for three times as long as they are told. */
  COPIES_LIVE_TOO_LONG("a copy of the JWKS"),
  /** The publisher leaves a key out when it signs no more; its tokens are in force. */
  DROPS_A_KEY_AT_RETIREMENT("a copy of the JWKS"),
  /** The registrar withdraws a key when it is retired, before its last token has ended. */
  WITHDRAWN_AT_RETIREMENT("a copy of the JWKS"),
  /** The rotation has stopped, and the signer goes on with the key that it has. */
  SIGNS_PAST_ITS_END("ACTIVE_WINDOW"),
  /** The same, and no verifier asks for a key's window: 2023. */
  NOBODY_ASKS_FOR_THE_AGE("past its ceiling"),
  /** The signer takes a key before the registrar has answered. */
  SIGNS_BEFORE_IT_IS_STATED("does not stand in the key log"),
  /** Retired keys are not destroyed. */
  PRIVATE_HALVES_STAY("private halves are few"),
  /** Verifiers do not hear of a taint, and take what its thief signs. */
  TAINTS_ARE_NOT_HEARD("forged");

  final String found;

  PlantedFault(String found) {
    this.found = found;
  }
}
