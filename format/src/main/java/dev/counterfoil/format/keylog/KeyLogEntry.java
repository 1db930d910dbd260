package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.JointStatement;
import dev.counterfoil.format.root.RootMetadata;
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
 *   <li>a version of the root, or a delegation, is the root's {@link JointStatement}, as it was
 *       signed.
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
  sealed interface Content {}

  /**
   * A version of the root.
   *
   * @param signed as it was signed, not verified
   */
  record RootStated(JointStatement signed) implements Content {}

  /**
   * The root's delegation.
   *
   * @param signed as it was signed, not verified
   */
  record Delegated(JointStatement signed) implements Content {}

  /**
   * An event.
   *
   * @param event what happened
   * @param at when, by the registrar's clock
   */
  record Happened(KeyLogEvent event, Instant at) implements Content {}

  /** An entry of what gives trust. */
  public static byte[] of(
      KeyLogEvent.Gives event, Instant at, String origin, long index, StatementSigner registrar)
      throws GeneralSecurityException {
    JsonObject json = event.write(common(at)).put("key_log", origin).put("index", index).build();
    return SignedStatement.sign(TYPE, json, registrar).getBytes(StandardCharsets.US_ASCII);
  }

  /** An entry of what takes trust away. */
  public static byte[] of(KeyLogEvent.Takes event, Instant at) {
    return event.write(common(at)).build().canonicalBytes();
  }

  /** The entry of what the root signed: a version of it, or a delegation. */
  public static byte[] of(JointStatement signed) {
    return signed.bytes();
  }

  /** Whether an entry takes trust away. */
  public static boolean takes(byte[] entry) throws FormatException {
    return entry.length > 0
        && entry[0] == '{'
        && !JointStatement.isOne(StrictJson.object(entry, BYTES_MAX));
  }

  private static JsonObject.Builder common(Instant at) {
    return JsonObject.builder().put("v", 1).put("at", at.getEpochSecond());
  }

  /** Whose word an entry must be. */
  interface Signers {
    /** The key that is named by the delegation that stands at an entry of this time. */
    PublicJwk statementKey(Instant at) throws FormatException;

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
      JsonObject json = StrictJson.object(entry, BYTES_MAX);
      return JointStatement.isOne(json) ? joint(json, entry) : taking(json, entry);
    }
    String jws = new String(entry, StandardCharsets.US_ASCII);
    if (!Arrays.equals(jws.getBytes(StandardCharsets.US_ASCII), entry)) {
      throw new FormatException("entry is neither JSON nor a compact JWS");
    }
    // Which key must have signed it depends on when it says that it was; what it says counts after.
    Instant at = KeyStatement.instant(SignedStatement.unverified(jws), "at");
    JsonObject json = SignedStatement.verify(TYPE, jws, signers.statementKey(at));
    KeyStatement.requireVersion(json);
    if (!json.string("key_log").equals(signers.origin())
        || json.number("index") != signers.index()) {
      throw new FormatException("entry was signed for another place");
    }
    if (!KeyLogEvent.gives(json.string("event"))) {
      throw new FormatException("what takes trust away stands unsigned");
    }
    return new Happened(KeyLogEvent.parse(json, GIVING), at);
  }

  /** Reads an entry that takes trust away. */
  static Happened parseTaking(byte[] entry) throws FormatException {
    JsonObject json = StrictJson.object(entry, BYTES_MAX);
    if (JointStatement.isOne(json)) {
      throw new FormatException("what the root signed stands in the key log");
    }
    return taking(json, entry);
  }

  private static Content joint(JsonObject json, byte[] entry) throws FormatException {
    String type =
        JointStatement.type(json)
            .orElseThrow(() -> new FormatException("nobody signed the statement"));
    Content content =
        switch (type) {
          case RootMetadata.TYPE -> new RootStated(JointStatement.parse(type, json));
          case Delegation.TYPE -> new Delegated(JointStatement.parse(type, json));
          default -> throw new FormatException("statement is of another type");
        };
    if (!Arrays.equals(json.canonicalBytes(), entry)) {
      throw new FormatException("entry is not in its one encoding");
    }
    return content;
  }

  private static Happened taking(JsonObject json, byte[] entry) throws FormatException {
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
