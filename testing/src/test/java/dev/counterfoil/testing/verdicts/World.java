package dev.counterfoil.testing.verdicts;

import dev.counterfoil.custodian.following.TestCustody;
import dev.counterfoil.custodian.held.RecordItem;
import dev.counterfoil.custodian.issuer.IssuerSource;
import dev.counterfoil.custodian.issuer.IssuerUnavailableException;
import dev.counterfoil.custodian.issuer.RecordStream;
import dev.counterfoil.custodian.issuer.SignerWord;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.judging.TestMonitor;
import dev.counterfoil.signer.rotation.SimulatedDomain;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.SteppedVerifier;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A small world on one thread: a signer and a registrar on disks that fail, a service with a
 * verifier that reports, a monitor with its custodian. Each of them is the product's own; what
 * carries bytes between them, an authority's HTTP, is this class, and can be cut off.
 */
final class World implements AutoCloseable {
  static final Instant START = Instant.parse("2026-11-01T10:00:00Z");
  private static final Duration CHECKPOINT_WITHIN = Duration.ofMillis(20);
  private static final String DOMAIN = "enterprise";
  private static final String PURPOSES = "usage-period: 24h";
  private static final String ISSUER_LOGS = "/logs/";
  private static final Expectations MAIL =
      Expectations.audience("mail").accessToken().anyTenant().bearerAllowed();
  private static final int RECORDS_AT_ONCE = 100;
  private static final int ENTRY_BYTES_WITH_LENGTH = 2 + Leaf.ENTRY_BYTES;

  final SettableClock clock = new SettableClock(START);
  final SimulatedDomain domain;
  private final Path folder;
  private final SteppedVerifier verifier;
  private final Deque<Sighting> unsent = new ArrayDeque<>();
  private final Optional<Planted> planted;
  private @Nullable TestMonitor monitor;
  private Instant keysReadAt = Instant.MIN;
  private boolean authorityAway;

  /** What the authority handed out, and since when the signer has been there or away. */
  private final Set<Hash> released = new HashSet<>();

  private boolean signerSeen = true;
  private Instant signerSince = START;
  private long batches;

  /** As of the last look at the key log; what it learns on demand comes on top. */
  private Set<String> verifiersKeys = Set.of();

  World(Path folder, long seed, Optional<Planted> planted) throws Exception {
    this.folder = folder;
    this.planted = planted;
    domain = new SimulatedDomain(folder.resolve("domain"), START, PURPOSES, seed);
    verifier = new SteppedVerifier(domain.policy(), new Pages(), clock, this::reported);
    startMonitor();
    monitor().ifPresent(one -> domain.trustCustodian(one.custody.cosigner()));
  }

  private boolean isPlanted(Planted fault) {
    return planted.equals(Optional.of(fault));
  }

  private void reported(Sighting sighting) {
    boolean isLost =
        isPlanted(Planted.MALFORMED_IS_NOT_REPORTED)
            && (sighting.outcome().equals("malformed")
                || sighting.outcome().equals("signature-high-s"));
    if (!isLost) {
      unsent.add(sighting);
    }
  }

  Instant now() {
    return clock.instant();
  }

  void advance(Duration time) throws IOException {
    if (time.compareTo(CHECKPOINT_WITHIN) >= 0) {
      domain.checkpoint();
    }
    lookAtSigner();
    clock.advance(time);
    domain.setTime(clock.instant());
  }

  private void lookAtSigner() {
    if (domain.isRunning() != signerSeen) {
      signerSeen = domain.isRunning();
      signerSince = clock.instant();
    }
  }

  /** The authority hands a token out. */
  void released(Hash digest) {
    released.add(digest);
  }

  // ---- The authority

  boolean isAuthorityAway() {
    return authorityAway;
  }

  void setAuthorityAway(boolean away) {
    authorityAway = away;
  }

  private byte[] read(String log, String path) throws IOException {
    if (authorityAway) {
      throw new IOException("connection refused");
    }
    return domain.published(log, path);
  }

