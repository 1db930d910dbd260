package dev.counterfoil.signer;

import dev.counterfoil.configuration.SecretFile;

/** Keys made in the test's own process: a maker's process takes a third of a second. */
final class TestMaking {
  private TestMaking() {}

  static SealedKeys sealed(SecretFile passphrase) throws StartRefusedException {
    return SealedKeys.with(new KeyForKeys.PassphraseFile(passphrase), KeyMaker::make);
  }
}
