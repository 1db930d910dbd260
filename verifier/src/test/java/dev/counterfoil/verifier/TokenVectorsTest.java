package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The cases of {@link TokenCases}, from the files in {@code vectors/tokens} as any language would
 * read them, and freshly made. {@code -Dcounterfoil.vectors.write=true} writes the files anew.
 */
class TokenVectorsTest {
  private static final Path FOLDER = Path.of("..", "vectors", "tokens");
  private static final int BYTES_MAX = 4 * 1024 * 1024;
  private static final VerifierLimits LIMITS =
      VerifierLimits.defaults()
          .withKeys(Duration.ofDays(1), Duration.ofMinutes(5))
          .withWaits(Duration.ofSeconds(2), Duration.ofMillis(40));

  private static TokenCases fresh = TokenCases.build();

  @BeforeAll
  static void write() throws Exception {
    if (Boolean.getBoolean("counterfoil.vectors.write")) {
      fresh = TokenCases.build();
      writeAll(fresh);
    }
  }

  private static ReadSide both(TokenCases cases) {
    return (uri, max) ->
        uri.toString().startsWith(cases.consumer.issuer())
            ? cases.consumer.get(uri, max)
            : cases.issuer.get(uri, max);
  }

  private static Verifier verifier(TokenCases cases, ReadSide network) {
    return Verifier.builder(cases.issuer.policy())
        .neighbour(cases.consumer.policy())
        .network(network)
        .clock(cases.clock())
        .limits(LIMITS)
        .build();
  }

  private static String outcome(Verification verification) {
    return verification instanceof Refused refused ? refused.code().text() : TokenCases.VERIFIED;
  }

  @TestFactory
  Stream<DynamicTest> aFreshTokenOfEachKindGetsItsOwnCode() {
    Verifier verifier = verifier(fresh, both(fresh));
    warmUp(verifier);
    return fresh.all().stream()
        .map(
            c ->
                DynamicTest.dynamicTest(
                    c.name(),
                    () -> {
                      assertThat(outcome(verifier.verify(c.token(), c.expectations())))
                          .as(c.comment())
                          .isEqualTo(c.expect());
                      // And again: neither answer may come to depend on what was asked before.
                      assertThat(outcome(verifier.verify(c.token(), c.expectations())))
                          .as("asked again: " + c.comment())
                          .isEqualTo(c.expect());
                      // The control: an honest token passes in the same place.
                      TokenCases.Case honest = fresh.all().get(0);
                      assertThat(verifier.verify(honest.token(), honest.expectations()))
                          .isInstanceOf(Verified.class);
                    }));
  }

  /** The same table where every leaf was received: the stolen key's forgeries among it. */
  @TestFactory
  Stream<DynamicTest> aFreshTokenOfEachKindGetsItsOwnCodeByStream() {
    Verifier verifier =
        Verifier.builder(fresh.issuer.policy())
            .neighbour(fresh.consumer.policy())
            .network(both(fresh))
            .clock(fresh.clock())
            .limits(LIMITS)
            .stream()
            .build();
    warmUp(verifier);
    StreamTest.awaitSize(verifier, "s1g1", fresh.issuer.log("s1g1").size());
    return Stream.concat(
        fresh.all().stream()
            .map(
                c ->
                    DynamicTest.dynamicTest(
                        c.name(),
                        () ->
                            assertThat(outcome(verifier.verify(c.token(), c.expectations())))
                                .as(c.comment())
                                .isEqualTo(c.expect()))),
        Stream.of(
            DynamicTest.dynamicTest(
                "by stream",
                () -> {
                  TokenCases.Case honest = fresh.all().get(0);
                  assertThat(verifier.verify(honest.token(), honest.expectations()))
                      .isInstanceOfSatisfying(
                          Verified.class,
                          v -> assertThat(v.proof()).isInstanceOf(IssuanceProof.ByStream.class));
                })));
  }

  /** The neighbour's keys are fetched in the background: they are there once its set is. */
  private static void warmUp(Verifier verifier) {
    verifier.refreshNeighbours();
  }

  @Test
  void thePagesSayHowManyThereAre() throws Exception {
    long count;
    try (Stream<Path> all = Files.list(FOLDER.resolve("cases"))) {
      count = all.count();
    }
    for (Path page : List.of(FOLDER.resolve("README.md"), Path.of("..", "spec", "token.md"))) {
      assertThat(Files.readString(page)).as(page.toString()).contains(count + " tokens");
    }
  }

