package dev.counterfoil.authority.connect.grants;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What people allowed clients and still counts: in memory, with every change on disk before it is
 * answered. Thread-safe.
 *
 * <p>A grant has one secret at a time: its code, then one refresh token after another. {@link
 * #take} holds a grant for one request; another one with a secret of the same grant waits
 * meanwhile. {@link GrantRules} decides what a secret is good for.
 */
public final class Grants implements AutoCloseable {
  /** Most grants of a domain, however much memory there is. */
  public static final int GRANTS_MAX = 1_000_000;

  /** What a grant takes of the heap, of which all of them may have a third. */
  static final int GRANT_BYTES = 1_000;

  /** Most grants of a person; the oldest ends when one more begins. */
  public static final int OF_PERSON_MAX = 200;

  private static final int SEGMENT_BYTES = 4 << 20;
  private static final int TIDY_STEP = 256;

  private final InstantSource clock;
  private final SecureRandom random;
  private final Function<byte[], Hash> keyed;
  private final int grantsMax;
  private final GrantJournal journal;
  private final Map<String, HeldGrant> held = new ConcurrentHashMap<>();
  private final Map<String, Set<String>> ofSubject = new ConcurrentHashMap<>();
  private final Set<HeldGrant> toRevoke = ConcurrentHashMap.newKeySet();
  private final AtomicLong liveBytes = new AtomicLong();
  private final LogoutNotices notices;
  private final NoticeRecords noticeRecords;

  /** What stands before each secret: whose home this is, where there are several. */
  private volatile String prefix = "";

  private Grants(
      Disk disk,
      Function<byte[], Hash> keyed,
      SecureRandom random,
      InstantSource clock,
      int grantsMax,
      int segmentBytes)
      throws IOException {
    this.clock = clock;
    this.random = random;
    this.keyed = keyed;
    this.grantsMax = grantsMax;
    this.notices = new LogoutNotices(random);
    this.journal = GrantJournal.open(disk, segmentBytes, this::read);
    this.noticeRecords = new NoticeRecords(notices, journal);
    for (HeldGrant one : held.values()) {
      if (one.isEnded()) {
        toRevoke.add(one);
      }
    }
  }

  /**
   * Opens the journal.
   *
   * @param disk a private folder of its own
   * @param keyed the keyed hash that makes codes and refresh tokens
   * @throws IOException when it cannot be read: what was used is not known then
   */
  public static Grants open(
      Disk disk, Function<byte[], Hash> keyed, SecureRandom random, InstantSource clock)
      throws IOException {
    long fit = Runtime.getRuntime().maxMemory() / 3 / GRANT_BYTES;
    return new Grants(disk, keyed, random, clock, (int) Math.min(GRANTS_MAX, fit), SEGMENT_BYTES);
  }

  static Grants open(
      Disk disk,
      Function<byte[], Hash> keyed,
      SecureRandom random,
      InstantSource clock,
      int grantsMax,
      int segmentBytes)
      throws IOException {
    return new Grants(disk, keyed, random, clock, grantsMax, segmentBytes);
  }

  private void read(JsonObject record, long segment, int bytes) throws FormatException {
    String id = record.string("id");
    if (notices.read(record, segment)) {
      return;
    }
    if (record.has("gone")) {
      forget(id);
      return;
    }
    if (record.has("client")) {
      forget(id);
      HeldGrant one = new HeldGrant(Grant.parse(record));
      one.standsIn(segment, bytes);
      one.follow(record);
      keep(one);
      return;
    }
    @Nullable HeldGrant one = held.get(id);
    if (one != null) {
      one.follow(record);
    }
  }

  private void keep(HeldGrant one) {
    held.put(one.grant().id(), one);
    liveBytes.addAndGet(one.bytes());
    ofSubject.compute(
        one.grant().allowed().subject(),
        (subject, ids) -> {
          Set<String> all = ids == null ? ConcurrentHashMap.newKeySet() : ids;
          all.add(one.grant().id());
          return all;
        });
  }

  private void forget(String id) {
    @Nullable HeldGrant one = held.remove(id);
    if (one == null) {
      return;
    }
    liveBytes.addAndGet(-one.bytes());
    toRevoke.remove(one);
    ofSubject.computeIfPresent(
        one.grant().allowed().subject(),
        (subject, ids) -> {
          ids.remove(id);
          return ids.isEmpty() ? null : ids;
        });
  }

  /** Puts something before each secret, which may also be missing. */
  public void named(String homePrefix) {
    prefix = homePrefix;
  }

  private Optional<GrantSecret> read(String secret) {
    return GrantSecret.read(
        secret.startsWith(prefix) ? secret.substring(prefix.length()) : secret, keyed);
  }

  /** Begins a grant whose client hears of no session's end. */
  String begin(Grant.Allowed allowed) throws GrantsUnavailableException {
    return begin(newId(), allowed, false);
  }

  /** What the next grant is called. */
  public String newId() {
    return Base64Url.encode(bytes(GrantSecret.ID_BYTES));
  }

  /**
   * Begins a grant.
   *
   * @param id of {@link #newId}, used once
   * @param hears whether the client is told when the session ends
   * @return its code, which is on disk
   */
  public String begin(String id, Grant.Allowed allowed, boolean hears)
      throws GrantsUnavailableException {
    if (held.size() + notices.size() >= grantsMax) {
      throw new GrantsUnavailableException("there are as many grants as there may be");
    }
    List<HeldGrant> before = of(allowed.subject(), one -> !one.isEnded());
    if (before.size() >= OF_PERSON_MAX) {
      before.stream()
          .min(Comparator.comparing(one -> one.grant().begunAt()))
          .ifPresent(oldest -> end(List.of(oldest)));
    }
    Grant grant = new Grant(id, GroupHandle.of(bytes(GroupHandle.BYTES)), allowed, clock.instant());
    HeldGrant one = new HeldGrant(grant);
    JsonObject record = one.whole();
    one.standsIn(0, record.toString().length());
    // Known before it is on disk, so that tidying sees it; its code is not.
    keep(one);
    try {
      // Both are in line before either is waited for: one write to the disk takes both.
      Set<GrantJournal.Batch> joins =
          hears ? noticeRecords.put(() -> notices.join(allowed)) : Set.of();
      GrantJournal.Batch begins = journal.put(record);
      noticeRecords.await(joins);
      one.standsIn(journal.await(begins), one.bytes());
    } catch (IOException e) {
      forget(grant.id());
      throw new GrantsUnavailableException(e);
    }
    return prefix + new GrantSecret(grant.id(), 0).text(keyed);
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  /**
   * Takes the grant of a code or refresh token, until the turn is closed; waits for who has it.
   *
   * @return empty when there is none, or none that counts any more
   */
  public Optional<Turn> take(String secret) throws InterruptedException {
    Optional<GrantSecret> read = read(secret);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    @Nullable HeldGrant one = held.get(read.get().grantId());
    if (one == null) {
      return Optional.empty();
    }
    one.lock().lockInterruptibly();
    return Optional.of(new Turn(one, read.get().turn()));
  }

  /** A grant that one request holds. */
  public final class Turn implements AutoCloseable {
    private final HeldGrant one;
    private final int presented;

    private Turn(HeldGrant one, int presented) {
      this.one = one;
      this.presented = presented;
    }

    public Grant grant() {
      return one.grant();
    }

    /** Whether it was presented with its code, and not with a refresh token. */
    public boolean isCode() {
      return presented == 0;
    }

    /**
     * What the secret is good for now.
     *
     * @param key thumbprint of the key that the request proved; null for none
     */
    public GrantRules.Verdict verdict(@Nullable String key) {
      return one.verdict(presented, key, clock.instant());
    }

    /**
     * Uses the secret up, where it is the present one, after everything else was done: what is
     * returned is on disk.
     *
     * @param key thumbprint of the key to which what follows is bound; null for none
     * @param tokenLife of the access tokens that are given out with this
     * @return the next refresh token: the same as before within the time for lost answers; empty
     *     when the grant ended meanwhile
     */
    public Optional<String> pass(@Nullable String key, Duration tokenLife)
        throws GrantsUnavailableException {
      GrantJournal.@Nullable Batch batch = null;
      int failures = 0;
      boolean rewrites = false;
      int next;
      synchronized (one) {
        if (one.isEnded()) {
          return Optional.empty();
        }
        if (one.turn() == presented) {
          batch = journal.put(one.move(key, clock.instant(), tokenLife));
        } else if (one.isUnwritten()) {
          // The request before could not write it down: nothing of it may be answered until it is.
          batch = journal.put(one.state());
          failures = one.failures();
          rewrites = true;
        }
        next = one.turn();
      }
      if (batch != null) {
        write(one, batch);
      }
      if (rewrites) {
        one.written(failures);
      }
      return Optional.of(prefix + new GrantSecret(one.grant().id(), next).text(keyed));
    }

    /** Ends the grant: its secret was used twice. */
    public void end() {
      Grants.this.end(List.of(one));
    }

    @Override
    public void close() {
      one.lock().unlock();
    }
  }

  private void write(HeldGrant one, GrantJournal.Batch batch) throws GrantsUnavailableException {
    try {
      var _ = journal.await(batch);
    } catch (IOException e) {
      one.mustBeWritten();
      throw new GrantsUnavailableException(e);
    }
  }

  /** The grant of a code or refresh token of any turn, without taking it. */
  public Optional<Grant> find(String secret) {
    return read(secret).map(read -> held.get(read.grantId())).map(HeldGrant::grant);
  }

  /** What a person allowed and counts still, the oldest first. */
  public List<Grant> ofSubject(String subject) {
    return of(subject, one -> !one.isEnded()).stream()
        .map(HeldGrant::grant)
        .sorted(Comparator.comparing(Grant::begunAt))
        .toList();
  }

  private List<HeldGrant> of(String subject, Predicate<HeldGrant> which) {
    List<HeldGrant> found = new ArrayList<>();
    for (String id : ofSubject.getOrDefault(subject, Set.of())) {
      @Nullable HeldGrant one = held.get(id);
      if (one != null && which.test(one)) {
        found.add(one);
      }
    }
    return found;
  }

  /**
   * Ends grants of a person, at once: no secret of theirs counts any more, and their groups wait to
   * be revoked ({@link #toRevoke}).
   *
   * @return how many
   */
  public int end(String subject, Predicate<Grant> which) {
    List<HeldGrant> found = of(subject, one -> !one.isEnded() && which.test(one.grant()));
    end(found);
    return found.size();
  }

  /**
   * Ends all grants of a client.
   *
   * @param before hears of those that end, before they do
   */
  public int endClient(String clientId, Consumer<List<Grant>> before) {
    noticeRecords.writeOrLater(() -> notices.clientGone(clientId));
    return endClient(clientId, Instant.MAX, before);
  }

  /** The same of those that began before a time. */
  public int endClient(String clientId, Instant begunBefore, Consumer<List<Grant>> before) {
    List<HeldGrant> found =
        held.values().stream()
            .filter(one -> !one.isEnded() && one.grant().allowed().clientId().equals(clientId))
            .filter(one -> one.grant().begunAt().isBefore(begunBefore))
            .toList();
    before.accept(found.stream().map(HeldGrant::grant).toList());
    end(found);
    return found.size();
  }

  /** Memory first: what is ended must count at once, also where the disk is full. */
  private void end(List<HeldGrant> ending) {
    GrantJournal.@Nullable Batch last = null;
    for (HeldGrant one : ending) {
      synchronized (one) {
        if (!one.isEnded()) {
          last = journal.put(one.end(clock.instant()));
          toRevoke.add(one);
        }
      }
    }
    if (last != null) {
      try {
        var _ = journal.await(last);
      } catch (IOException e) {
        // Tidying writes it again until it is there.
        ending.forEach(HeldGrant::mustBeWritten);
      }
    }
  }

  /**
   * Groups whose access tokens are to be revoked.
   *
   * @param group which
   * @param grantId of which grant
   * @param endedAt when that ended
   */
  public record Ended(GroupHandle group, String grantId, Instant endedAt) {}

  /** The groups of grants that ended and may have access tokens that hold. */
  public List<Ended> toRevoke() {
    Instant now = clock.instant();
    List<Ended> ended = new ArrayList<>();
    for (HeldGrant one : toRevoke) {
      if (one.mayHaveTokens(now)) {
        ended.add(new Ended(one.grant().group(), one.grant().id(), one.endedAt()));
      } else {
        gone(one);
      }
    }
    return ended;
  }

  /** A group is revoked: nothing of the grant is left. */
  public void revoked(Ended done) {
    @Nullable HeldGrant one = held.get(done.grantId);
    if (one != null) {
      gone(one);
    }
  }

  /** Its record comes with the next batch: until then the group is revoked once more at worst. */
  private void gone(HeldGrant one) {
    var _ = journal.put(JsonObject.builder().put("id", one.grant().id()).put("gone", true).build());
    forget(one.grant().id());
  }

  /** The end of a session begins: a crash from now on does not keep it from ending. */
  public void sessionEnds(String subject, String session) {
    boolean isMeant =
        notices.isJoined(session)
            || !of(subject, one -> one.isOf(session) && !one.isEnded()).isEmpty();
    if (isMeant) {
      noticeRecords.writeOrLater(() -> notices.ends(session, subject));
    }
  }

  /** Sessions whose end began and is not through, with their persons. */
  public Map<String, String> endingSessions() {
    return notices.ending();
  }

  /** A session ended: its clients have to hear, when this returns. */
  public void sessionEnded(String session) {
    noticeRecords.writeOrLater(() -> notices.ended(session, clock.instant()));
  }

  /** A person took back what they allowed a client: it has to hear. */
  public void withdrawn(String subject, String clientId) {
    noticeRecords.writeOrLater(() -> notices.withdrawn(subject, clientId, clock.instant()));
  }

  /** Clients that have to hear of an end, who waits longest first. */
  public List<LogoutNotice> toTell() {
    return notices.waiting();
  }

  /** A client was told, or is told no more. */
  public void told(LogoutNotice notice) {
    noticeRecords.writeOrLater(() -> notices.told(notice));
  }

  /** Finds sessions that ran out by themselves, of which their clients have to hear. */
  public void sessionsRanOut(SessionLasts lasts) {
    noticeRecords.writeOrLater(() -> notices.ranOut(lasts, clock.instant()));
  }

  /** The clients that anything is kept for. */
  public Set<String> clients() {
    return held.values().stream()
        .map(one -> one.grant().allowed().clientId())
        .collect(Collectors.toSet());
  }

  /** How many there are. */
  public int size() {
    return held.size();
  }

  /** How many there may be. */
  public int max() {
    return grantsMax;
  }

  /** How many wait to have their groups revoked. */
  public int waiting() {
    return toRevoke.size();
  }

  /** Bytes on disk. */
  public long bytes() {
    return journal.bytes();
  }

  /**
   * Forgets what has expired, and takes the oldest segment out when less than half of the journal
   * is needed. In small steps that hold nobody up.
   */
  public void tidy() throws IOException {
    Instant now = clock.instant();
    for (HeldGrant one : held.values()) {
      if (!one.isEnded() && one.isOver(now)) {
        gone(one);
      }
    }
    journal.sync();
    rewrite(HeldGrant::isUnwritten);
    noticeRecords.tidy();
    while (journal.bytes() > 2L * SEGMENT_BYTES + 2 * (liveBytes.get() + notices.bytes())) {
      long oldest = journal.oldest();
      if (oldest == 0) {
        return;
      }
      rewrite(oldest);
      journal.delete(oldest);
    }
  }

  /** Writes grants whole, at the journal's end. */
  private void rewrite(Predicate<HeldGrant> which) throws IOException {
    List<HeldGrant> step = new ArrayList<>();
    for (HeldGrant one : held.values()) {
      if (which.test(one)) {
        step.add(one);
      }
      if (step.size() == TIDY_STEP) {
        rewrite(step);
        step.clear();
      }
    }
    rewrite(step);
  }

  private void rewrite(List<HeldGrant> step) throws IOException {
    record Written(HeldGrant one, GrantJournal.Batch batch, int failures) {}
    List<Written> all = new ArrayList<>();
    for (HeldGrant one : step) {
      synchronized (one) {
        if (held.containsKey(one.grant().id())) {
          all.add(new Written(one, journal.put(one.whole()), one.failures()));
        }
      }
    }
    for (Written written : all) {
      written.one.standsIn(journal.await(written.batch), written.one.bytes());
      written.one.written(written.failures);
    }
  }

  /** Writes again what stands whole in a segment. */
  void rewrite(long segment) throws IOException {
    rewrite(one -> one.segment() <= segment);
    noticeRecords.write(() -> notices.upTo(segment, segment + 1));
  }

  long oldestSegment() {
    return journal.oldest();
  }

  void delete(long segment) throws IOException {
    journal.delete(segment);
  }

  @Override
  public void close() throws IOException {
    try {
      journal.sync();
    } finally {
      journal.close();
    }
  }
}
