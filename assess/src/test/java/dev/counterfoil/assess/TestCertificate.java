package dev.counterfoil.assess;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Self-signed X.509 certificates with any dates (RFC 5280 section 4.1), which the JDK reads but
 * cannot write.
 */
final class TestCertificate {
  private static final DateTimeFormatter UTC_TIME =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final byte[] ALGORITHM = HexFormat.of().parseHex("300d06092a864886f70d01010b0500");
  private static final byte[] COMMON_NAME = HexFormat.of().parseHex("0603550403");

  private TestCertificate() {}

  /** A certificate of {@code key}, signed by {@code signer}, an RSA key. */
  static byte[] of(PublicKey key, TestKey signer, String name, Instant from, Instant to) {
    byte[] subject =
        sequence(
            der(0x31, sequence(COMMON_NAME, der(0x0c, name.getBytes(StandardCharsets.UTF_8)))));
    byte[] body =
        sequence(
            der(0x02, new byte[] {1}),
            ALGORITHM,
            subject,
            sequence(der(0x17, time(from)), der(0x17, time(to))),
            subject,
            key.getEncoded());
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(signer.pair().getPrivate());
      signature.update(body);
      byte[] bits = signature.sign();
      byte[] withUnused = new byte[bits.length + 1];
      System.arraycopy(bits, 0, withUnused, 1, bits.length);
      return sequence(body, ALGORITHM, der(0x03, withUnused));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] selfSigned(TestKey key, String name, Instant from, Instant to) {
    return of(key.pair().getPublic(), key, name, from, to);
  }

  static String base64(byte[] certificate) {
    return Base64.getEncoder().encodeToString(certificate);
  }

  static String sha1(byte[] certificate) {
    try {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(MessageDigest.getInstance("SHA-1").digest(certificate));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] time(Instant instant) {
    return UTC_TIME.format(instant).getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] sequence(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return der(0x30, all.toByteArray());
  }

  private static byte[] der(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (content.length < 128) {
      out.write(content.length);
    } else if (content.length < 256) {
      out.write(0x81);
      out.write(content.length);
    } else {
      out.write(0x82);
      out.write(content.length >> 8);
      out.write(content.length);
    }
    out.writeBytes(content);
    return out.toByteArray();
  }
}
