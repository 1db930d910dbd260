package dev.counterfoil.authority.keys;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.IssuerJwks;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A set of keys that the registrar signed and left beside the key log. It is served when the key
 * log says that its signer may state keys, and, where it lists keys that count, when every one of
 * them counts here as well.
 */
final class SignedSetFile {
  /** How often it is looked whether it was written anew. */
  private static final Duration FRESH = Duration.ofSeconds(1);

  /** By how much the registrar's clock may be ahead. */
  private static final Duration SKEW = Duration.ofSeconds(60);

  private static final System.Logger LOG = System.getLogger(SignedSetFile.class.getName());

  private final FileDisk folder;
  private final String name;
  private @Nullable Signed last;
  private byte[] refused = new byte[0];
  private Instant lookedAt = Instant.MIN;

  /**
   * A set whose signature is good.
   *
   * @param text the JWS
   * @param kids of its keys
   * @param statement the registrar's
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Signed(byte[] text, Set<String> kids, RegistrarStatement statement) {
    Instant ends() {
      return statement.signedAt().plus(IssuerJwks.SIGNED_LIFE);
    }
  }

  SignedSetFile(FileDisk folder, String name) {
    this.folder = folder;
    this.name = name;
  }

  /** What was signed last and counts now; empty when there is nothing. */
  synchronized Optional<Signed> current(KeySet keys, Instant now) {
    if (now.isBefore(lookedAt) || !now.isBefore(lookedAt.plus(FRESH))) {
      look(keys);
      lookedAt = now;
    }
    return Optional.ofNullable(last)
        .filter(
            signed ->
                now.isBefore(signed.ends())
                    && !signed.statement().signedAt().isAfter(now.plus(SKEW)))
        .filter(signed -> signed.statement().counts(keys));
  }

  private void look(KeySet keys) {
    try {
      byte[] text = folder.read(name, SignedStatement.LENGTH_MAX);
      take(text, keys);
    } catch (NoSuchFileException e) {
      last = null;
    } catch (IOException e) {
      // What was there before is good until it ends.
      LOG.log(System.Logger.Level.WARNING, "{0} cannot be read: {1}", name, e.getMessage());
    }
  }

  private void take(byte[] text, KeySet keys) {
    Signed before = last;
    if (before != null && Arrays.equals(before.text, text)) {
      return;
    }
    try {
      last = verified(text, keys);
    } catch (FormatException e) {
      // Tried again, since the key log here may be a moment behind; and said once.
      if (!Arrays.equals(refused, text)) {
        refused = text;
        LOG.log(System.Logger.Level.WARNING, "{0} is not taken: {1}", name, e.getMessage());
      }
    }
  }

  private static Signed verified(byte[] file, KeySet keys) throws FormatException {
    String text = new String(file, StandardCharsets.US_ASCII);
    RegistrarStatement said = RegistrarStatement.verified(IssuerJwks.TYPE, text, keys);
    if (!said.content().string("iss").equals(keys.issuer())) {
      throw new FormatException("it is of another issuer");
    }
    Set<String> kids = new HashSet<>();
    List<JsonObject> listed = said.content().objects("keys");
    for (JsonObject key : listed) {
      kids.add(key.string("kid"));
    }
    return new Signed(file, Set.copyOf(kids), said);
  }
}
