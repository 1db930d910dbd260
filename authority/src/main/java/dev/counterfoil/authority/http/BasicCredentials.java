package dev.counterfoil.authority.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * What a client sends by client_secret_basic (RFC 6749 2.3.1): base64 of client id, colon and
 * secret, the two form-encoded.
 */
public final class BasicCredentials {
  /** Longest header value accepted, in characters. */
  static final int LENGTH_MAX = 2048;

  private static final Base64.Decoder DECODER = Base64.getDecoder();

  private final String clientId;
  private final String secret;

  private BasicCredentials(String clientId, String secret) {
    this.clientId = clientId;
    this.secret = secret;
  }

  /** Whether a value of the Authorization header is of this scheme. */
  public static boolean isBasic(String authorization) {
    return authorization.regionMatches(true, 0, "Basic ", 0, 6);
  }

  /** Reads the header's value. */
  public static BasicCredentials parse(String authorization) throws RequestRefusedException {
    if (authorization.length() > LENGTH_MAX) {
      throw malformed();
    }
    byte[] pair;
    try {
      pair = DECODER.decode(authorization.substring(6).strip());
    } catch (IllegalArgumentException e) {
      throw malformed();
    }
    int colon = 0;
    while (colon < pair.length && pair[colon] != ':') {
      colon++;
    }
    if (colon == pair.length) {
      throw malformed();
    }
    try {
      String clientId = Form.decode(pair, 0, colon);
      String secret = Form.decode(pair, colon + 1, pair.length);
      return new BasicCredentials(clientId, secret);
    } catch (RequestRefusedException e) {
      throw malformed();
    } finally {
      Arrays.fill(pair, (byte) 0);
    }
  }

  public String clientId() {
    return clientId;
  }

  public byte[] secret() {
    return secret.getBytes(StandardCharsets.UTF_8);
  }

  private static RequestRefusedException malformed() {
    return new RequestRefusedException(OAuthError.invalidClient());
  }

  @Override
  public String toString() {
    return "BasicCredentials[" + clientId + "]";
  }
}
