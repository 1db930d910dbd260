package dev.counterfoil.signer;

import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.hardening.StartRefusedException;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.process.KeyProgram;
import dev.counterfoil.signer.generation.DamagedGenerationException;
import dev.counterfoil.signer.generation.FirstSignerKeys;
import dev.counterfoil.signer.privatekeys.HsmFolder;
import dev.counterfoil.signer.privatekeys.HsmPrivateKeys;
import dev.counterfoil.signer.privatekeys.PrivateKeys;
import dev.counterfoil.signer.privatekeys.SoftwarePrivateKeys;
import dev.counterfoil.signer.settings.SignerConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;

/** The signer's program. */
public final class SignerProgram {
  private SignerProgram() {}

  /**
   * Runs with a custody of the caller's choice. The product's own main class takes the one that the
   * configuration names.
   *
   * @return the exit code for the process, of sysexits(3)
   */
  public static int run(SignerConfiguration configuration, PrivateKeys custody) {
    return run(configuration, keysAtRest -> custody);
  }

  /** Runs with the custody that the configuration names. */
  static int run(SignerConfiguration configuration) {
    return run(configuration, keysAtRest -> custody(configuration, keysAtRest));
  }

  private static int run(SignerConfiguration configuration, CustodyMaker custody) {
    return KeyProgram.run(
        configuration,
        with -> {
          FirstSignerKeys.makeAhead(configuration, with.keysAtRest());
          PrivateKeys keys = custody.make(with.keysAtRest());
          try {
            return new SignerProcess(configuration, keys, with);
          } catch (DamagedGenerationException e) {
            keys.close();
            return new DamagedSigner(configuration, with, e);
          }
        });
  }

  /** The custody that is configured, and never another one in its place. */
  private static PrivateKeys custody(SignerConfiguration configuration, SealedKeys keysAtRest)
      throws IOException, GeneralSecurityException, StartRefusedException {
    SoftwarePrivateKeys software =
        new SoftwarePrivateKeys(keysAtRest, configuration.process().domain());
    if (configuration.pkcs11().isPresent()) {
      return HsmPrivateKeys.start(
          configuration.process().folder(),
          configuration.pkcs11().get(),
          configuration.hsmAlgorithms(),
          software);
    }
    List<Path> inToken = HsmFolder.keyFiles(configuration.process().folder());
    if (!inToken.isEmpty()) {
      throw new StartRefusedException(
          ProcessExitCode.CONFIGURATION,
          "keys of this signer are in a PKCS#11 token ("
              + inToken.getFirst()
              + "), but its configuration has no pkcs11. Put it back. To give up a"
              + " token, see docs/operate/hsm.md");
    }
    return software;
  }

  @FunctionalInterface
  private interface CustodyMaker {
    PrivateKeys make(SealedKeys keysAtRest)
        throws IOException, GeneralSecurityException, StartRefusedException;
  }
}
