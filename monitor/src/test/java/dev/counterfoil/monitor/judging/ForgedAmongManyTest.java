package dev.counterfoil.monitor.judging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.monitor.RunningMonitor;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Somebody has the key, and his tokens are reported among many honest ones to the whole monitor,
 * over its listener and with the counterfoils that it fetches itself: each of his is a finding, and
 * no honest one is.
 */
final class ForgedAmongManyTest extends RunningMonitor {
  private static final int BATCH = 500;
  private static final long BEHIND_MAX = 10_000;
  private static final String OTHER_LOG = "s2g1";
  private static final Duration TOKEN_RENEWED = Duration.ofMinutes(5);

  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** What the thief makes, and how his victim answers. */
  private enum Trick {
    HONEST_IDENTIFIER("never-issued"),
    HONEST_POSITION("never-issued"),
    OLD_POSITION("never-issued"),
    LAST_POSITION("never-issued"),
    OWN_BINDING("never-issued"),
    BEYOND_TIP("beyond-tip"),
    UUID_IDENTIFIER("token-id"),
    LOG_OF_NOBODY("wrong-log"),
    ANOTHERS_LOG("wrong-log"),
    LOGGED_ELSEWHERE("wrong-log"),
    SCOPE("key-scope-tenant"),
    /** A leaf was planted in the stream of a service that believed it, or one only reports. */
    LET_IN(Sighting.ACCEPTED),
    /** The signing input is honest, so that it has its counterfoil: refused, and no finding. */
    OTHER_SIGNATURE("signature");

    private final String outcome;

    Trick(String outcome) {
      this.outcome = outcome;
    }

    boolean isFound() {
      return this != OTHER_SIGNATURE;
    }
  }

  private final TestKeys.Es256 other = new TestKeys.Es256();
  private final Map<String, Instant> forged = new HashMap<>();
  private final Map<String, Trick> tricks = new HashMap<>();
  private final List<String> recent = new ArrayList<>();
  private final Random random = new Random(1);
  private long honest;
  private long sequence;
  private long forgotten;

  @Test
  void eachIsAFindingAndNoHonestTokenIs() throws Exception {
    among(4_000, 3, 0);
    awaitFindings();
  }

  /** As fast as they go in: what a service caught is found among them, and not behind them. */
  @Test
  @Tag("full")
  void amongAMillion() throws Exception {
    long began = System.nanoTime();
    among(1_000_000, 40, Integer.getInteger("counterfoil.sightings.rate", 0));
    Duration found = awaitFindings();
    System.out.printf(
        Locale.ROOT,
        "%d honest sightings and %d forged tokens in %.1f s; the slowest finding of one that was"
            + " refused after %d ms%n",
        honest,
        forged.size(),
        (System.nanoTime() - began) / 1e9,
        found.toMillis());
  }

