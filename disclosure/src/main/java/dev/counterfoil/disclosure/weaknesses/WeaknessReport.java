package dev.counterfoil.disclosure.weaknesses;

import dev.counterfoil.disclosure.openpgp.OpenPgpKey;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import jakarta.mail.Address;
import jakarta.mail.BodyPart;
import jakarta.mail.MessagingException;
import jakarta.mail.Multipart;
import jakarta.mail.Part;
import jakarta.mail.Session;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Properties;

/**
 * What somebody reported: a weakness, they say. All of it is a stranger's words.
 *
 * @param subject one line
 * @param text the report
 * @param reporter how to reach who reported it; empty where they did not say
 * @param encrypted whether it came encrypted to our key
 */
public record WeaknessReport(String subject, String text, String reporter, boolean encrypted) {
  /** Longest file, in bytes. */
  public static final int BYTES_MAX = 1024 * 1024;

  /** Longest text that is taken, in characters; a request to the process has at most 128 KiB. */
  public static final int TEXT_MAX = 24_000;

  private static final int LINE_MAX = 300;
  private static final int PARTS_MAX = 20;
  private static final int DEPTH_MAX = 4;
  private static final String ARMOR = "-----BEGIN PGP MESSAGE-----";
  private static final String ARMOR_END = "-----END PGP MESSAGE-----";

  public WeaknessReport {
    subject = line(subject);
    reporter = line(reporter);
    if (text.isBlank() || text.length() > TEXT_MAX) {
      throw new IllegalArgumentException(
          "a report has a text of at most " + TEXT_MAX + " characters");
    }
    if (subject.isBlank()) {
      throw new IllegalArgumentException("a report has a subject");
    }
  }

  private static String line(String text) {
    String plain = text.replaceAll("\\s+", " ").strip();
    return plain.length() > LINE_MAX ? plain.substring(0, LINE_MAX) : plain;
  }

  /** What is recorded. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("subject", subject)
        .put("text", text)
        .put("reporter", reporter)
        .put("encrypted", encrypted)
        .build();
  }

  /** Reads what {@link #toJson} writes; IllegalArgumentException where it breaks a rule above. */
  public static WeaknessReport parse(JsonObject json) throws FormatException {
    json.allowOnly("subject", "text", "reporter", "encrypted");
    return new WeaknessReport(
        json.string("subject"),
        json.string("text"),
        json.optionalString("reporter").orElse(""),
        json.has("encrypted") && json.truth("encrypted"));
  }

  /**
   * Reads a report as it came: JSON, or an e-mail as the mail program saved it.
   *
   * @param key opens what was encrypted; empty where there is none
   * @throws FormatException saying what cannot be read
   */
  public static WeaknessReport read(byte[] file, Optional<OpenPgpKey> key) throws FormatException {
    try {
      if (file.length > BYTES_MAX) {
        throw new FormatException("a report has at most " + BYTES_MAX + " bytes");
      }
      WeaknessReport came = isJson(file) ? parse(StrictJson.object(file, BYTES_MAX)) : ofMail(file);
      int begin = came.text.indexOf(ARMOR);
      int end = came.text.indexOf(ARMOR_END);
      if (begin < 0 || end < begin) {
        return came;
      }
      OpenPgpKey opens =
          key.orElseThrow(
              () -> new FormatException("the report is encrypted: name the key that opens it"));
      byte[] opened =
          opens.decrypted(
              came.text
                  .substring(begin, end + ARMOR_END.length())
                  .getBytes(StandardCharsets.US_ASCII),
              BYTES_MAX);
      return new WeaknessReport(
          came.subject, new String(opened, StandardCharsets.UTF_8), came.reporter, true);
    } catch (IllegalArgumentException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
  }

  private static boolean isJson(byte[] file) {
    for (byte one : file) {
      if (!Character.isWhitespace(one)) {
        return one == '{';
      }
    }
    return false;
  }

  private static WeaknessReport ofMail(byte[] file) throws FormatException {
    try {
      MimeMessage mail =
          new MimeMessage(Session.getInstance(new Properties()), new ByteArrayInputStream(file));
      if (mail.getHeader("From") == null && mail.getHeader("Subject") == null) {
        throw new FormatException("it is neither JSON nor an e-mail");
      }
      Address[] from = mail.getFrom();
      return new WeaknessReport(
          Optional.ofNullable(mail.getSubject()).orElse("(no subject)"),
          text(mail, 0).orElseThrow(() -> new FormatException("the e-mail has no plain text")),
          from == null || from.length == 0 ? "" : from[0].toString(),
          false);
    } catch (MessagingException | IOException | RuntimeException e) {
      throw new FormatException("the e-mail cannot be read: " + e.getMessage(), e);
    }
  }

  /** The first plain text; of PGP/MIME (RFC 3156) its second part. */
  private static Optional<String> text(Part part, int depth)
      throws MessagingException, IOException {
    if (part.isMimeType("text/plain") || part.isMimeType("application/octet-stream")) {
      return Optional.of(
          new String(part.getInputStream().readNBytes(BYTES_MAX), StandardCharsets.UTF_8));
    }
    if (depth < DEPTH_MAX && part.getContent() instanceof Multipart parts) {
      for (int i = 0; i < Math.min(PARTS_MAX, parts.getCount()); i++) {
        BodyPart one = parts.getBodyPart(i);
        Optional<String> found = text(one, depth + 1);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }
}
