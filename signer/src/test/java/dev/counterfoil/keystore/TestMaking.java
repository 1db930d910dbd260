package dev.counterfoil.keystore;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.hardening.StartRefusedException;

/** Keys made in the test's own process: a maker's process takes a third of a second. */
public final class TestMaking {
  private TestMaking() {}

  public static SealedKeys sealed(SecretFile passphrase) throws StartRefusedException {
    return SealedKeys.with(new KeyForKeys.PassphraseFile(passphrase), KeyMaker::make);
  }
}
