package dev.counterfoil.custodian;

import dev.counterfoil.custodian.following.HeldNotes;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.held.CustodyLog;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.custody.StatedCounts;
import dev.counterfoil.format.custody.TenantCount;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.http.answers.BusyException;
import dev.counterfoil.http.answers.Turns;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.tools.StatementSecret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes custody statements (spec/custody.md). Their salts come from a secret of this custodian, so
 * that the same statement can be made again and nobody else can link two.
 */
public final class CustodyStatements {
  private static final Duration FRESH = Duration.ofSeconds(1);

  /** Most tenants without tokens that are remembered of a log, a few KB each. */
  static final int NONE_KEPT_MAX = 64;

  /** Most requests of one such tenant that wait for its statement. */
  private static final int NONE_WAITING_MAX = 16;

  private final HeldNotes notes;
  private final InstantSource clock;
  private final byte[] secret;
  private final Map<LogFollower, OfLog> logs = new ConcurrentHashMap<>();

  /** For tenants without tokens one statement at a time is made: others are not held up by them. */
  private final Turns ofNone = new Turns(1, NONE_WAITING_MAX);

  public CustodyStatements(Path folder, HeldNotes notes, InstantSource clock, SecureRandom random)
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
   * A tenant's count in a statement, with what proves it.
   *
   * @param statement it is in
   * @param count with its salt
   * @param index its place
   * @param path from there upward
   */
  record Own(CustodyStatement statement, TenantCount count, int index, List<Hash> path) {
    private static Own of(StatedCounts counts, int index) {
      return new Own(counts.statement(), counts.counts().get(index), index, counts.path(index));
    }
  }

  /**
   * The same, signed.
   *
   * @param own the count
   * @param note the statement over it
   */
  record OwnSigned(Own own, SignedNote note) {}

  /** What was stated last of one log. */
  private static final class OfLog {
    private @Nullable Made made;

    /** Of which counts those without tokens are. */
    private @Nullable StatedCounts without;

    private final Map<String, Own> none =
        new LinkedHashMap<>(NONE_KEPT_MAX, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Own> eldest) {
            return size() > NONE_KEPT_MAX;
          }
        };

    synchronized @Nullable Own none(String tenant, StatedCounts of) {
      return of == without ? none.get(tenant) : null;
    }

    synchronized void keep(String tenant, StatedCounts of, Own own) {
      if (of != without) {
        none.clear();
        without = of;
      }
      none.put(tenant, own);
    }
  }

  /**
   * A statement of what is vouched for. However many ask, a log's is made once in a while, and
   * counted anew only when the log has grown.
   */
  Made current(LogFollower follower, CustodyLog.Vouched vouched) throws IOException {
    OfLog log = logs.computeIfAbsent(follower, _ -> new OfLog());
    synchronized (log) {
      Made known = log.made;
      if (known != null && isFresh(known)) {
        return known;
      }
      Made made =
          known != null && known.counts.statement().checkpoint().equals(vouched.checkpoint())
              ? sign(known.counts, vouched.note())
              : make(follower.custody(), vouched);
      log.made = made;
      return made;
    }
  }

  /** Also after the clock was put back. */
  private boolean isFresh(Made made) {
    Duration age = Duration.between(made.madeAt, clock.instant());
    return !age.isNegative() && age.compareTo(FRESH) < 0;
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
    return sign(state(checkpoint, counts), head);
  }

  private Made sign(StatedCounts counts, SignedNote head) {
    return new Made(counts, sign(counts.statement()), head, clock.instant());
  }

  private SignedNote sign(CustodyStatement statement) {
    return notes.cosignText(statement.text());
  }

  private StatedCounts state(Checkpoint checkpoint, Map<String, Long> counts) {
    return StatedCounts.of(checkpoint, counts, StatedCounts.secretOf(checkpoint, secret));
  }

  /**
   * A tenant's own count. Where nothing in the log is the tenant's it is in a statement of its own:
   * the same counts and one more of 0, so that it is shown that it has none. That one takes as long
   * as there are tenants, so it is made once for each state of the log.
   *
   * @throws BusyException when too many such are asked for at once
   */
  OwnSigned own(LogFollower follower, String tenant, Made made) throws IOException {
    int index = made.counts.indexOf(tenant);
    if (index >= 0) {
      return new OwnSigned(Own.of(made.counts, index), made.note);
    }
    OfLog log = logs.computeIfAbsent(follower, _ -> new OfLog());
    Own known = log.none(tenant, made.counts);
    if (known == null) {
      try (Turns.Turn _ = ofNone.take(follower.domain() + "/" + tenant)) {
        known = log.none(tenant, made.counts);
        if (known == null) {
          known = withoutTokens(tenant, made.counts);
          log.keep(tenant, made.counts, known);
        }
      }
    }
    return new OwnSigned(known, sign(known.statement));
  }

  private Own withoutTokens(String tenant, StatedCounts of) {
    Map<String, Long> counts = new HashMap<>();
    for (TenantCount count : of.counts()) {
      if (!count.tenant().isEmpty()) {
        counts.put(count.tenant(), count.count());
      }
    }
    counts.put(tenant, 0L);
    StatedCounts stated = state(of.statement().checkpoint(), counts);
    return Own.of(stated, stated.indexOf(tenant));
  }

  /** A tenant's count in an earlier state that the log had or could have had. */
  OwnSigned before(String tenant, CustodyLog custody, Checkpoint earlier) throws IOException {
    Map<String, Long> counts = counts(custody, earlier.size());
    counts.putIfAbsent(tenant, 0L);
    StatedCounts stated = state(earlier, counts);
    return new OwnSigned(Own.of(stated, stated.indexOf(tenant)), sign(stated.statement()));
  }
}