  /** What verifiers and custodians read over HTTP. */
  private final class Pages implements ReadSide {
    @Override
    public byte[] get(URI uri, int bytesMax) throws IOException {
      String path = uri.getPath();
      if (!path.startsWith(ISSUER_LOGS)) {
        throw new IOException("nothing lies there");
      }
      String[] words = path.substring(ISSUER_LOGS.length()).split("/", 2);
      byte[] bytes = read(words[0], words[1]);
      if (bytes.length > bytesMax) {
        throw new IOException("longer than " + bytesMax + " bytes");
      }
      return bytes;
    }
  }

  /** What a custodian is given. */
  private final class Counterfoils implements IssuerSource {
    @Override
    public byte[] checkpoint(StatedLog log) throws IssuerUnavailableException {
      try {
        return read(log.name(), "checkpoint");
      } catch (IOException e) {
        throw new IssuerUnavailableException("unreadable", e);
      }
    }

    @Override
    public RecordStream records(StatedLog log, long from) throws IssuerUnavailableException {
      if (authorityAway || !domain.isRunning()) {
        throw new IssuerUnavailableException("status 503");
      }
      return new Stream(log.name(), from);
    }

    @Override
    public byte[] entries(StatedLog log, long bundle, long size) throws IssuerUnavailableException {
      Tile tile = Tile.of(Tile.ENTRIES, bundle, size);
      byte[] bytes;
      try {
        bytes = read(log.name(), tile.path());
      } catch (IOException e) {
        throw new IssuerUnavailableException("unreadable", e);
      }
      byte[] entries = new byte[tile.width() * Leaf.ENTRY_BYTES];
      for (int i = 0; i < tile.width(); i++) {
        System.arraycopy(
            bytes,
            i * ENTRY_BYTES_WITH_LENGTH + 2,
            entries,
            i * Leaf.ENTRY_BYTES,
            Leaf.ENTRY_BYTES);
      }
      return entries;
    }

    @Override
    public SignerWord word(StatedLog log, Hash digest) throws IssuerUnavailableException {
      if (authorityAway) {
        throw new IssuerUnavailableException("connection refused");
      }
      lookAtSigner();
      return new SignerWord(signerSeen, signerSince, START, released.contains(digest));
    }

    @Override
    public byte[] proof(StatedLog log, long position) throws IssuerUnavailableException {
      try {
        return read(log.name(), "proof/" + position);
      } catch (IOException e) {
        throw new IssuerUnavailableException("unreadable", e);
      }
    }
  }

  private final class Stream implements RecordStream {
    private final String log;
    private long next;

    Stream(String log, long from) {
      this.log = log;
      this.next = from;
    }

    @Override
    public List<RecordItem> next() throws IssuerUnavailableException {
      try {
        SimulatedDomain.Given given = domain.records(log, next, RECORDS_AT_ONCE);
        next += given.records().size();
        List<RecordItem> items = new ArrayList<>();
        given.records().forEach(record -> items.add(new RecordItem.Payload(record)));
        given.head().ifPresent(head -> items.add(new RecordItem.Head(head)));
        if (items.isEmpty()) {
          items.add(new RecordItem.Pause());
        }
        return items;
      } catch (IOException e) {
        throw new IssuerUnavailableException("the stream broke off", e);
      }
    }

    @Override
    public void close() {}
  }

  // ---- The service

  /**
   * What a service hears of a token.
   *
   * @param code why it is refused; empty where it is not
   */
  record Said(boolean verified, Optional<RefusalCode> code) {}

  Said present(String token) {
    Verification said = verifier.verify(token, MAIL);
    Optional<RefusalCode> code =
        said instanceof Refused refused ? Optional.of(refused.code()) : Optional.empty();
    boolean unrecorded =
        code.filter(c -> c == RefusalCode.NEVER_ISSUED || c == RefusalCode.BEYOND_TIP).isPresent();
    return isPlanted(Planted.SIGNATURE_IS_ENOUGH) && unrecorded
        ? new Said(true, Optional.empty())
        : new Said(said instanceof Verified, code);
  }

  /** Whether the service's verifier can tell who has signed with a key. */
  boolean knowsKey(String kid) {
    return verifier.isReady() && verifiersKeys.contains(kid);
  }

