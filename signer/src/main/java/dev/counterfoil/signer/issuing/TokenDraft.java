package dev.counterfoil.signer.issuing;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.signer.rotation.StatusClaims;
import dev.counterfoil.signer.rotation.TokenKey;
import dev.counterfoil.signerprotocol.IssueRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A token's header and claims, complete but for its position, which stands in the last claim. The
 * JSON is written directly: it is the hottest path of the program.
 */
final class TokenDraft {
  /** Claims that the signer composes itself; no request adds to them. */
  static final Set<String> COMPOSED =
      Set.of(
          "iss",
          "sub",
          "aud",
          "exp",
          "nbf",
          "iat",
          "jti",
          "client_id",
          "scope",
          "tenant",
          "cnf",
          "status",
          GroupHandle.CLAIM);

  private static final String GROUP = ",\"" + GroupHandle.CLAIM + "\":\"";

  /** Most digits of a position. */
  private static final int POSITION_DIGITS_MAX = 15;

  private static final byte[] NOTHING = new byte[0];
  private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

  private final byte[] header;
  private final byte[] before;

  /** Its status claim, which follows from the position, or null. */
  private final @Nullable StatusClaims status;

  private final byte[] jti;
  private final byte[] after;
  private final byte[] salt;
  private final byte[] context;
  private final int signatureBytes;

  private TokenDraft(
      byte[] header,
      byte[] before,
      @Nullable StatusClaims status,
      byte[] jti,
      byte[] after,
      byte[] salt,
      byte[] context,
      int signatureBytes) {
    this.header = header;
    this.before = before;
    this.status = status;
    this.jti = jti;
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
   * @param withStatus whether it says where its status is published
   */
  static TokenDraft compose(
      IssueRequest request, TokenKey key, long iat, long exp, byte[] salt, boolean withStatus) {
    byte[] context = context(request);
    Hash commitment = TokenId.commitment(salt, context);
    StringBuilder out = new StringBuilder(512);
    out.append("{\"iss\":");
    JsonObject.quote(out, key.statement().issuer());
    // RFC 8417 2.2 and SSF 1.0 4.1: an event does not expire, and is about its sub_id.
    boolean isSet = TokenForms.isSet(request);
    if (!isSet) {
      member(out, "sub", request.subject());
    }
    audiences(out, request.audiences());
    if (!isSet) {
      out.append(",\"exp\":").append(exp);
    }
    out.append(",\"iat\":").append(iat);
    if (!isSet) {
      member(out, "client_id", request.clientId());
    }
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
    GroupHandle group = request.group();
    if (group != null) {
      // Letters, digits, hyphens and underscores.
      out.append(GROUP).append(group).append('"');
    }
    JsonObject more = request.moreClaims();
    if (more != null && !more.names().isEmpty()) {
      String members = more.toString();
      out.append(',').append(members, 1, members.length() - 1);
    }
    return new TokenDraft(
        key.header(request.tokenType()),
        out.toString().getBytes(StandardCharsets.UTF_8),
        withStatus && !isSet ? key.statusClaims() : null,
        (",\"jti\":\"" + key.log() + ".").getBytes(StandardCharsets.US_ASCII),
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
    int statusBytes = status == null ? 0 : status.bytesMax();
    int payload = before.length + statusBytes + jti.length + POSITION_DIGITS_MAX + after.length;
    return header.length + (payload + 2) / 3 * 4;
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
    byte[] said = status == null ? NOTHING : status.at(position);
    byte[] payload =
        new byte[before.length + said.length + jti.length + digits.length + after.length];
    int at = put(before, payload, 0);
    at = put(said, payload, at);
    at = put(jti, payload, at);
    at = put(digits, payload, at);
    put(after, payload, at);
    byte[] encoded = BASE64URL.encode(payload);
    byte[] input = new byte[header.length + encoded.length];
    System.arraycopy(header, 0, input, 0, header.length);
    System.arraycopy(encoded, 0, input, header.length, encoded.length);
    return input;
  }

  private static int put(byte[] part, byte[] into, int at) {
    System.arraycopy(part, 0, into, at, part.length);
    return at + part.length;
  }
}
