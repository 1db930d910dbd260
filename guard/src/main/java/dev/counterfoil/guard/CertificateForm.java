package dev.counterfoil.guard;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How proxies write the certificate that a client showed in its TLS handshake. */
public enum CertificateForm {
  /**
   * The certificate in PEM, percent-encoded (nginx {@code $ssl_client_escaped_cert}), or the base64
   * of it alone (Traefik's passTLSClientCert); of a chain the first, which is the client's.
   */
  PEM {
    @Override
    String thumbprint(String value) throws FormatException {
      // A plus sign is base64's and no space: nginx leaves it as it is.
      String text = decode(value.replace("+", "%2B"));
      int end = text.indexOf(END);
      String body = end < 0 ? text : text.substring(0, end);
      body = body.replace(BEGIN, "").replaceAll("[\r\n\t ]", "");
      int comma = body.indexOf(',');
      return ofBase64(comma < 0 ? body : body.substring(0, comma));
    }
  },
  /**
   * Envoy's x-forwarded-client-cert with its {@code Hash}: hexadecimal SHA-256 of the certificate.
   * Envoy is to replace what the client sent, so that there is one element.
   */
  XFCC {
    @Override
    String thumbprint(String value) throws FormatException {
      // Commas in quotes are of a subject's name.
      String unquoted = QUOTED.matcher(value).replaceAll("\"\"");
      Matcher hash = HASH.matcher(unquoted);
      if (unquoted.indexOf(',') >= 0 || !hash.find()) {
        throw new FormatException("x-forwarded-client-cert has not one element with a Hash");
      }
      return Base64Url.encode(HexFormat.of().parseHex(hash.group(1)));
    }
  },
  /** {@code Client-Cert} of RFC 9440 2.2: base64 of the certificate between colons. */
  RFC9440 {
    @Override
    String thumbprint(String value) throws FormatException {
      String text = value.strip();
      if (text.length() < 2 || !text.startsWith(":") || !text.endsWith(":")) {
        throw new FormatException("Client-Cert is no byte sequence");
      }
      return ofBase64(text.substring(1, text.length() - 1));
    }
  };

  /** Longest header value taken, in characters. */
  public static final int LENGTH_MAX = 16 * 1024;

  private static final String BEGIN = "-----BEGIN CERTIFICATE-----";
  private static final String END = "-----END CERTIFICATE-----";
  private static final Pattern QUOTED = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*+\"");
  private static final Pattern HASH =
      Pattern.compile("(?:^|;)\\s*Hash=([0-9a-f]{64})(?:;|\\s*$)", Pattern.CASE_INSENSITIVE);

  /** What this form's {@link #parse} does, within the limit. */
  abstract String thumbprint(String value) throws FormatException;

  /**
   * The SHA-256 of the certificate in base64url, as {@code x5t#S256} has it (RFC 8705 3.1). What is
   * hashed need be no certificate: then it is nobody's thumbprint.
   */
  public String parse(String value) throws FormatException {
    if (value.length() > LENGTH_MAX) {
      throw new FormatException("client certificate is longer than " + LENGTH_MAX);
    }
    return thumbprint(value);
  }

  private static String decode(String value) throws FormatException {
    try {
      return URLDecoder.decode(value, StandardCharsets.US_ASCII);
    } catch (IllegalArgumentException e) {
      throw new FormatException("client certificate is not percent-encoded", e);
    }
  }

  private static String ofBase64(String text) throws FormatException {
    try {
      byte[] der = Base64.getDecoder().decode(text);
      if (der.length == 0) {
        throw new FormatException("client certificate is empty");
      }
      return Hash.sha256(der).base64Url();
    } catch (IllegalArgumentException e) {
      throw new FormatException("client certificate is not base64", e);
    }
  }
}
