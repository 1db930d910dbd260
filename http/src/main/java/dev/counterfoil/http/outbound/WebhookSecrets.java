package dev.counterfoil.http.outbound;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secrets of a webhook: one, or two while they are being rotated. Read for each message, so
 * that a rotation needs no restart, and gone after it.
 */
public final class WebhookSecrets {
  /** Standard Webhooks 1.0, "Signature scheme". */
  private static final String PREFIX = "whsec_";

  private static final int BYTES_MIN = 24;
  private static final int BYTES_MAX = 64;
  private static final int SECRETS_MAX = 2;

  private final List<byte[]> secrets;

  private WebhookSecrets(List<byte[]> secrets) {
    this.secrets = secrets;
  }

  /**
   * Reads them.
   *
   * @throws IOException when the file has none, too many, or something else
   */
  static WebhookSecrets read(SignedWebhook.Secret file, String target) throws IOException {
    byte[] text = file.read();
    try {
      return parse(text);
    } catch (IllegalArgumentException e) {
      // The message of the decoder may quote what it read.
      throw new IOException(
          "the secret file of the webhook at "
              + target
              + " needs one or two lines: whsec_ and "
              + BYTES_MIN
              + " to "
              + BYTES_MAX
              + " bytes in base64");
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  /** Throws IllegalArgumentException when they are none. */
  public static WebhookSecrets parse(byte[] text) {
    List<byte[]> secrets = new ArrayList<>();
    for (String line : new String(text, StandardCharsets.US_ASCII).lines().toList()) {
      if (line.isBlank()) {
        continue;
      }
      byte[] secret =
          Base64.getDecoder()
              .decode(
                  line.strip().startsWith(PREFIX)
                      ? line.strip().substring(PREFIX.length())
                      : "not base64");
      if (secret.length < BYTES_MIN || secret.length > BYTES_MAX || secrets.size() == SECRETS_MAX) {
        throw new IllegalArgumentException("secrets");
      }
      secrets.add(secret);
    }
    if (secrets.isEmpty()) {
      throw new IllegalArgumentException("secrets");
    }
    return new WebhookSecrets(secrets);
  }

  /** A signature with each secret, as the header has them: a receiver needs one that is good. */
  public String sign(String id, long timestamp, byte[] body) {
    List<String> signatures = new ArrayList<>();
    try {
      for (byte[] secret : secrets) {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.US_ASCII));
        signatures.add("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body)));
        Arrays.fill(secret, (byte) 0);
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC-SHA256 is missing", e);
    }
    return String.join(" ", signatures);
  }
}