  /** Each row of the page's table: a code, and vectors that end with it. */
  @Test
  void theTableOfRfc8725IsWhatTheFilesSay() throws Exception {
    Matcher row =
        Pattern.compile("(?m)^\\| (3\\.\\d+) [^|]+ \\| `([a-z0-9-]+)` \\| ([^|]+) \\|$")
            .matcher(Files.readString(FOLDER.resolve("README.md")));
    Set<String> items = new TreeSet<>();
    int vectors = 0;
    while (row.find()) {
      items.add(row.group(1));
      for (String name : row.group(3).replace("`", "").split(", ", -1)) {
        JsonObject vector = read(FOLDER.resolve("cases").resolve(name + ".json"));
        assertThat(vector.string("expect")).as(name).isEqualTo(row.group(2));
        vectors++;
      }
    }
    assertThat(items).hasSize(12);
    assertThat(vectors).isGreaterThan(50);
  }

  @TestFactory
  Stream<DynamicTest> eachVectorGetsItsCode() throws Exception {
    JsonObject world = read(FOLDER.resolve("world.json"));
    JsonObject pages = world.object("reads");
    ReadSide network =
        (uri, max) -> {
          if (pages.get(uri.toString()) instanceof String body) {
            return Base64.getDecoder().decode(body);
          }
          throw new FileNotFoundException("status 404");
        };
    Verifier verifier =
        Verifier.builder(policy(world.string("policy")))
            .neighbour(policy(world.string("neighbour")))
            .network(network)
            .clock(new SettableClock(Instant.parse(world.string("now"))))
            .limits(LIMITS)
            .build();
    warmUp(verifier);
    List<Path> files;
    try (Stream<Path> all = Files.list(FOLDER.resolve("cases"))) {
      files = all.sorted().toList();
    }
    assertThat(files).hasSizeGreaterThan(100);
    return files.stream()
        .map(
            file ->
                DynamicTest.dynamicTest(
                    String.valueOf(file.getFileName()),
                    () -> {
                      JsonObject vector = read(file);
                      vector.allowOnly(
                          "comment",
                          "expect",
                          "token",
                          "audience",
                          "type",
                          "tenants",
                          "bearer_allowed");
                      Expectations.WithTenant expected =
                          Expectations.audience(vector.string("audience"))
                              .tokenType(vector.string("type"))
                              .tenants(AllowList.parse(vector.strings("tenants")));
                      Expectations expectations =
                          vector.truth("bearer_allowed")
                              ? expected.bearerAllowed()
                              : expected.dpopRequired();
                      assertThat(outcome(verifier.verify(vector.string("token"), expectations)))
                          .as(vector.string("comment"))
                          .isEqualTo(vector.string("expect"));
                    }));
  }

  /** Whoever changes a case, or what a token is made of, writes the files again. */
  @Test
  void theFilesAreWhatTheGeneratorWrites() throws Exception {
    assertThat(read(FOLDER.resolve("world.json")).string("policy"))
        .isEqualTo(fresh.issuer.policy().text());
    for (TokenCases.Case c : fresh.all()) {
      Path file = FOLDER.resolve("cases").resolve(c.name() + ".json");
      assertThat(signingInput(read(file).string("token")))
          .as(c.name())
          .isEqualTo(signingInput(c.token()));
    }
    try (Stream<Path> files = Files.list(FOLDER.resolve("cases"))) {
      assertThat(files).hasSameSizeAs(fresh.all());
    }
  }

