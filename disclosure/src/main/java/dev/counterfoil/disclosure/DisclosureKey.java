package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedStatement;
import java.time.Duration;
import java.time.Instant;

/**
 * The keys of a domain's disclosure process, stated by the registrar long before they are needed:
 * the one that signs notices and statements, and that of the disclosure log (spec/disclosure.md).
 *
 * @param domain trust domain that it speaks for
 * @param issuedAt when the registrar stated them
 * @param notAfter until when they may sign
 * @param key signs notices and statements
 * @param log signs the checkpoints of the disclosure log; its name is the log's origin
 */
public record DisclosureKey(
    String domain, Instant issuedAt, Instant notAfter, PublicJwk key, NoteKey log) {
  /** Longest time for which a key is stated. */
  public static final Duration LIFE_MAX = Duration.ofDays(400);

  /** The JWS type. */
  public static final String TYPE = "counterfoil-disclosure-key+jwt";

  public DisclosureKey {
    if (!notAfter.isAfter(issuedAt)) {
      throw new IllegalArgumentException("a disclosure key ends after it was stated");
    }
  }

  /** What the registrar signs. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("v", 1)
        .put("domain", domain)
        .put("iat", issuedAt.getEpochSecond())
        .put("not_after", notAfter.getEpochSecond())
        .put("jwk", key.toJson())
        .put("log", log.toString())
        .build();
  }

  /** Verifies the registrar's statement. */
  public static DisclosureKey verify(String jws, PublicJwk registrar) throws FormatException {
    return parse(SignedStatement.verify(TYPE, jws, registrar));
  }

  /** Reads the content of one. */
  public static DisclosureKey parse(JsonObject json) throws FormatException {
    json.allowOnly("v", "domain", "iat", "not_after", "jwk", "log");
    if (json.number("v") != 1) {
      throw new FormatException("disclosure key is of another version");
    }
    long issued = json.number("iat");
    long end = json.number("not_after");
    if (issued < 0 || end <= issued || end - issued > LIFE_MAX.toSeconds()) {
      throw new FormatException(
          "a disclosure key ends after it was stated, and at most 400 days later");
    }
    return new DisclosureKey(
        json.string("domain"),
        Instant.ofEpochSecond(issued),
        Instant.ofEpochSecond(end),
        PublicJwk.parse(json.object("jwk")),
        NoteKey.parse(json.string("log")));
  }
}
