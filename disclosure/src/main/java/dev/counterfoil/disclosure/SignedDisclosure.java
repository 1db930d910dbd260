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

/**
 * A notice or statement with everything that its receiver needs to verify it without asking
 * anybody: the signed text, and the root's word for the key that signed it. The receiver brings the
 * policy file, which came to him long before the incident and by another way.
 *
 * @param jws the signed text
 * @param delegation the root's delegation to the key that signed it, with the root's versions
 */
public record SignedDisclosure(String jws, DelegationChain delegation) {
  /** Longest file accepted, in bytes. */
  public static final int BYTES_MAX = 4 * 1024 * 1024;

  /** Year 5138: far enough for every date, and no arithmetic on it overflows. */
  private static final long EPOCH_SECOND_MAX = 100_000_000_000L;

  /** The content of a file. */
  public String text() {
    return JsonObject.builder()
        .put("v", 1)
        .put("jws", jws)
        .put("delegation", delegation.toJson())
        .build()
        .toString();
  }

  /** Reads the content of a file. */
  public static SignedDisclosure parse(byte[] file) throws FormatException {
    JsonObject json = StrictJson.object(file, BYTES_MAX);
    json.allowOnly("v", "jws", "delegation");
    if (json.number("v") != 1) {
      throw new FormatException("signed disclosure is of another version");
    }
    return new SignedDisclosure(
        json.string("jws"), DelegationChain.parse(json.object("delegation")));
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
   */
  JsonObject verify(String type, TrustPolicy policy) throws DisclosureException {
    try {
      Delegation root = delegation.verify(policy.root());
      if (!root.domain().equals(policy.domain()) || !root.issuer().equals(policy.issuer())) {
        throw new DisclosureException("the delegation is for another domain");
      }
      JsonObject content = SignedStatement.verify(type, jws, root.statementKey());
      if (!content.string("domain").equals(policy.domain())) {
        throw new DisclosureException("it speaks for another domain");
      }
      // It is read long after its signer's window has ended; what counts is when it was signed.
      long issuedAt = content.number("iat");
      if (issuedAt < 0
          || issuedAt > EPOCH_SECOND_MAX
          || !root.holdsAt(Instant.ofEpochSecond(issuedAt))) {
        throw new DisclosureException("it was signed outside the delegation's window");
      }
      return content;
    } catch (FormatException e) {
      throw new DisclosureException("it cannot be verified: " + e.getMessage(), e);
    }
  }
}
