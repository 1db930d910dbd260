package dev.counterfoil.registrar.keys;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.FirstKeys;
import dev.counterfoil.keystore.KeyOrder;
import dev.counterfoil.keystore.MadeKey;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/** The keys that a registrar begins with: of its key log, and its first statement key. */
public record FirstRegistrarKeys(Path folder, SecretFile passphrase, URI issuer)
    implements FirstKeys.Program {
  private static final String KEYS = "keys";

  @Override
  public List<KeyOrder> orders() throws IOException {
    return lacking(folder, issuer);
  }

  @Override
  public void put(List<KeyOrder> orders, List<MadeKey> made) throws IOException {
    FileDisk disk = keys(folder);
    for (int i = 0; i < orders.size(); i++) {
      boolean isLog = orders.get(i).equals(logOrder(issuer));
      Ed25519Key.write(
          disk,
          isLog ? KeyLogKey.LABEL : StatementKeys.LABEL,
          isLog ? KeyLogKey.name(issuer) : StatementKeys.name(issuer),
          made.get(i));
    }
  }

  /** What a registrar lacks. */
  public static List<KeyOrder> lacking(Path folder, URI issuer) throws IOException {
    List<String> names = keys(folder).names();
    List<KeyOrder> orders = new ArrayList<>();
    if (!names.contains(KeyLogKey.LABEL + ".vkey")) {
      orders.add(logOrder(issuer));
    }
    if (names.stream().noneMatch(StatementKeys::isPublicHalf)) {
      orders.add(Ed25519Key.order(StatementKeys.name(issuer)));
    }
    return orders;
  }

  /** The key of a registrar's key log, for policies. */
  public static NoteKey keyLog(Path folder) throws IOException, GeneralSecurityException {
    return Ed25519Key.publicKey(keys(folder), KeyLogKey.LABEL);
  }

  /** The file that is there when a registrar has made the key of its key log. */
  public static Path keyLogFile(Path folder) {
    return folder.resolve(KEYS).resolve(KeyLogKey.LABEL + ".vkey");
  }

  private static FileDisk keys(Path folder) throws IOException {
    return FileDisk.privateFolder(folder.resolve(KEYS));
  }

  private static KeyOrder logOrder(URI issuer) {
    return Ed25519Key.order(KeyLogKey.name(issuer));
  }
}
