package dev.counterfoil.drills.mail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The folder of public keys that a Dovecot trusts when it decides by itself: {@code
 * default/ES256/<kid>}, each file one JWK. Nothing in it says which issuer a key speaks for.
 */
public final class DovecotKeys {
  /**
   * A public key.
   *
   * @param kid its name in tokens
   * @param jwk the key as a JSON object; only ES256 keys are used here
   */
  public record Key(String kid, String jwk) {
    private static final Pattern KID = Pattern.compile("[A-Za-z0-9_-]{1,128}");

    public Key {
      if (!KID.matcher(kid).matches()) {
        throw new IllegalArgumentException(
            "a key name that is not a thumbprint cannot be a file name");
      }
    }
  }

  private final Path folder;

  DovecotKeys(Path folder) {
    this.folder = folder.resolve("default").resolve("ES256");
  }

  /**
   * Trusts these keys and no others. Keys that leave are believed until the server reloads; new
   * ones are seen at once.
   */
  public void trust(Collection<Key> keys) throws IOException {
    Files.createDirectories(folder);
    try (Stream<Path> old = Files.list(folder)) {
      for (Path file : old.toList()) {
        Files.delete(file);
      }
    }
    for (Key key : keys) {
      Files.writeString(folder.resolve(key.kid()), key.jwk());
    }
  }
}
