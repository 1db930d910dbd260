package dev.counterfoil.signerprotocol;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.GroupHandle;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Asks a signer for a token: what it should say, and the circumstances, which the journal keeps.
 * The signer composes header and claims itself; no request carries bytes to sign.
 *
 * @param tokenType the {@code typ}, such as {@code at+jwt}
 * @param tenant whom the token is for; filed under it
 * @param subject the {@code sub}; empty for a security event, which has none
 * @param clientId the {@code client_id}
 * @param audiences the {@code aud}, 1 to 16
 * @param scope the {@code scope}, or empty
 * @param lifeSeconds wanted life; the signer refuses what its key may not give. A security event
 *     does not say it.
 * @param confirmation RFC 7638 thumbprint of the client's DPoP key for {@code cnf.jkt}, or null
 * @param moreClaims further claims, never one that the signer composes; or null
 * @param ground how the client proved itself
 * @param clientAddress where the request came from
 * @param requestedAtMillis when it came in, epoch milliseconds
 * @param algorithm JOSE name of the signature algorithm that is wanted, or null for the first of
 *     the purpose that the token type belongs to
 * @param group the handle by which the token is revoked together with others, or null
 */
public record IssueRequest(
    String tokenType,
    String tenant,
    String subject,
    String clientId,
    List<String> audiences,
    String scope,
    int lifeSeconds,
    @Nullable String confirmation,
    @Nullable JsonObject moreClaims,
    Ground ground,
    String clientAddress,
    long requestedAtMillis,
    @Nullable String algorithm,
    @Nullable GroupHandle group)
    implements Request {
  /** Most audiences of a token. */
  public static final int AUDIENCES_MAX = 16;

  /** Longest text of a field, in characters. */
  public static final int TEXT_MAX = 1024;

  /**
   * Further claims that an authority asks for. A signer issues no others, unless its configuration
   * allows them.
   */
  public static final Set<String> USUAL_CLAIMS =
      Set.of(
          "acr",
          "amr",
          "at_hash",
          "auth_time",
          "email",
          "email_verified",
          "events",
          "groups",
          "name",
          "nonce",
          "preferred_username",
          "sid",
          "sub_id",
          "txn");

  private static final int MORE_CLAIMS_BYTES_MAX = 8 * 1024;

  /**
   * Most members and elements in further claims: with those that the signer composes they stay
   * below what verifiers read of a token.
   */
  private static final int MORE_CLAIMS_VALUES_MAX = 192;

  /**
   * What a token is issued on.
   *
   * @param kind the proof, such as {@code client_secret_basic} or {@code private_key_jwt}
   * @param reference what identifies it, such as the assertion's {@code jti}; empty where there is
   *     nothing
   */
  public record Ground(String kind, String reference) {}

  /** A request that leaves the algorithm to the signer. */
  public IssueRequest(
      String tokenType,
      String tenant,
      String subject,
      String clientId,
      List<String> audiences,
      String scope,
      int lifeSeconds,
      @Nullable String confirmation,
      @Nullable JsonObject moreClaims,
      Ground ground,
      String clientAddress,
      long requestedAtMillis) {
    this(
        tokenType,
        tenant,
        subject,
        clientId,
        audiences,
        scope,
        lifeSeconds,
        confirmation,
        moreClaims,
        ground,
        clientAddress,
        requestedAtMillis,
        null,
        null);
  }

  public IssueRequest {
    audiences = List.copyOf(audiences);
    if (audiences.isEmpty() || audiences.size() > AUDIENCES_MAX || lifeSeconds < 1) {
      throw new IllegalArgumentException("a token has 1 to 16 audiences and a life");
    }
    for (String text :
        List.of(
            tokenType,
            tenant,
            subject,
            clientId,
            ground.kind(),
            ground.reference(),
            clientAddress)) {
      limit(text, TEXT_MAX);
    }
    limit(scope, 4 * TEXT_MAX);
    audiences.forEach(audience -> limit(audience, TEXT_MAX));
    if (confirmation != null) {
      limit(confirmation, 64);
    }
    if (algorithm != null) {
      limit(algorithm, 64);
    }
  }

  private static void limit(String text, int lengthMax) {
    if (text.length() > lengthMax) {
      throw new IllegalArgumentException("a field is longer than " + lengthMax + " characters");
    }
  }

  byte[] encode(long correlation) {
    byte[] more =
        moreClaims == null ? new byte[0] : moreClaims.toString().getBytes(StandardCharsets.UTF_8);
    return new Frame.Writer(Kind.ISSUE, correlation, 256)
        .text(tokenType)
        .text(tenant)
        .text(subject)
        .text(clientId)
        .texts(audiences)
        .text(scope)
        .u32(lifeSeconds)
        .text(confirmation == null ? "" : confirmation)
        .bytes(more)
        .text(ground.kind())
        .text(ground.reference())
        .text(clientAddress)
        .u64(requestedAtMillis)
        .text(algorithm == null ? "" : algorithm)
        .text(group == null ? "" : group.toString())
        .finish();
  }

  static IssueRequest decode(Frame.Reader reader) throws FormatException {
    try {
      return new IssueRequest(
          reader.text(),
          reader.text(),
          reader.text(),
          reader.text(),
          reader.texts(AUDIENCES_MAX),
          reader.text(),
          reader.u32(),
          emptyIsNull(reader.text()),
          moreClaims(reader.bytes()),
          new Ground(reader.text(), reader.text()),
          reader.text(),
          reader.u64(),
          emptyIsNull(reader.text()),
          group(reader.text()));
    } catch (IllegalArgumentException e) {
      throw new FormatException("request is out of bounds", e);
    }
  }

  private static @Nullable GroupHandle group(String text) throws FormatException {
    return text.isEmpty() ? null : GroupHandle.parse(text);
  }

  private static @Nullable String emptyIsNull(String text) {
    return text.isEmpty() ? null : text;
  }

  private static @Nullable JsonObject moreClaims(byte[] json) throws FormatException {
    return json.length == 0
        ? null
        : StrictJson.object(json, MORE_CLAIMS_BYTES_MAX, MORE_CLAIMS_VALUES_MAX);
  }
}
