package dev.counterfoil.monitor.judging;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.FindingQuery;
import dev.counterfoil.monitor.findings.FindingStore;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What reporters send and what people ask: refused with a {@link FormatException}, or read and read
 * as the same when it is written again; and of a sighting whose evidence is anything at all, every
 * question has an answer. Jazzer searches when {@code JAZZER_FUZZ=1} is set; the default run
 * changes good inputs from a seed.
 */
class MonitorFuzzTest {
  private static final int CHANGED_INPUTS = 500;
  private static final int BYTES_MAX = 1 << 20;

  private static boolean isBatch(byte[] body) {
    try {
      SightingBatch batch = SightingBatch.parse(body, BYTES_MAX);
      assertThat(batch.sightings()).hasSizeLessThanOrEqualTo(SightingBatch.SIGHTINGS_MAX);
      assertThat(batch.reporter()).hasSizeBetween(1, 256);
      assertThat(batch.sequence()).isBetween(0L, Long.MAX_VALUE - 1);
      assertThat(batch.lost()).isBetween(0L, Long.MAX_VALUE - 1);
      assertThat(batch.digest()).isEqualTo(Hash.sha256(body));
      for (Sighting sighting : batch.sightings()) {
        assertThat(Sighting.parse(sighting.toJson())).isEqualTo(sighting);
        asked(Presented.of(sighting));
      }
      SightingBatch again = SightingBatch.parse(written(batch), BYTES_MAX);
      assertThat(again.sightings()).isEqualTo(batch.sightings());
      return true;
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  private static byte[] written(SightingBatch batch) {
    return JsonObject.builder()
        .put("v", 1)
        .put("reporter", batch.reporter())
        .put("sequence", batch.sequence())
        .put("lost", batch.lost())
        .put("sightings", batch.sightings().stream().map(Sighting::toJson).toList())
        .build()
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  /** What the matching asks of a presented token. */
  private static void asked(Presented presented) {
    assertThat(presented.digest().isPresent())
        .isEqualTo(presented.token().isPresent() || presented.sighting().token().digest() != null);
    assertThat(
            Stream.of(
                    presented.kid(),
                    presented.issuer(),
                    presented.tenant(),
                    presented.subject(),
                    presented.clientId(),
                    presented.tokenId())
                .flatMap(Optional::stream))
        .doesNotContainNull();
    assertThat(Stream.of(presented.issuedAt(), presented.expiresAt()).flatMap(Optional::stream))
        .doesNotContainNull();
    if (presented.token().isPresent()) {
      try {
        assertThat(presented.audiences()).doesNotContainNull();
      } catch (FormatException e) {
        assertThat(e).hasMessageContaining("aud");
      }
    }
  }

  private static boolean isQuery(byte[] bytes) {
    try {
      JsonObject question = StrictJson.object(bytes, BYTES_MAX);
      FindingStore.Query query =
          FindingQuery.parse(name -> Optional.ofNullable(question.get(name)).map(String::valueOf));
      assertThat(query.limit()).isBetween(1, FindingStore.PAGE_MAX);
      assertThat(query.after()).isNotNegative();
      return true;
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  private static Sighting sighting(Sighting.Grade grade, @Nullable String evidence) {
    return new Sighting(
        Instant.parse("2026-11-25T12:00:00Z"),
        "never-issued",
        grade,
        new Sighting.Token(
            grade == Sighting.Grade.DIGEST ? Hash.sha256() : null,
            "kid",
            "https://login.example",
            "acme",
            "alice",
            "mail",
            "s1g1.5.x",
            1L,
            2L),
        new Sighting.Use("https://mail.example", "/inbox", "GET", "192.0.2.7"),
        3,
        evidence,
        evidence == null);
  }

  static Stream<byte[]> goodBatches() {
    String token =
        "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsiLCJ0eXAiOiJhdCtqd3QifQ"
            + ".eyJpc3MiOiJpIiwiYXVkIjpbImEiXSwiaWF0IjoxLCJqdGkiOiJ4In0.AAAA";
    return Stream.of(
        written(
            new SightingBatch(
                "mail-1",
                7,
                1,
                List.of(
                    sighting(Sighting.Grade.DIGEST, token),
                    sighting(Sighting.Grade.CLAIMS, null),
                    sighting(Sighting.Grade.IDENTIFIER, null)),
                Hash.sha256())),
        written(new SightingBatch("mail-1", 0, 0, List.of(), Hash.sha256())));
  }

  static Stream<byte[]> goodQueries() {
    return Stream.of(
            "{\"after\":7,\"since\":1764028800000,\"severity\":\"high\",\"kid\":\"k\",\"limit\":5}",
            "{\"kind\":\"%s\"}".formatted(Finding.Kind.COSIGNER_FAILING.text()),
            "{}")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("goodBatches")
  @FuzzTest(maxDuration = "60s")
  void batches(byte[] bytes) {
    isBatch(bytes);
  }

  @MethodSource("goodQueries")
  @FuzzTest(maxDuration = "60s")
  void queries(byte[] bytes) {
    isQuery(bytes);
  }

  @Test
  void changedInputsAreRefusedOrRead() {
    ChangedInputs changed = new ChangedInputs(8);
    List<byte[]> batches = goodBatches().toList();
    List<byte[]> queries = goodQueries().toList();
    int read = 0;
    int asked = 0;
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      read += isBatch(changed.of(batches.get(i % batches.size()))) ? 1 : 0;
      asked += isQuery(changed.of(queries.get(i % queries.size()))) ? 1 : 0;
    }
    assertThat(batches).allMatch(MonitorFuzzTest::isBatch);
    assertThat(queries).allMatch(MonitorFuzzTest::isQuery);
    assertThat(read).isBetween(1, CHANGED_INPUTS - 1);
    assertThat(asked).isBetween(1, CHANGED_INPUTS - 1);
  }
}
