package dev.counterfoil.signer;

import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.TokenId;
import dev.counterfoil.signerprotocol.IssueRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/**
 * A token's header and claims, complete but for its position, which stands in the last claim. The
 * JSON is written directly: it is the hottest path of the program.
 */
final class TokenDraft {
  /** Claims that the signer composes itself; no request adds to them. */
  static final Set<String> COMPOSED =
      Set.of(
          "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "tenant", "cnf");

  /** Most digits of a position. */
  private static final int POSITION_DIGITS_MAX = 15;

  private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

  private final byte[] header;
  private final byte[] before;
  private final byte[] after;
  private final byte[] salt;
  private final byte[] context;
  private final int signatureBytes;

  private TokenDraft(
      byte[] header, byte[] before, byte[] after, byte[] salt, byte[] context, int signatureBytes) {
    this.header = header;
    this.before = before;
    this.after = after;
    this.salt = salt;
    this.context = context;
    this.signatureBytes = signatureBytes;
  }

  /**
   * Composes what a request asks for.
   *
   * @param iat issued at, epoch seconds
   * @param exp expires at, epoch seconds
   */
  static TokenDraft compose(IssueRequest request, TokenKey key, long iat, long exp, byte[] salt) {
    byte[] context = context(request);
    Hash commitment = TokenId.commitment(salt, context);
    StringBuilder out = new StringBuilder(512);
    out.append("{\"iss\":");
    JsonObject.quote(out, key.statement().issuer());
    member(out, "sub", request.subject());
    audiences(out, request.audiences());
    out.append(",\"exp\":").append(exp).append(",\"iat\":").append(iat);
    member(out, "client_id", request.clientId());
    if (!request.scope().isEmpty()) {
      member(out, "scope", request.scope());
    }
    member(out, "tenant", request.tenant());
    String confirmation = request.confirmation();
    if (confirmation != null) {
      // RFC 9449 6.1.
      out.append(",\"cnf\":{\"jkt\":");
      JsonObject.quote(out, confirmation);
      out.append('}');
    }
    JsonObject more = request.moreClaims();
    if (more != null && !more.names().isEmpty()) {
      String members = more.toString();
      out.append(',').append(members, 1, members.length() - 1);
    }
    out.append(",\"jti\":\"").append(key.log()).append('.');
    return new TokenDraft(
        key.header(request.tokenType()),
        out.toString().getBytes(StandardCharsets.UTF_8),
        ("." + commitment.base64Url() + "\"}").getBytes(StandardCharsets.US_ASCII),
        salt,
        context,
        key.signatureBytes());
  }

  private static void member(StringBuilder out, String name, String value) {
    out.append(",\"").append(name).append("\":");
    JsonObject.quote(out, value);
  }

  /** One audience is a string, several are an array (RFC 7519 4.1.3). */
  private static void audiences(StringBuilder out, List<String> audiences) {
    if (audiences.size() == 1) {
      member(out, "aud", audiences.get(0));
      return;
    }
    out.append(",\"aud\":[");
    for (int i = 0; i < audiences.size(); i++) {
      if (i > 0) {
        out.append(',');
      }
      JsonObject.quote(out, audiences.get(i));
    }
    out.append(']');
  }

  /** The circumstances of issuing in RFC 8785's canonical form: members sorted. */
  private static byte[] context(IssueRequest request) {
    StringBuilder out = new StringBuilder(256);
    out.append("{\"address\":");
    JsonObject.quote(out, request.clientAddress());
    out.append(",\"at_ms\":").append(request.requestedAtMillis());
    member(out, "client", request.clientId());
    out.append(",\"ground\":{\"kind\":");
    JsonObject.quote(out, request.ground().kind());
    member(out, "reference", request.ground().reference());
    out.append('}');
    member(out, "tenant", request.tenant());
    out.append(",\"v\":1}");
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Length of the signing input at most, in bytes. */
  int signingInputBytesMax() {
    return header.length + (before.length + POSITION_DIGITS_MAX + after.length + 2) / 3 * 4;
  }

  /** Length of the whole token at most, in bytes. */
  int tokenBytesMax() {
    return signingInputBytesMax() + 1 + (4 * signatureBytes + 2) / 3;
  }

  /** What it holds until the answer, in bytes: draft, signing input, token, journal record. */
  int heldBytesMax() {
    return 512 + 2 * signingInputBytesMax() + 2 * tokenBytesMax() + 2 * context.length;
  }

  int contextBytes() {
    return context.length;
  }

  byte[] salt() {
    return salt;
  }

  byte[] context() {
    return context;
  }

  /** {@code header.payload} of the token at a position. */
  byte[] signingInput(long position) {
    byte[] digits = Long.toString(position).getBytes(StandardCharsets.US_ASCII);
    byte[] payload = new byte[before.length + digits.length + after.length];
    System.arraycopy(before, 0, payload, 0, before.length);
    System.arraycopy(digits, 0, payload, before.length, digits.length);
    System.arraycopy(after, 0, payload, before.length + digits.length, after.length);
    byte[] encoded = BASE64URL.encode(payload);
    byte[] input = new byte[header.length + encoded.length];
    System.arraycopy(header, 0, input, 0, header.length);
    System.arraycopy(encoded, 0, input, header.length, encoded.length);
    return input;
  }
}
