package dev.counterfoil.format;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Arrays;

/**
 * The bytes of a key log's entries (spec/keylog.md), one encoding for each:
 *
 * <ul>
 *   <li>what gives trust is a compact JWS of the statement key, bound to the log and to its index
 *       there;
 *   <li>what takes trust away is a canonical JSON object;
 *   <li>a delegation is the root's compact JWS as it was signed.
 * </ul>
 */
public final class KeyLogEntry {
  /** The JWS type of what gives trust. */
  public static final String TYPE = "counterfoil-key-event+jwt";

  /** Longest entry (c2sp.org/tlog-tiles: a bundle gives its length in 16 bits). */
  public static final int BYTES_MAX = 65_535;

  private static final String[] GIVING = {"v", "event", "at", "key_log", "index"};
  private static final String[] TAKING = {"v", "event", "at"};

  private KeyLogEntry() {}

  /** What stands in an entry. */
  public sealed interface Content {}

  /**
   * The root's delegation.
   *
   * @param jws as it was signed
   * @param delegation what it says
   */
  public record Delegated(String jws, Delegation delegation) implements Content {}

  /**
   * An event.
   *
   * @param event what happened
   * @param at when, by the registrar's clock
   */
  public record Happened(KeyLogEvent event, Instant at) implements Content {}

  /** An entry of what gives trust. */
  public static byte[] of(
      KeyLogEvent.Gives event, Instant at, String origin, long index, StatementSigner registrar)
      throws GeneralSecurityException {
    JsonObject json =
        event.write(common(event, at)).put("key_log", origin).put("index", index).build();
    return SignedStatement.sign(TYPE, json, registrar).getBytes(StandardCharsets.US_ASCII);
  }

  /** An entry of what takes trust away. */
  public static byte[] of(KeyLogEvent.Takes event, Instant at) {
    return event.write(common(event, at)).build().canonicalBytes();
  }

  /** The entry of a delegation. */
  public static byte[] ofDelegation(String jws) {
    return jws.getBytes(StandardCharsets.US_ASCII);
  }

  private static JsonObject.Builder common(KeyLogEvent event, Instant at) {
    return JsonObject.builder()
        .put("v", 1)
        .put("event", event.name())
        .put("at", at.getEpochSecond());
  }

  /** Whose word an entry must be. */
  interface Signers {
    /** The root. */
    PublicJwk root();

    /** The key that the standing delegation names. */
    PublicJwk statementKey() throws FormatException;

    /** The log's origin. */
    String origin();

    /** The entry's index. */
    long index();
  }

  /** Reads an entry and checks who signed it. */
  static Content parse(byte[] entry, Signers signers) throws FormatException {
    if (entry.length > BYTES_MAX || entry.length == 0) {
      throw new FormatException("entry is empty or longer than " + BYTES_MAX + " bytes");
    }
    if (entry[0] == '{') {
      return taking(entry);
    }
    String jws = new String(entry, StandardCharsets.US_ASCII);
    if (!Arrays.equals(jws.getBytes(StandardCharsets.US_ASCII), entry)) {
      throw new FormatException("entry is neither JSON nor a compact JWS");
    }
    if (SignedStatement.type(jws).equals(Delegation.TYPE)) {
      return new Delegated(jws, Delegation.verify(jws, signers.root()));
    }
    JsonObject json = SignedStatement.verify(TYPE, jws, signers.statementKey());
    KeyStatement.requireVersion(json);
    if (!json.string("key_log").equals(signers.origin())
        || json.number("index") != signers.index()) {
      throw new FormatException("entry was signed for another place");
    }
    if (!KeyLogEvent.gives(json.string("event"))) {
      throw new FormatException("what takes trust away stands unsigned");
    }
    return new Happened(KeyLogEvent.parse(json, GIVING), KeyStatement.instant(json, "at"));
  }

  private static Happened taking(byte[] entry) throws FormatException {
    JsonObject json = StrictJson.object(entry, BYTES_MAX);
    KeyStatement.requireVersion(json);
    if (KeyLogEvent.gives(json.string("event"))) {
      throw new FormatException("what gives trust is signed by the statement key");
    }
    // Every member is read before the text is written again: a fraction has no canonical form.
    Happened happened =
        new Happened(KeyLogEvent.parse(json, TAKING), KeyStatement.instant(json, "at"));
    if (!Arrays.equals(json.canonicalBytes(), entry)) {
      throw new FormatException("entry is not in its one encoding");
    }
    return happened;
  }
}
