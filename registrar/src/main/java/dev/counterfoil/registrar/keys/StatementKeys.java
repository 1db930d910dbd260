package dev.counterfoil.registrar.keys;

import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.root.DelegationWindows;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.process.settings.ProcessSettings;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A registrar's statement keys: the one that it states with, and the next one, which waits for the
 * root to name it. Made one after another, never changed; the one before is destroyed when no
 * delegation names it any more. Belongs to the registrar's thread.
 */
public final class StatementKeys {
  /** Most keys at one time: the one that stands, and one more. */
  public static final int KEYS_MAX = 2;

  public static final String LABEL = "statement";

  private final SealedKeys sealed;
  private final Disk disk;
  private final String name;
  private final List<Held> held = new ArrayList<>();

  private record Held(int number, StatementSigner signer) {
    String label() {
      return number == 1 ? LABEL : LABEL + "-" + number;
    }
  }

  private StatementKeys(SealedKeys sealed, Disk disk, String name) {
    this.sealed = sealed;
    this.disk = disk;
    this.name = name;
  }

  /**
   * Opens the keys in a folder; the first is made when there is none.
   *
   * @param name the registrar's
   */
  public static StatementKeys openOrMake(SealedKeys sealed, Disk disk, String name)
      throws IOException, GeneralSecurityException {
    StatementKeys keys = new StatementKeys(sealed, disk, name);
    List<Integer> numbers = new ArrayList<>();
    List<String> files = disk.names();
    for (String file : files) {
      number(file).ifPresent(numbers::add);
      // A public half is written last and deleted first: without it a key is half made, or over.
      if (file.startsWith(LABEL)
          && file.endsWith(".sealed")
          && !files.contains(file.replaceFirst("[.]sealed$", ".vkey"))) {
        disk.delete(file);
      }
    }
    numbers.sort(null);
    for (int number : numbers.isEmpty() ? List.of(1) : numbers) {
      keys.open(number);
    }
    return keys;
  }

  /** The name of a registrar's statement keys. */
  public static String name(URI issuer) {
    return ProcessSettings.origin(issuer, "").replaceFirst("/logs/$", "/registrar");
  }

  /** Whether a file is the public half of a statement key. */
  public static boolean isPublicHalf(String file) {
    return number(file).isPresent();
  }

  /** The number of the key whose public half a file is. */
  private static Optional<Integer> number(String file) {
    if (file.equals(LABEL + ".vkey")) {
      return Optional.of(1);
    }
    return file.matches(LABEL + "-[0-9]{1,6}[.]vkey")
        ? Optional.of(Integer.parseInt(file.substring(LABEL.length() + 1, file.length() - 5)))
        : Optional.empty();
  }

  private StatementSigner open(int number) throws IOException, GeneralSecurityException {
    String label = number == 1 ? LABEL : LABEL + "-" + number;
    StatementSigner signer = Ed25519Key.openOrMake(sealed, disk, label, name).statements();
    held.add(new Held(number, signer));
    return signer;
  }

  /** The key that the next ceremony should name. */
  public PublicJwk newest() {
    return held.getLast().signer().key();
  }

  /** Signs with the key of a delegation; empty when it is not here. */
  public Optional<StatementSigner> of(PublicJwk key) {
    return held.stream().map(Held::signer).filter(one -> one.key().equals(key)).findFirst();
  }

  /**
   * Makes the next key, which the next ceremony should name. When one waits already, it is that.
   */
  public PublicJwk makeNext() throws IOException, GeneralSecurityException {
    return held.size() >= KEYS_MAX ? newest() : open(held.getLast().number() + 1).key();
  }

  /**
   * Destroys the keys before the one that stands, once no delegation names them any more.
   *
   * @param standing the key of the delegation that stands
   * @return the keys that were destroyed
   */
  public List<PublicJwk> destroyBefore(PublicJwk standing, DelegationWindows windows)
      throws IOException {
    List<PublicJwk> destroyed = new ArrayList<>();
    while (held.size() > 1
        && !held.getFirst().signer().key().equals(standing)
        && windows.all().stream()
            .noneMatch(
                one -> one.delegation().statementKey().equals(held.getFirst().signer().key()))) {
      Held over = held.removeFirst();
      disk.delete(over.label() + ".vkey");
      disk.delete(over.label() + ".sealed");
      destroyed.add(over.signer().key());
    }
    return destroyed;
  }
}
