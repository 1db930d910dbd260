package dev.counterfoil.disclosure.weaknesses;

import dev.counterfoil.disclosure.openpgp.OpenPgpCertificate;
import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.format.bytes.FormatException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A file security.txt (RFC 9116): fields in their order, and how long it counts.
 *
 * @param fields names as they stand, such as {@code Contact}, and their values
 * @param isSigned whether it is clear-signed; by whom is not said
 */
public record SecurityText(List<Map.Entry<String, String>> fields, boolean isSigned) {
  /** Longest file, in bytes. */
  public static final int BYTES_MAX = 32 * 1024;

  /** RFC 9116, 2.5.5 advises less than a year. */
  public static final Duration LIFE_MAX = Duration.ofDays(365);

  private static final String SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----";
  private static final String SIGNATURE = "-----BEGIN PGP SIGNATURE-----";
  private static final Set<String> ONCE = Set.of("expires", "preferred-languages");
  private static final Set<String> ADDRESSES =
      Set.of("contact", "encryption", "acknowledgments", "policy", "hiring", "canonical", "csaf");

  public SecurityText {
    fields = List.copyOf(fields);
  }

  /** The text, to be signed. */
  public String text() {
    StringBuilder text = new StringBuilder();
    fields.forEach(
        field -> text.append(field.getKey()).append(": ").append(field.getValue()).append('\n'));
    return text.toString();
  }

  /**
   * Reads a file.
   *
   * @throws FormatException where a line is no field, or a signature is not whole
   */
  public static SecurityText parse(byte[] file) throws FormatException {
    if (file.length > BYTES_MAX) {
      throw new FormatException("is longer than " + BYTES_MAX + " bytes");
    }
    String text = new String(file, StandardCharsets.UTF_8).replace("\r\n", "\n");
    boolean isSigned = text.startsWith(SIGNED);
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    for (String line : (isSigned ? signedText(text) : text).lines().toList()) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      int colon = line.indexOf(':');
      if (colon < 1) {
        throw new FormatException("a line is no field, comment or empty");
      }
      fields.add(Map.entry(line.substring(0, colon), line.substring(colon + 1).strip()));
    }
    return new SecurityText(fields, isSigned);
  }

  private static String signedText(String text) throws FormatException {
    int begin = text.indexOf("\n\n", SIGNED.length());
    int end = text.indexOf("\n" + SIGNATURE);
    if (begin < 0 || end < begin) {
      throw new FormatException("its OpenPGP signature is not whole");
    }
    StringBuilder plain = new StringBuilder();
    // Lines that begin with a hyphen are escaped (RFC 9580, 7.2).
    text.substring(begin + 2, Math.max(begin + 2, end))
        .lines()
        .forEach(
            line -> plain.append(line.startsWith("- ") ? line.substring(2) : line).append('\n'));
    return plain.toString();
  }

  /** Why its signature does not hold by a key; empty where it does. */
  public static Optional<String> refusal(byte[] file, OpenPgpCertificate certificate, Instant now)
      throws FormatException {
    String text = new String(file, StandardCharsets.UTF_8).replace("\r\n", "\n");
    if (!text.startsWith(SIGNED)) {
      return Optional.of("it is not signed");
    }
    return certificate.refusalOfText(
        signedText(text),
        text.substring(text.indexOf(SIGNATURE)).getBytes(StandardCharsets.UTF_8),
        now);
  }

  /** The values of a field, whatever the case of its name. */
  public List<String> all(String name) {
    return fields.stream()
        .filter(field -> field.getKey().equalsIgnoreCase(name))
        .map(Map.Entry::getValue)
        .toList();
  }

  /** Until when it counts; empty where it does not say so. */
  public Optional<Instant> expires() {
    try {
      return all("Expires").stream()
          .findFirst()
          .map(text -> OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /**
   * What is wrong with it.
   *
   * @param watch how long before its end it should have been renewed
   */
  public List<Fault> faults(Instant now, Duration watch) {
    List<Fault> faults = new ArrayList<>();
    Map<String, Integer> counts = new TreeMap<>();
    for (Map.Entry<String, String> field : fields) {
      String name = field.getKey().toLowerCase(Locale.ROOT);
      counts.merge(name, 1, Integer::sum);
      if (ADDRESSES.contains(name) && !isAddress(name, field.getValue())) {
        faults.add(
            new Fault("2.5", field.getKey(), "is an https address, or a mailto or tel to contact"));
      }
    }
    if (!counts.containsKey("contact")) {
      faults.add(new Fault("2.5.3", "Contact", "is missing"));
    }
    ONCE.stream()
        .filter(name -> counts.getOrDefault(name, 0) > 1)
        .forEach(name -> faults.add(new Fault("2.5", name, "stands more than once")));
    Optional<Instant> expires = expires();
    if (expires.isEmpty()) {
      faults.add(new Fault("2.5.5", "Expires", "is missing, or is no time (RFC 3339)"));
    } else if (!now.isBefore(expires.get())) {
      faults.add(new Fault("2.5.5", "Expires", "was " + expires.get() + ": nobody may use it"));
    } else if (now.plus(watch).isAfter(expires.get())) {
      faults.add(new Fault("2.5.5", "Expires", "is " + expires.get() + ": renew it now"));
    } else if (expires.get().isAfter(now.plus(LIFE_MAX))) {
      faults.add(new Fault("2.5.5", "Expires", "is more than a year away"));
    }
    if (isSigned && !counts.containsKey("canonical")) {
      faults.add(new Fault("2.3", "Canonical", "is missing in a signed file"));
    }
    return faults;
  }

  private static boolean isAddress(String field, String value) {
    try {
      URI address = URI.create(value);
      String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
      boolean isContact = scheme.equals("mailto") || scheme.equals("tel");
      boolean isKey = scheme.equals("openpgp4fpr") || scheme.equals("dns");
      return switch (field) {
        case "contact" -> isContact || isSite(address);
        case "encryption" -> isKey || isSite(address);
        default -> isSite(address);
      };
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isSite(URI address) {
    return "https".equalsIgnoreCase(address.getScheme()) && address.getHost() != null;
  }
}
