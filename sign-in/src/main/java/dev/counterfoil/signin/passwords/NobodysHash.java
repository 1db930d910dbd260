package dev.counterfoil.signin.passwords;

import dev.counterfoil.signin.browser.SignInKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The hash that is computed for a name without a password. Hashes of other systems take another
 * time than ours. So while there are any, half of all names look as if they had one of them, always
 * the same: who measures learns that a name is of one half or the other, and not whether anyone has
 * it.
 */
public final class NobodysHash {
  private static final Duration KEEPS = Duration.ofMinutes(1);

  private final Supplier<List<String>> imported;
  private final SignInKey key;
  private final InstantSource clock;
  private volatile Read read = new Read(List.of(), Long.MIN_VALUE);

  private record Read(List<PasswordHash> kinds, long until) {}

  /**
   * Nobody's hashes of an issuer.
   *
   * @param imported the kinds that people have
   */
  public NobodysHash(Supplier<List<String>> imported, SignInKey key, InstantSource clock) {
    this.imported = imported;
    this.key = key;
    this.clock = clock;
  }

  /** The hash of nobody that belongs to a name. */
  public PasswordHash of(String username) {
    boolean isOurs = (mac(username, "")[0] & 1) == 0;
    Optional<PasswordHash> other =
        kinds().stream()
            .max(Comparator.comparing(kind -> mac(username, kind.kind()), Arrays::compareUnsigned));
    return isOurs ? Passwords.OURS : other.orElse(Passwords.OURS);
  }

  private byte[] mac(String username, String kind) {
    return key.mac("the hash of nobody " + username + " " + kind);
  }

  private List<PasswordHash> kinds() {
    Read now = read;
    if (now.until < clock.millis()) {
      now =
          new Read(
              imported.get().stream().flatMap(kind -> PasswordHash.of(kind).stream()).toList(),
              clock.millis() + KEEPS.toMillis());
      read = now;
    }
    return now.kinds;
  }
}
