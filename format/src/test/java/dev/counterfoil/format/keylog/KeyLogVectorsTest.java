package dev.counterfoil.format.keylog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.policy.TrustPolicy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The logs of {@link KeyLogCases}, from the files in {@code vectors/keylog} as any language would
 * read them, and freshly made. {@code -Dcounterfoil.vectors.write=true} writes the files anew.
 */
class KeyLogVectorsTest {
  private static final Path FOLDER = Path.of("..", "vectors", "keylog");
  private static final int BYTES_MAX = 1024 * 1024;

  /** What becomes of the last entry, after all before it were taken. */
  private static String outcome(TrustPolicy policy, List<byte[]> entries) throws FormatException {
    KeyLogState state = KeyLogState.under(policy);
    for (byte[] entry : entries.subList(0, entries.size() - 1)) {
      state.apply(entry);
    }
    try {
      state.apply(entries.get(entries.size() - 1));
      assertThat(state.size()).isEqualTo(entries.size());
      return KeyLogCases.TAKEN;
    } catch (FormatException e) {
      assertThat(state.size()).as("nothing was taken").isEqualTo(entries.size() - 1);
      return String.valueOf(e.getMessage());
    }
  }

  @TestFactory
  Stream<DynamicTest> aFreshLogOfEachKind() throws Exception {
    KeyLogCases cases = KeyLogCases.make();
    return cases.all().stream()
        .map(
            c ->
                DynamicTest.dynamicTest(
                    c.name(),
                    () ->
                        assertThat(outcome(c.policy(cases.samples), c.entries()))
                            .as(c.comment())
                            .isEqualTo(c.expect())));
  }

  @TestFactory
  Stream<DynamicTest> eachVector() throws Exception {
    List<Path> files;
    try (Stream<Path> all = Files.list(FOLDER)) {
      files = all.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThan(30);
    return files.stream()
        .map(
            file ->
                DynamicTest.dynamicTest(
                    String.valueOf(file.getFileName()),
                    () -> {
                      JsonObject vector = StrictJson.object(Files.readAllBytes(file), BYTES_MAX);
                      vector.allowOnly("comment", "expect", "policy", "entries");
                      List<byte[]> entries =
                          vector.strings("entries").stream()
                              .map(Base64.getDecoder()::decode)
                              .toList();
                      TrustPolicy policy =
                          TrustPolicy.parse(
                              vector.string("policy").getBytes(StandardCharsets.UTF_8));
                      assertThat(outcome(policy, entries))
                          .as(vector.string("comment"))
                          .isEqualTo(vector.string("expect"));
                    }));
  }

  /** Whoever changes a case, or what an entry is made of, writes the files again. */
  @Test
  void theFilesAreWhatTheGeneratorWrites() throws Exception {
    KeyLogCases cases = KeyLogCases.make();
    for (KeyLogCases.Case c : cases.all()) {
      assertThat(FOLDER.resolve(c.name() + ".json")).hasContent(text(cases, c));
    }
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertThat(files.filter(file -> file.toString().endsWith(".json")))
          .hasSameSizeAs(cases.all());
    }
  }

  @BeforeAll
  static void writeWhenAsked() throws Exception {
    if (Boolean.getBoolean("counterfoil.vectors.write")) {
      Files.createDirectories(FOLDER);
      KeyLogCases cases = KeyLogCases.make();
      for (KeyLogCases.Case c : cases.all()) {
        Files.writeString(FOLDER.resolve(c.name() + ".json"), text(cases, c));
      }
    }
  }

  private static String text(KeyLogCases cases, KeyLogCases.Case c) {
    JsonObject vector =
        JsonObject.builder()
            .put("comment", c.comment())
            .put("expect", c.expect())
            .put("policy", c.policy(cases.samples).text())
            .put("entries", c.entries().stream().map(Base64.getEncoder()::encodeToString).toList())
            .build();
    return vector.toString().replace("\",\"", "\",\n\"") + "\n";
  }
}
