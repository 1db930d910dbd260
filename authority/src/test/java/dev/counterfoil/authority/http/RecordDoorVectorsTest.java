package dev.counterfoil.authority.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.logs.RecordEndpoint;
import dev.counterfoil.format.bytes.Hash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The golden files in {@code vectors/record-door-requests}, which this writes (with {@code
 * -Dcounterfoil.vectors.write=true}) and reads.
 */
class RecordDoorVectorsTest {
  private static final Path VECTORS =
      Path.of(System.getProperty("counterfoil.root", ".."), "vectors/record-door-requests");
  private static final HexFormat HEX = HexFormat.of();

  // ---- Reading

  private static List<String> fields(String text, String name) {
    return text.substring(0, text.indexOf("\n\n"))
        .lines()
        .filter(line -> line.startsWith(name + ": "))
        .map(line -> line.substring(name.length() + 2))
        .toList();
  }

  private static String read(String text) {
    try {
      RecordEndpoint.requireDigests(
          String.join("", fields(text, "content-type")),
          !fields(text, "content-encoding").isEmpty());
      List<Hash> digests =
          RecordEndpoint.digests(
              HEX.parseHex(text.substring(text.indexOf("\n\n")).replace("\n", "")));
      return "digests %d, first %s, last %s"
          .formatted(digests.size(), digests.getFirst().hex(), digests.getLast().hex());
    } catch (RequestRefusedException e) {
      return e.error().code().text();
    }
  }

  @Test
  void everyRequestIsReadAsItsVectorSays() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(VECTORS)) {
      files = all.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
    }
    assertThat(files).hasSameSizeAs(cases().keySet());
    for (Path file : files) {
      String text = Files.readString(file);
      assertThat(List.of(read(text))).as(file.toString()).isEqualTo(fields(text, "expect"));
    }
  }

  @Test
  void theFilesAreWhatTheGeneratorWrites() throws IOException {
    for (Map.Entry<String, String> one : cases().entrySet()) {
      assertThat(VECTORS.resolve(one.getKey() + ".txt")).hasContent(one.getValue());
    }
  }

  // ---- Writing

  private static final String REFUSED = "invalid_request";

  private static byte[] digests(int count) {
    byte[] body = new byte[count * Hash.BYTES];
    for (int i = 0; i < count; i++) {
      Hash.sha256(new byte[] {(byte) i, (byte) (i >> 8)}).write(body, i * Hash.BYTES);
    }
    return body;
  }

  private static String good(int count) {
    byte[] body = digests(count);
    return "digests %d, first %s, last %s"
        .formatted(
            count,
            HEX.formatHex(body, 0, Hash.BYTES),
            HEX.formatHex(body, body.length - Hash.BYTES, body.length));
  }

  private static String text(String comment, String expect, String headers, byte[] body) {
    StringBuilder text = new StringBuilder();
    text.append("comment: ").append(comment).append('\n');
    text.append("expect: ").append(expect).append('\n').append(headers).append('\n');
    for (int at = 0; at < body.length; at += Hash.BYTES) {
      text.append(HEX.formatHex(body, at, Math.min(body.length, at + Hash.BYTES))).append('\n');
    }
    return text.toString();
  }

  private static byte[] withLineFeed(byte[] body) {
    byte[] longer = Arrays.copyOf(body, body.length + 1);
    longer[body.length] = '\n';
    return longer;
  }

  private static Map<String, String> cases() {
    String type = "content-type: " + RecordEndpoint.DIGESTS + "\n";
    byte[] two = digests(2);
    byte[] twice = Arrays.copyOf(digests(1), 2 * Hash.BYTES);
    System.arraycopy(digests(1), 0, twice, Hash.BYTES, Hash.BYTES);
    Map<String, String> cases = new LinkedHashMap<>();
    cases.put("one", text("one digest", good(1), type, digests(1)));
    cases.put("two", text("two digests", good(2), type, two));
    cases.put(
        "same-twice",
        text(
            "one digest twice: both get the same position",
            "digests 2, first %1$s, last %1$s".formatted(HEX.formatHex(digests(1))),
            type,
            twice));
    cases.put("most", text("1,000 digests", good(1_000), type, digests(1_000)));
    cases.put("too-many", text("1,001 digests", REFUSED, type, digests(1_001)));
    cases.put("empty", text("no digest", REFUSED, type, new byte[0]));
    cases.put("cut", text("the last digest ends early", REFUSED, type, Arrays.copyOf(two, 63)));
    cases.put("line-feed", text("a line feed follows", REFUSED, type, withLineFeed(two)));
    cases.put("no-type", text("no Content-Type", REFUSED, "", two));
    cases.put(
        "other-type",
        text("another Content-Type", REFUSED, "content-type: application/octet-stream\n", two));
    cases.put(
        "type-with-parameter",
        text(
            "the type has no parameters",
            REFUSED,
            "content-type: " + RecordEndpoint.DIGESTS + ";charset=utf-8\n",
            two));
    cases.put(
        "encoded", text("a Content-Encoding", REFUSED, type + "content-encoding: gzip\n", two));
    return cases;
  }

  @BeforeAll
  static void writeWhenAsked() throws IOException {
    if (Boolean.getBoolean("counterfoil.vectors.write")) {
      Files.createDirectories(VECTORS);
      for (Map.Entry<String, String> one : cases().entrySet()) {
        Files.writeString(VECTORS.resolve(one.getKey() + ".txt"), one.getValue());
      }
    }
  }
}
