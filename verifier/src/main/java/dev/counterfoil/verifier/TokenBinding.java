package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a token is bound to: its claim {@code cnf}.
 *
 * @param key thumbprint in {@code jkt} (RFC 9449 6.1)
 * @param certificate thumbprint in {@code x5t#S256} (RFC 8705 3.1)
 * @param isUnsupported whether there is a {@code cnf} that names something else besides, or nothing
 */
record TokenBinding(@Nullable String key, @Nullable String certificate, boolean isUnsupported) {
  private static final String KEY = "jkt";
  private static final String CERTIFICATE = "x5t#S256";
  private static final Set<String> CONFIRMATIONS = Set.of(KEY, CERTIFICATE);

  /** Reads a {@code cnf}; null where the token has none. */
  static TokenBinding of(@Nullable JsonObject confirmation) throws FormatException {
    return confirmation == null
        ? new TokenBinding(null, null, false)
        : new TokenBinding(
            confirmation.optionalString(KEY).orElse(null),
            confirmation.optionalString(CERTIFICATE).orElse(null),
            confirmation.names().isEmpty() || !CONFIRMATIONS.containsAll(confirmation.names()));
  }

  /** Whether the token says that it is bound, in whatever way. */
  boolean isBound() {
    return key != null || certificate != null || isUnsupported;
  }
}
