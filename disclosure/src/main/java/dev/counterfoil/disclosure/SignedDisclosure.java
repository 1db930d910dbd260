package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.StatedDisclosureKey;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.DelegationChain;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * A notice or statement with everything that its receiver needs to verify it without asking
 * anybody: the signed text, and the root's word for the key that signed it. The receiver brings the
 * policy file, which came to him long before the incident and by another way.
 *
 * @param jws the signed text
 * @param key the key that signed it, as the domain's key log states it
 * @param receipt that it stands in the disclosure log; empty before it does
 */
public record SignedDisclosure(String jws, DisclosureKey key, Optional<LogReceipt> receipt) {
  /** Longest file accepted, in bytes. */
  public static final int BYTES_MAX = 4 * 1024 * 1024;

  private static final long VERSION = 2;

  /** Its key was stated by the registrar alone, before key logs stated such keys. */
  private static final long BEFORE_THE_KEY_LOG = 1;

  private static final int CODE_LETTERS = 12;
  private static final int CODE_GROUP = 4;

  /** Crockford's: none of its letters is read as another. */
  private static final String CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

  /** Year 5138: far enough for every date, and no arithmetic on it overflows. */
  static final long EPOCH_SECOND_MAX = 100_000_000_000L;

  /** The same with its receipt. */
  public SignedDisclosure with(LogReceipt proof) {
    return new SignedDisclosure(jws, key, Optional.of(proof));
  }

  /** The content of a file. */
  public String text() {
    return JsonObject.builder()
        .put("v", VERSION)
        .put("jws", jws)
        .put("key", key.toJson())
        .put("receipt", receipt.map(LogReceipt::toJson).orElse(null))
        .build()
        .toString();
  }

  /**
   * What a person types or reads aloud to compare a document with what the domain published: 60
   * bits of its digest, such as {@code 7K3Q-0VXA-9ZTM}.
   */
  public String checkCode() {
    return checkCode(digest());
  }

  /** The check code of a document's digest. */
  public static String checkCode(Hash digest) {
    byte[] bytes = digest.bytes();
    StringBuilder code = new StringBuilder();
    long bits = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      bits = bits << Byte.SIZE | (bytes[i] & 0xff);
    }
    for (int i = 0; i < CODE_LETTERS; i++) {
      if (i > 0 && i % CODE_GROUP == 0) {
        code.append('-');
      }
      code.append(CODE_ALPHABET.charAt((int) (bits >>> (Long.SIZE - 5 * (i + 1)) & 31)));
    }
    return code.toString();
  }

  /** Reads the content of a file. */
  public static SignedDisclosure parse(byte[] file) throws FormatException {
    JsonObject json = StrictJson.object(file, BYTES_MAX);
    long version = json.number("v");
    if (version != VERSION && version != BEFORE_THE_KEY_LOG) {
      throw new FormatException("signed disclosure is of another version");
    }
    DisclosureKey key;
    if (version == VERSION) {
      json.allowOnly("v", "jws", "key", "receipt");
      key = DisclosureKey.parse(json.object("key"));
    } else {
      json.allowOnly("v", "jws", "delegation", "key", "receipt");
      // Nothing proves it: it is read where it was recorded, and never believed.
      key =
          new DisclosureKey(
              json.string("key"), "", DelegationChain.parse(json.object("delegation")));
    }
    Optional<JsonObject> receipt = json.optionalObject("receipt");
    return new SignedDisclosure(
        json.string("jws"),
        key,
        receipt.isEmpty() ? Optional.empty() : Optional.of(LogReceipt.parse(receipt.get())));
  }

  /** SHA-256 of the signed text: what a later version names it by. */
  public Hash digest() {
    return Hash.sha256(jws.getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * Whether a key log, as read today, has withdrawn the key that signed it. No file can show that.
   *
   * @param now what the policy's key log says
   */
  public boolean isKeyWithdrawn(TrustPolicy policy, KeySet now) throws DisclosureException {
    try {
      String kid = key.verify(policy).key().thumbprint();
      return now.disclosureKeys().stream().noneMatch(one -> one.key().thumbprint().equals(kid));
    } catch (FormatException e) {
      throw new DisclosureException("it cannot be verified: " + e.getMessage(), e);
    }
  }

  /**
   * Verifies the text from the policy's root down.
   *
   * @param type the JWS type it must have
   * @return its content
   * @throws DisclosureException when it must not be believed
   */
  public JsonObject verify(String type, TrustPolicy policy) throws DisclosureException {
    try {
      StatedDisclosureKey own = key.verify(policy);
      JsonObject content = SignedStatement.verify(type, jws, own.key());
      if (!content.string("domain").equals(policy.domain())) {
        throw new DisclosureException("it speaks for another domain");
      }
      // It is read long after its signer's window has ended; what counts is when it was signed.
      long issuedAt = content.number("iat");
      if (issuedAt < 0 || issuedAt > EPOCH_SECOND_MAX) {
        throw new DisclosureException("it was signed at no time");
      }
      Instant signedAt = Instant.ofEpochSecond(issuedAt);
      if (signedAt.isBefore(own.at()) || signedAt.isAfter(own.notAfter())) {
        throw new DisclosureException("it was signed outside its key's window");
      }
      receipt
          .orElseThrow(() -> new DisclosureException("it has no receipt of the disclosure log"))
          .verify(digest(), own.log());
      return content;
    } catch (FormatException e) {
      throw new DisclosureException("it cannot be verified: " + e.getMessage(), e);
    }
  }
}
