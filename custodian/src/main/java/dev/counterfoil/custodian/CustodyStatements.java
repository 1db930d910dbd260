package dev.counterfoil.custodian;

import dev.counterfoil.format.Base64Url;
import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.SignedNote;
import dev.counterfoil.format.StatedCounts;
import dev.counterfoil.format.TenantCount;
import dev.counterfoil.log.FileDisk;
import dev.counterfoil.log.StatementSecret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes custody statements (spec/custody.md). Their salts come from a secret of this custodian, so
 * that the same statement can be made again and nobody else can link two.
 */
final class CustodyStatements {
  private static final Duration FRESH = Duration.ofSeconds(1);

  private final HeldNotes notes;
  private final InstantSource clock;
  private final byte[] secret;
  private final Map<LogFollower, Made> last = new ConcurrentHashMap<>();

  CustodyStatements(Path folder, HeldNotes notes, InstantSource clock, SecureRandom random)
      throws IOException {
    this.notes = notes;
    this.clock = clock;
    this.secret = StatementSecret.openOrMake(FileDisk.privateFolder(folder), random);
  }

  /**
   * A statement with everything that it stands on.
   *
   * @param counts all counts in their places
   * @param note the statement over them, signed
   * @param head the log's signed checkpoint of the same size
   * @param madeAt when
   */
  record Made(StatedCounts counts, SignedNote note, SignedNote head, Instant madeAt) {}

  /**
   * The counts of a state of a log.
   *
   * @param counts all counts in their places
   * @param note the statement over them, signed
   */
  record Stated(StatedCounts counts, SignedNote note) {}

  /** A statement of what is vouched for; not made anew for every request. */
  Made current(LogFollower follower, CustodyLog.Vouched vouched) throws IOException {
    Made known = last.get(follower);
    if (known != null && known.madeAt.plus(FRESH).isAfter(clock.instant())) {
      return known;
    }
    Made made = make(follower.custody(), vouched);
    last.put(follower, made);
    return made;
  }

  /**
   * A statement for who knows the counts himself, as the monitor whose audit log it is of does:
   * with the secret of this one, he can show a tenant its own.
   */
  byte[] forMonitor(LogFollower follower, CustodyLog.Vouched vouched) throws IOException {
    Made made = make(follower.custody(), vouched);
    return JsonObject.builder()
        .put("statement", new String(made.note.bytes(), StandardCharsets.UTF_8))
        .put(
            "secret",
            Base64Url.encode(StatedCounts.secretOf(made.counts.statement().checkpoint(), secret)))
        .build()
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  private Made make(CustodyLog custody, CustodyLog.Vouched vouched) throws IOException {
    return make(vouched.checkpoint(), counts(custody, vouched.checkpoint().size()), vouched.note());
  }

  private static Map<String, Long> counts(CustodyLog custody, long size) throws IOException {
    Map<String, Long> counts = new HashMap<>();
    for (Map.Entry<Integer, Long> count : custody.held().tenantCounts(size).entrySet()) {
      counts.put(custody.names().name(count.getKey()), count.getValue());
    }
    return counts;
  }

  private Made make(Checkpoint checkpoint, Map<String, Long> counts, SignedNote head) {
    Stated stated = state(checkpoint, counts);
    return new Made(stated.counts(), stated.note(), head, clock.instant());
  }

  private Stated state(Checkpoint checkpoint, Map<String, Long> counts) {
    StatedCounts stated =
        StatedCounts.of(checkpoint, counts, StatedCounts.secretOf(checkpoint, secret));
    return new Stated(stated, notes.cosignText(stated.statement().text()));
  }

  /**
   * A statement that has a leaf of a tenant: where nothing in the log is the tenant's, the same
   * counts and one more of 0, so that it is shown that it has none.
   */
  Made withLeafOf(String tenant, Made made) {
    if (made.counts().indexOf(tenant) >= 0) {
      return made;
    }
    Map<String, Long> counts = new HashMap<>();
    for (TenantCount count : made.counts().counts()) {
      if (!count.tenant().isEmpty()) {
        counts.put(count.tenant(), count.count());
      }
    }
    counts.put(tenant, 0L);
    return make(made.counts().statement().checkpoint(), counts, made.head());
  }

  /** The same of an earlier state that the log had or could have had. */
  Stated withLeafOf(String tenant, CustodyLog custody, Checkpoint earlier) throws IOException {
    Map<String, Long> counts = counts(custody, earlier.size());
    counts.putIfAbsent(tenant, 0L);
    return state(earlier, counts);
  }
}