  private List<String> kids() throws FormatException {
    return domain.keySet().keys().stream().map(KeyStatement::kid).toList();
  }

  // ---- The monitor

  boolean isMonitorRunning() {
    return monitor != null;
  }

  void startMonitor() throws IOException {
    monitor =
        new TestMonitor(
            clock,
            folder.resolve("monitor"),
            List.of(new TestCustody.Source(domain.policy(), new Counterfoils(), new Pages())));
  }

  void stopMonitor() throws IOException {
    TestMonitor running = monitor;
    monitor = null;
    if (running != null) {
      running.close();
    }
  }

  Optional<TestMonitor> monitor() {
    return Optional.ofNullable(monitor);
  }

  /** Up to where the custodian says that it holds a log; 0 while nobody can ask. */
  long heldSize(String log) {
    TestMonitor running = monitor;
    long held = running == null ? 0 : running.heldSize(DOMAIN, log);
    return held + (isPlanted(Planted.HELD_IS_NOT_THERE) ? 3 : 0);
  }

  /** The digest of what the custodian has at a position. */
  Optional<Hash> held(String log, long position) throws IOException {
    TestMonitor running = monitor;
    return running == null ? Optional.empty() : running.held(DOMAIN, log, position);
  }

  /** What a trace says of a token that is at hand; empty while nobody can ask. */
  Optional<String> traced(String token) throws IOException {
    TestMonitor running = monitor;
    if (running == null) {
      return Optional.empty();
    }
    try {
      CompactToken parsed = CompactToken.parse(token);
      Optional<Hash> digest =
          isPlanted(Planted.ITS_IDENTIFIER_IS_ENOUGH)
              ? Optional.empty()
              : Optional.of(parsed.digest());
      return Optional.of(
          running.traced(
              DOMAIN, parsed.claims().string("tenant"), parsed.claims().string("jti"), digest));
    } catch (FormatException e) {
      return Optional.of("no-identifier");
    }
  }

  /** Whether a signer's record can be read from its disk, by somebody who opens it now. */
  boolean isOnDisk(Truth.Issued token) throws IOException {
    return domain
        .recordedOnDisk(token.id().log(), token.id().position())
        .equals(Optional.of(token.digest()));
  }

  /** What the processes do by themselves in a moment. */
  void step() throws IOException, GeneralSecurityException, FormatException {
    domain.step();
    if (!now().isBefore(keysReadAt.plusSeconds(2))) {
      verifier.refreshKeys();
      keysReadAt = now();
      if (!authorityAway) {
        verifiersKeys = Set.copyOf(kids());
      }
    }
    TestMonitor running = monitor;
    if (running == null) {
      return;
    }
    running.follow();
    if (!authorityAway) {
      Optional<byte[]> word = running.custody.cosigned(DOMAIN, domain.logName());
      if (word.isPresent()) {
        domain.takeCosigned(word.get());
      }
    }
    if (!unsent.isEmpty()) {
      List<Sighting> sent = List.copyOf(unsent);
      unsent.clear();
      running.report(++batches, sent);
      if (isPlanted(Planted.MISSING_IS_CALLED_FORGED)) {
        for (Sighting sighting : sent) {
          if (sighting.outcome().equals(RefusalCode.BEYOND_TIP.text())) {
            running.callForged(sighting);
          }
        }
      }
    }
    running.match();
  }

  /** A request as an authority makes it. */
  IssueRequest request(SplittableRandom random) {
    return new IssueRequest(
        "at+jwt",
        random.nextBoolean() ? "acme" : "beta",
        "user-" + random.nextInt(100),
        "client-" + random.nextInt(5),
        Arrays.asList("mail"),
        "mail.read",
        60 + random.nextInt(840),
        null,
        null,
        new IssueRequest.Ground("private_key_jwt", "a" + random.nextInt(1000)),
        "192.0.2." + random.nextInt(256),
        now().toEpochMilli());
  }

  @Override
  public void close() throws IOException {
    stopMonitor();
    verifier.close();
    domain.close();
  }
}