  /**
   * Reports honest tokens, and every trick some times among them.
   *
   * @param rate sightings a second; 0 for as many as go in
   */
  private void among(int tokens, int times, int rate) throws Exception {
    issuer.issuer.addLog(OTHER_LOG);
    issuer.issuer.state(issuer.statement(other, OTHER_LOG));
    issuer.issuer.publish();
    issuer.issue(issuer.draft(other, OTHER_LOG, 0), other, OTHER_LOG);
    String reporter = token("counterfoil:sightings");
    Instant renewAt = Instant.now().plus(TOKEN_RENEWED);
    List<Trick> due = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      due.addAll(Arrays.asList(Trick.values()));
    }
    Collections.shuffle(due, random);
    int batches = tokens / BATCH;
    long start = System.nanoTime();
    for (int i = 0; i < batches; i++) {
      List<Sighting> seen = new ArrayList<>();
      for (int n = 0; n < BATCH; n++) {
        seen.addAll(honest("user" + n));
      }
      while (!due.isEmpty()
          && due.size() > (long) times * Trick.values().length * (batches - 1 - i) / batches) {
        seen.addAll(forgery(due.removeLast()));
      }
      Collections.shuffle(seen, random);
      for (int from = 0; from < seen.size(); from += SightingBatch.SIGHTINGS_MAX) {
        List<Sighting> part =
            seen.subList(from, Math.min(seen.size(), from + SightingBatch.SIGHTINGS_MAX));
        assertThat(report(reporter, batch(++sequence, part.toArray(Sighting[]::new))).statusCode())
            .isEqualTo(202);
      }
      if (Instant.now().isAfter(renewAt)) {
        reporter = token("counterfoil:sightings");
        renewAt = Instant.now().plus(TOKEN_RENEWED);
      }
      keepUp();
      if (rate > 0) {
        LockSupport.parkNanos(start + honest * 1_000_000_000 / rate - System.nanoTime());
      }
    }
  }

  /** An honest token as services see it: once or twice, by its digest or by its claims alone. */
  private List<Sighting> honest(String subject) {
    String token = issuer.keep(issuer.draft().claim("sub", subject));
    recent.add(token);
    if (recent.size() > 1_000) {
      recent.removeFirst();
    }
    List<Sighting> seen = new ArrayList<>(List.of(issuer.accepted(token)));
    if (random.nextInt(10) == 0) {
      String again = recent.get(random.nextInt(recent.size()));
      seen.add(
          switch (random.nextInt(3)) {
            case 0 -> issuer.acceptedClaims(again);
            case 1 -> issuer.refused(again, "expired");
            default -> issuer.accepted(again);
          });
    }
    honest += seen.size();
    return seen;
  }

  private List<Sighting> forgery(Trick trick) throws Exception {
    String token = made(trick);
    String digest = CompactToken.parse(token).digest().base64Url();
    if (trick.isFound()) {
      forged.put(digest, Instant.now());
      tricks.put(digest, trick);
    }
    Sighting seen =
        switch (trick) {
          case LET_IN -> issuer.accepted(token);
          case OTHER_SIGNATURE -> issuer.refused(token, trick.outcome);
          default -> issuer.refusedWithEvidence(token, trick.outcome);
        };
    return Collections.nCopies(1 + random.nextInt(2), seen);
  }

  private String made(Trick trick) throws Exception {
    long size = issuer.size(RecordedIssuer.LOG);
    String victim = recent.get(random.nextInt(recent.size()));
    TokenDraft draft =
        issuer.draft().claim("sub", "mallory-" + forged.size()).claim("jti", tokenId(victim));
    return switch (trick) {
      case HONEST_IDENTIFIER -> issuer.forge(draft);
      case HONEST_POSITION, LET_IN ->
          issuer.forge(at(draft, RecordedIssuer.LOG, random.nextLong(size)));
      case OLD_POSITION -> issuer.forge(at(draft, RecordedIssuer.LOG, random.nextInt(100)));
      case LAST_POSITION -> issuer.forge(at(draft, RecordedIssuer.LOG, size - 1));
      case OWN_BINDING ->
          issuer.forge(draft.claim("cnf", JsonObject.builder().put("jkt", other.kid()).build()));
      case BEYOND_TIP ->
          issuer.forge(at(draft, RecordedIssuer.LOG, size + 50_000_000 + random.nextInt(1_000)));
      case UUID_IDENTIFIER ->
          issuer.forge(
              draft.claim("jti", new UUID(random.nextLong(), random.nextLong()).toString()));
      case LOG_OF_NOBODY -> issuer.forge(at(draft, "s9g9", 0));
      case ANOTHERS_LOG -> issuer.forge(at(draft, OTHER_LOG, 0));
      case LOGGED_ELSEWHERE ->
          issuer.issue(
              issuer
                  .draft(issuer.key, OTHER_LOG, issuer.size(OTHER_LOG))
                  .claim("sub", "mallory-" + forged.size()),
              issuer.key,
              OTHER_LOG);
      case SCOPE -> issuer.forge(draft.claim("tenant", "initech"));
      case OTHER_SIGNATURE -> victim;
    };
  }

  private TokenDraft at(TokenDraft draft, String log, long position) {
    byte[] drawn = new byte[TokenId.SALT_BYTES];
    random.nextBytes(drawn);
    return draft.claim("jti", log + "." + position + "." + Hash.sha256(drawn).base64Url());
  }

  private static String tokenId(String token) throws Exception {
    return CompactToken.parse(token).claims().string("jti");
  }

  /**
   * Counterfoils that are held need not stay in this process's memory; and no token is reported
   * long before the monitor can have its counterfoil.
   */
  private void keepUp() throws Exception {
    long size = issuer.size(RecordedIssuer.LOG);
    while (size - held() > BEHIND_MAX) {
      LockSupport.parkNanos(10_000_000);
    }
    long below = Math.max(forgotten, held());
    issuer.forgetGiven(forgotten, below);
    forgotten = below;
  }

  private long held() throws Exception {
    List<JsonObject> lines = new ArrayList<>();
    new MonitorAdmin(folder.resolve("admin.sock")).status(lines::add);
    for (JsonObject log : lines.getFirst().objects("logs")) {
      if (RecordedIssuer.LOG.equals(log.get("log"))) {
        return log.number("held");
      }
    }
    return 0;
  }

  /** Waits until every forged token is found; gives how long those took that were refused. */
  private Duration awaitFindings() throws Exception {
    Map<String, JsonObject> found = new HashMap<>();
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!found.keySet().containsAll(forged.keySet()) || open() > 0) {
      assertThat(System.nanoTime())
          .as("%d of %d found, and sightings are open", found.size(), forged.size())
          .isLessThan(end);
      LockSupport.parkNanos(50_000_000);
      found.clear();
      findings().forEach(finding -> found.put(finding.digest(), finding.json()));
    }
    assertThat(found.keySet())
        .as("a finding for each forged token, and for no honest one")
        .isEqualTo(forged.keySet());
    Duration slowest = Duration.ZERO;
    for (Map.Entry<String, Instant> one : forged.entrySet()) {
      JsonObject finding = Optional.ofNullable(found.get(one.getKey())).orElseThrow();
      assertThat(finding.string("severity")).isEqualTo("critical");
      Instant raised = Instant.ofEpochMilli(finding.number("raised_at_ms"));
      Duration took = Duration.between(one.getValue(), raised);
      boolean isCaught = tricks.get(one.getKey()) != Trick.LET_IN;
      slowest = isCaught && took.compareTo(slowest) > 0 ? took : slowest;
    }
    return slowest;
  }

  private record Found(String digest, JsonObject json) {}

  private List<Found> findings() throws Exception {
    List<JsonObject> lines = new ArrayList<>();
    new MonitorAdmin(folder.resolve("admin.sock"))
        .findings(JsonObject.builder().build(), lines::add);
    List<Found> about = new ArrayList<>();
    for (JsonObject line : lines) {
      if (!"ceremony-due".equals(line.get("kind"))) {
        about.add(new Found(line.optionalString("digest").orElse(line.string("kind")), line));
      }
    }
    return about;
  }

  /** Sightings that were recorded and not decided. */
  private long open() throws Exception {
    long open = 0;
    for (String line : send(request("/metrics")).body().lines().toList()) {
      long value =
          line.startsWith("#")
              ? 0
              : (long) Double.parseDouble(line.substring(line.lastIndexOf(' ')));
      if (line.startsWith("counterfoil_monitor_sightings_recorded_total")) {
        open += value;
      } else if (line.startsWith("counterfoil_monitor_sightings_total")) {
        open -= value;
      }
    }
    return open;
  }
}
