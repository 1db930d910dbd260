package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
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
 * @param delegation the root's delegation to the registrar's key, with the root's versions
 * @param key the registrar's statement of the disclosure key that signed it ({@link DisclosureKey})
 * @param receipt that it stands in the disclosure log; empty before it does
 */
public record SignedDisclosure(
    String jws, DelegationChain delegation, String key, Optional<LogReceipt> receipt) {
  /** Longest file accepted, in bytes. */
  public static final int BYTES_MAX = 4 * 1024 * 1024;

  private static final int CODE_LETTERS = 12;
  private static final int CODE_GROUP = 4;

  /** Crockford's: none of its letters is read as another. */
  private static final String CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

  /** Year 5138: far enough for every date, and no arithmetic on it overflows. */
  static final long EPOCH_SECOND_MAX = 100_000_000_000L;

  /** The same with its receipt. */
  public SignedDisclosure with(LogReceipt proof) {
    return new SignedDisclosure(jws, delegation, key, Optional.of(proof));
  }

  /** The content of a file. */
  public String text() {
    return JsonObject.builder()
        .put("v", 1)
        .put("jws", jws)
        .put("delegation", delegation.toJson())
        .put("key", key)
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
    json.allowOnly("v", "jws", "delegation", "key", "receipt");
    if (json.number("v") != 1) {
      throw new FormatException("signed disclosure is of another version");
    }
    Optional<JsonObject> receipt = json.optionalObject("receipt");
    return new SignedDisclosure(
        json.string("jws"),
        DelegationChain.parse(json.object("delegation")),
        json.string("key"),
        receipt.isEmpty() ? Optional.empty() : Optional.of(LogReceipt.parse(receipt.get())));
  }

  /** SHA-256 of the signed text: what a later version names it by. */
  public Hash digest() {
    return Hash.sha256(jws.getBytes(StandardCharsets.US_ASCII));
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
      Delegation root = delegation.verify(policy.root());
      if (!root.domain().equals(policy.domain()) || !root.issuer().equals(policy.issuer())) {
        throw new DisclosureException("the delegation is for another domain");
      }
      DisclosureKey own = DisclosureKey.verify(key, root.statementKey());
      JsonObject content = SignedStatement.verify(type, jws, own.key());
      if (!content.string("domain").equals(policy.domain())
          || !own.domain().equals(policy.domain())) {
        throw new DisclosureException("it speaks for another domain");
      }
      // It is read long after its signer's window has ended; what counts is when it was signed.
      long issuedAt = content.number("iat");
      if (issuedAt < 0 || issuedAt > EPOCH_SECOND_MAX) {
        throw new DisclosureException("it was signed at no time");
      }
      Instant signedAt = Instant.ofEpochSecond(issuedAt);
      if (!root.holdsAt(own.issuedAt())) {
        throw new DisclosureException("its key was stated outside the delegation's window");
      }
      if (signedAt.isBefore(own.issuedAt()) || signedAt.isAfter(own.notAfter())) {
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