  @Test
  void everyCodeThatATokenAloneCanCauseHasACase() {
    assertThat(fresh.all().stream().map(TokenCases.Case::expect).distinct())
        .containsAll(
            Stream.of(RefusalCode.values())
                // These need a request, a clock, an old runtime or a log that misbehaves:
                // VerifierTest, LogViewTest, CosignedLogTest, KeyLogMirrorTest, DpopTest,
                // SignatureCheckTest, RecordFormsTest; a proof beside it: StaplingTest.
                .filter(
                    code ->
                        !List.of(
                                RefusalCode.BINDING_INVALID,
                                RefusalCode.BINDING_NONCE,
                                RefusalCode.KEY_RETIRED,
                                RefusalCode.KEY_TOO_OLD,
                                RefusalCode.ALGORITHM_UNAVAILABLE,
                                RefusalCode.LOG_FORKED,
                                RefusalCode.NOT_COSIGNED,
                                RefusalCode.DIGEST_UNKNOWN,
                                RefusalCode.UNRECORDED_ENDED,
                                RefusalCode.PROOF_UNAVAILABLE,
                                RefusalCode.PROOF_MISSING,
                                RefusalCode.PROOF_MALFORMED,
                                RefusalCode.PROOF_MISMATCH,
                                RefusalCode.PROOF_LOG,
                                RefusalCode.PROOF_OLD,
                                RefusalCode.PROOF_NOT_COSIGNED,
                                RefusalCode.KEY_LOG_FORKED,
                                RefusalCode.KEYS_STALE,
                                RefusalCode.KEYS_UNAVAILABLE)
                            .contains(code))
                .map(RefusalCode::text)
                .toList());
  }

  private static TrustPolicy policy(String text) throws Exception {
    return TrustPolicy.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  private static JsonObject read(Path file) throws Exception {
    return StrictJson.object(Files.readAllBytes(file), BYTES_MAX);
  }

  private static String signingInput(String token) {
    return token.substring(0, Math.max(0, token.lastIndexOf('.')));
  }

  private static void writeAll(TokenCases cases) throws Exception {
    Files.createDirectories(FOLDER.resolve("cases"));
    Map<String, String> oldTokens = new TreeMap<>();
    try (Stream<Path> old = Files.list(FOLDER.resolve("cases"))) {
      for (Path file : old.toList()) {
        oldTokens.put(String.valueOf(file.getFileName()), read(file).string("token"));
        Files.delete(file);
      }
    }
    TokenCases again = TokenCases.build();
    Map<String, String> reads = new ConcurrentHashMap<>();
    ReadSide honest = both(cases);
    ReadSide recording =
        (uri, max) -> {
          byte[] body = honest.get(uri, max);
          reads.put(uri.toString(), Base64.getEncoder().encodeToString(body));
          return body;
        };
    Verifier verifier = verifier(cases, recording);
    warmUp(verifier);
    for (int i = 0; i < cases.all().size(); i++) {
      TokenCases.Case c = cases.all().get(i);
      verifier.verify(c.token(), c.expectations());
      String file = c.name() + ".json";
      String token = c.token();
      // Its signature is another one at each signing: the old one is as good.
      if (!again.all().get(i).token().equals(token)
          && signingInput(oldTokens.getOrDefault(file, "..")).equals(signingInput(token))) {
        token = oldTokens.getOrDefault(file, token);
      }
      JsonObject vector =
          JsonObject.builder()
              .put("comment", c.comment())
              .put("expect", c.expect())
              .put("audience", c.expectations().audience())
              .put("type", c.expectations().tokenType())
              .put("tenants", c.expectations().tenants().toJson())
              .put("bearer_allowed", c.expectations().bearerAllowed())
              .put("token", token)
              .build();
      Files.writeString(FOLDER.resolve("cases").resolve(file), lines(vector));
    }
    JsonObject.Builder pages = JsonObject.builder();
    new TreeMap<>(reads).forEach(pages::put);
    JsonObject world =
        JsonObject.builder()
            .put("now", TokenCases.NOW.toString())
            .put("policy", cases.issuer.policy().text())
            .put("neighbour", cases.consumer.policy().text())
            .put("reads", pages.build())
            .build();
    Files.writeString(FOLDER.resolve("world.json"), lines(world));
  }

  /** One member a line, which reads well and is compared well. */
  private static String lines(JsonObject object) {
    StringBuilder out = new StringBuilder("{\n");
    String separator = "";
    for (String name : object.names()) {
      JsonObject.Builder one = JsonObject.builder();
      Object value = object.get(name);
      if (value instanceof String text) {
        one.put(name, text);
      } else if (value instanceof Boolean truth) {
        one.put(name, truth);
      } else if (value instanceof List<?> list) {
        one.put(name, list);
      } else if (value instanceof JsonObject inner) {
        one.put(name, inner);
      }
      String member = one.build().toString();
      out.append(separator).append("  ").append(member, 1, member.length() - 1);
      separator = ",\n";
    }
    return out.append("\n}\n").toString();
  }
}
