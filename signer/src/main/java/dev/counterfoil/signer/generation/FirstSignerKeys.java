package dev.counterfoil.signer.generation;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.FirstKeys;
import dev.counterfoil.keystore.KeyOrder;
import dev.counterfoil.keystore.MadeKey;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.process.settings.ProcessSettings;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.privatekeys.SoftwarePrivateKeys;
import dev.counterfoil.signer.settings.SignerConfiguration;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys that a signer's generation begins with: of its logs, and the first token key.
 *
 * @param passphrase what they are sealed with, where all are made in one run
 * @param domain trust domain
 * @param name of the signer
 * @param recordLogs names of its record logs
 * @param inSoftware whether its token keys are made here, and not in an HSM
 */
public record FirstSignerKeys(
    Path folder,
    SecretFile passphrase,
    URI issuer,
    String domain,
    String name,
    List<String> recordLogs,
    boolean inSoftware)
    implements FirstKeys.Program {
  public FirstSignerKeys {
    recordLogs = List.copyOf(recordLogs);
  }

  @Override
  public List<KeyOrder> orders() throws IOException {
    return FirstKeys.areReady(folder) || !Generation.all(name, folder).isEmpty()
        ? List.of()
        : ofGeneration(Generation.of(name, folder, 1), issuer, domain, recordLogs, inSoftware);
  }

  @Override
  public void put(List<KeyOrder> orders, List<MadeKey> made) throws IOException {
    FirstKeys.layReady(folder, orders, made);
  }

  /** Before a generation begins: what does not lie ready for it is made in one run. */
  static void makeAhead(SignerConfiguration configuration, SealedKeys sealed, Generation next)
      throws IOException, GeneralSecurityException {
    sealed.makeAhead(of(configuration, next));
  }

  /** At a signer's start: what it lacks is taken from its folder, or made in one run. */
  public static void makeAhead(SignerConfiguration configuration, SealedKeys sealed)
      throws IOException, GeneralSecurityException {
    Path folder = configuration.process().folder();
    FirstKeys.openReadyOrMake(
        folder,
        Generation.all(configuration.name(), folder).isEmpty()
            ? of(configuration, Generation.of(configuration.name(), folder, 1))
            : List.of(),
        sealed);
  }

  private static List<KeyOrder> of(SignerConfiguration configuration, Generation which) {
    return ofGeneration(
        which,
        configuration.process().issuer(),
        configuration.process().domain(),
        configuration.recordLogs().stream().map(SignerConfiguration.Door::name).toList(),
        configuration.pkcs11().isEmpty());
  }

  private static List<KeyOrder> ofGeneration(
      Generation which, URI issuer, String domain, List<String> recordLogs, boolean inSoftware) {
    List<KeyOrder> orders = new ArrayList<>();
    orders.add(Ed25519Key.order(ProcessSettings.origin(issuer, which.logName())));
    for (String door : recordLogs) {
      orders.add(Ed25519Key.order(ProcessSettings.origin(issuer, which.recordLogName(door))));
    }
    if (inSoftware) {
      orders.add(SoftwarePrivateKeys.order(domain, "k1", PublicJwk.Algorithm.ES256));
    }
    return orders;
  }
}
