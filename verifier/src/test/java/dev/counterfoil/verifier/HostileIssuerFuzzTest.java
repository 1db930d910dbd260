package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.verifier.reading.AnswerTooLongException;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A server that answers something else than what was published: the key log's head and entries, the
 * log's checkpoint, tiles and proofs. A token is verified then, or refused; no answer lets a token
 * through that was never issued. The first byte of an input chooses the page that the rest of it
 * stands in for. Jazzer searches when {@code JAZZER_FUZZ=1} is set; the default run changes good
 * pages from a seed.
 */
class HostileIssuerFuzzTest {
  private static final int CHANGED_INPUTS = 100;
  private static final World WORLD = World.make();

  /** Pages by path as an honest server answers them, an honest token, and a forged one. */
  private record World(
      TestIssuer issuer,
      SettableClock clock,
      List<String> paths,
      Map<String, byte[]> pages,
      String honest,
      String forged) {
    /** Made here, since the verifier reads in a thread that would wait for the test class. */
    static World make() {
      SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
      TestIssuer issuer =
          TestIssuer.seeded("hostile", "enterprise", "https://login.example/enterprise", clock);
      TestKeys.Es256 key = issuer.addKey();
      issuer.fill("s1g1", 299);
      String honest = issuer.issue(issuer.draft(key), key);
      issuer.fill("s1g1", 20);
      issuer.publish();
      String forged = issuer.draft(key).claim("sub", "thief").at("s1g1", 299).signed(key);
      Map<String, byte[]> pages = new ConcurrentHashMap<>();
      ReadSide recording =
          (uri, max) -> {
            byte[] page = issuer.get(uri, max);
            pages.put(uri.toString(), page);
            return page;
          };
      try (Verifier verifier = verifier(issuer, clock, recording)) {
        Verification believed = verifier.verify(honest, TokenCases.MAIL);
        Verification disbelieved = verifier.verify(forged, TokenCases.MAIL);
        if (!believed.isVerified() || disbelieved.isVerified()) {
          throw new IllegalStateException(believed + ", " + disbelieved);
        }
      }
      Map<String, byte[]> sorted = new TreeMap<>(pages);
      return new World(
          issuer, clock, List.copyOf(sorted.keySet()), Map.copyOf(sorted), honest, forged);
    }
  }

  private static Verifier verifier(TestIssuer issuer, SettableClock clock, ReadSide network) {
    return Verifier.builder(issuer.policy())
        .network(network)
        .clock(clock)
        .limits(
            VerifierLimits.defaults()
                .withKeys(Duration.ofDays(1), Duration.ofMinutes(5))
                .withWaits(Duration.ofSeconds(2), Duration.ofMillis(40)))
        .build();
  }

  /** Everything is honest but one page. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Lying(String path, byte[] page) implements ReadSide {
    @Override
    public byte[] get(URI uri, int bytesMax) throws IOException {
      if (!uri.toString().equals(path)) {
        byte[] honest = WORLD.pages.get(uri.toString());
        if (honest == null) {
          throw new FileNotFoundException("status 404");
        }
        return honest;
      }
      if (page.length > bytesMax) {
        throw new AnswerTooLongException(bytesMax);
      }
      return page;
    }
  }

  /** Whether the honest token is verified in spite of the page. */
  private static boolean isVerified(byte[] input) {
    if (input.length == 0) {
      return false;
    }
    String path = WORLD.paths.get((input[0] & 0xff) % WORLD.paths.size());
    ReadSide lying = new Lying(path, Arrays.copyOfRange(input, 1, input.length));
    try (Verifier verifier = verifier(WORLD.issuer, WORLD.clock, lying)) {
      assertThat(verifier.verify(WORLD.forged, TokenCases.MAIL)).isInstanceOf(Refused.class);
      return verifier.verify(WORLD.honest, TokenCases.MAIL) instanceof Verified;
    }
  }

  static Stream<byte[]> goodPages() {
    List<byte[]> inputs = new ArrayList<>();
    for (int i = 0; i < WORLD.paths.size(); i++) {
      byte[] page = WORLD.pages.getOrDefault(WORLD.paths.get(i), new byte[0]);
      byte[] input = new byte[1 + page.length];
      input[0] = (byte) i;
      System.arraycopy(page, 0, input, 1, page.length);
      inputs.add(input);
    }
    return inputs.stream();
  }

  @MethodSource("goodPages")
  @FuzzTest(maxDuration = "60s")
  void pages(byte[] bytes) {
    isVerified(bytes);
  }

  @Test
  void noPageLetsAForgedTokenThrough() {
    List<byte[]> good = goodPages().toList();
    assertThat(WORLD.paths)
        .anyMatch(path -> path.endsWith("/logs/keys/checkpoint"))
        .anyMatch(path -> path.contains("/logs/keys/tile/entries/"))
        .anyMatch(path -> path.endsWith("/logs/s1g1/checkpoint"))
        .anyMatch(path -> path.contains("/logs/s1g1/tile/"));
    assertThat(good).allMatch(HostileIssuerFuzzTest::isVerified);
    ChangedInputs changed = new ChangedInputs(12);
    int verified = 0;
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      byte[] page = good.get(i % good.size());
      byte[] other = changed.of(Arrays.copyOfRange(page, 1, page.length));
      byte[] input = new byte[1 + other.length];
      input[0] = page[0];
      System.arraycopy(other, 0, input, 1, other.length);
      verified += isVerified(input) ? 1 : 0;
    }
    assertThat(verified).isBetween(1, CHANGED_INPUTS - 1);
  }
}
