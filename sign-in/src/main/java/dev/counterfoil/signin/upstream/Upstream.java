package dev.counterfoil.signin.upstream;

import dev.counterfoil.format.bytes.SecureUrl;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A provider at which people of a tenant sign in.
 *
 * @param name in URLs and events: 1 to 32 of {@code a-z 0-9 -}
 * @param label what people know it as
 * @param tenant whose people it signs in
 * @param issuer its URL, as its ID tokens say it
 * @param clientId ours there
 * @param secret ours there, for {@code client_secret_basic}; empty for a public client
 * @param creates whether a person whom it knows and we do not is added
 * @param linksByEmail whether a verified address of it links to the person who has the same
 *     verified address
 */
public record Upstream(
    String name,
    String label,
    String tenant,
    URI issuer,
    String clientId,
    Optional<Secret> secret,
    boolean creates,
    boolean linksByEmail) {
  /** Reads a secret where it is kept, each time that it is needed. */
  @FunctionalInterface
  public interface Secret {
    byte[] read() throws IOException;
  }

  private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,32}");
  private static final int TEXT_MAX = 200;

  /**
   * Checks every rule.
   *
   * @throws IllegalArgumentException naming the rule that is broken
   */
  public Upstream {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("the name of an upstream is 1 to 32 of a-z 0-9 and -");
    }
    requireText("label", label);
    requireText("tenant", tenant);
    requireText("client id", clientId);
    SecureUrl.require("issuer of the upstream " + name, issuer);
  }

  private static void requireText(String what, String text) {
    if (text.isBlank()
        || text.length() > TEXT_MAX
        || text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "the " + what + " of an upstream has 1 to 200 characters and no control characters");
    }
  }
}
