package dev.counterfoil.custodian;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.custodian.following.Bell;
import dev.counterfoil.custodian.following.CustodianThreads;
import dev.counterfoil.custodian.following.FollowedIssuer;
import dev.counterfoil.custodian.following.HeldAcknowledgement;
import dev.counterfoil.custodian.following.HeldNotes;
import dev.counterfoil.custodian.following.KnownLog;
import dev.counterfoil.custodian.following.LogAlarms;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.following.MirroredLog;
import dev.counterfoil.custodian.following.VouchedTeller;
import dev.counterfoil.custodian.held.CustodyLog;
import dev.counterfoil.custodian.held.NameTable;
import dev.counterfoil.custodian.held.SeenCheckpoint;
import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.custodian.issuer.HeldKeyLog;
import dev.counterfoil.custodian.issuer.HttpIssuerSource;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.BearerCheck;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.log.care.ClockCheck;
import dev.counterfoil.log.read.HttpLogSource;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reporting.PrivateKeyJwtTokenSource;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A custodian's threads, put together: for each domain one looks at key set and checkpoints; for
 * each log one takes the stream in and one tells the issuer what is held; and the same for each
 * audit log, whose records are events. None is ever interrupted, because an interrupt closes the
 * file that a thread is writing.
 */
public final class Custodian implements AutoCloseable {
  private static final String CUSTODY = "custody";
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration KEY_LOG_TIMEOUT = Duration.ofSeconds(10);
  static final Duration PAUSE_WHEN_STUCK = Duration.ofSeconds(1);
  private static final Duration PAUSE_WHEN_HURRIED = Duration.ofMillis(50);
  private static final Duration FORGET_EVERY = Duration.ofHours(1);

  /** While this machine's clock is not known to be right, as at each start. */
  private static final Duration FORGET_AGAIN = Duration.ofSeconds(5);

  private final Settings settings;
  private final Events events;
  private final InstantSource clock;
  private final SecureRandom random;
  private final NameTable names;
  private final CosignerKeyFile key;
  private final HeldNotes notes;
  private final CustodyStatements statements;
  private final HttpClient http;

  /**
   * For records and for words about them, which tokens wait for: what comes is taken in, and what
   * goes out is written, on the thread that has it. One for each issuer, and for nothing else: the
   * client's own thread hands records over, and where a connection fails it looks the name up.
   */
  private final List<HttpClient> direct = new ArrayList<>();

  private final List<FollowedIssuer> issuers = new ArrayList<>();
  private final CustodyHealth health;
  private final Map<String, HeldKeyLog> keyLogs = new ConcurrentHashMap<>();
  private final Map<String, LogFollower> logs = new ConcurrentHashMap<>();
  private final Map<String, MirroredLog> mirrors = new ConcurrentHashMap<>();
  private final List<HeldAcknowledgement> acknowledgements = new ArrayList<>();
  private final List<VouchedTeller> tellers = new ArrayList<>();
  private final CustodyScrubbing scrubbing;
  private final HeldAuditLogs auditLogs;
  private final Map<String, HeldDisclosureLog> disclosureLogs = new ConcurrentHashMap<>();
  private final List<Bell> bells = new ArrayList<>();
  private final CustodianThreads threads;
  private volatile boolean hurried;

  /**
   * Whose logs are held.
   *
   * @param policy of the trust domain
   * @param clientId our client identifier at its issuer
   * @param clientKey file of the private JWK with which that client proves itself
   */
  public record Domain(TrustPolicy policy, String clientId, Path clientKey) {}

  /**
   * How a custodian works.
   *
   * @param folder of the cosigner's key; {@code custody} below it holds the counterfoils
   * @param cosigner name of the cosigner
   * @param pollInterval pause between two looks at a published checkpoint
   * @param counterfoilWithin how long a counterfoil may be missing from a leaf that is logged, and
   *     what is published may be behind the stream
   * @param keep how long counterfoils are kept after their tokens' expiry
   * @param domains whose logs are held
   * @param auditLogs that are held beside them
   * @param disclosureLogs that are held beside them
   */
  public record Settings(
      Path folder,
      String cosigner,
      Duration pollInterval,
      Duration counterfoilWithin,
      Duration keep,
      List<Domain> domains,
      List<AuditLogPlace> auditLogs,
      List<DisclosureLogPlace> disclosureLogs) {
    public Settings {
      disclosureLogs = List.copyOf(disclosureLogs);
      domains = List.copyOf(domains);
      auditLogs = List.copyOf(auditLogs);
    }

    /** Holds no audit log, and no disclosure log. */
    public Settings(
        Path folder,
        String cosigner,
        Duration pollInterval,
        Duration counterfoilWithin,
        Duration keep,
        List<Domain> domains) {
      this(folder, cosigner, pollInterval, counterfoilWithin, keep, domains, List.of(), List.of());
    }
  }

  /** What a custodian tells of. */
  public interface Events {
    /** Something that is worth a person's time. Made durable before this returns. */
    void alarm(Alarm alarm);

    /** A key set that was verified and is new. */
    default void keySet(String domain, KeySet keySet, Instant at) {}

    /** The clock has been right for a while, by a domain's others: no such alarm stands. */
    default void clockRight(String domain, Instant since) {}

    /** A log that is followed from now on. */
    default void follows(LogFollower follower) {}

    /**
     * Somebody is about to read what is of more than one tenant. Made durable before this returns;
     * what cannot be written down is not read. Nobody can leave it out.
     */
    void read(Access access) throws IOException;

    /** Counterfoils that count from now on. */
    default void vouched(LogFollower follower, long from, long to) throws IOException {}

    /** So many entries of a record log count from now on. */
    default void mirrored(String domain, String log, long size) {}
  }

  /**
   * Starts a custodian.
   *
   * @param unknownState told when the state of the disk is unknown: the process must end, and a
   *     start recovers
   * @throws IOException when it cannot start; the message says why
   * @throws ConfigurationException when a client's key cannot be used
   */
  public static Custodian start(
      Settings settings,
      Events events,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException, ConfigurationException {
    Custodian custodian = new Custodian(settings, events, clock, random, unknownState);
    for (FollowedIssuer issuer : custodian.issuers) {
      Bell bell = new Bell();
      custodian.bells.add(bell);
      for (StatedLog log : KnownLog.all(custodian.folder(issuer.name()))) {
        issuer.resume(log);
      }
      custodian.threads.start("follow-" + issuer.name(), () -> custodian.lookForever(issuer, bell));
    }
    custodian.threads.start("forget", custodian::forgetForever);
    for (DisclosureLogPlace place : settings.disclosureLogs()) {
      custodian.hold(place);
    }
    return custodian;
  }

  private Custodian(
      Settings settings,
      Events events,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException, ConfigurationException {
    this.settings = settings;
    this.events = events;
    this.clock = clock;
    this.random = random;
    this.threads = new CustodianThreads(unknownState);
    this.scrubbing = new CustodyScrubbing(events::alarm);
    this.health = new CustodyHealth(issuers, scrubbing::damage, clock);
    Path custody = ownerOnly(ownerOnly(settings.folder()).resolve(CUSTODY));
    names = new NameTable(custody.resolve("names"));
    key = CosignerKeyFile.openOrMake(settings.folder(), settings.cosigner());
    notes = new HeldNotes(key, clock);
    statements = new CustodyStatements(settings.folder(), notes, clock, random);
    auditLogs =
        new HeldAuditLogs(settings, notes, statements, events::alarm, threads, scrubbing, clock);
    http = client().build();
    for (Domain domain : settings.domains()) {
      FollowedIssuer issuer = follow(domain, ownerOnly(custody.resolve(domain.policy().domain())));
      issuers.add(issuer);
      for (AuditLogPlace audit : settings.auditLogs()) {
        if (audit.domain().equals(issuer.name())) {
          auditLogs.hold(
              audit,
              HttpIssuerSource.ofAuditLog(
                  http,
                  HeldAuditLog.prefix(audit),
                  tokens(domain, audit.audience(), HttpIssuerSource.CUSTODY_SCOPE)),
              issuer);
        }
      }
    }
  }

  private void hold(DisclosureLogPlace place) throws IOException {
    String name = CustodyRoutes.nameOf(place.key().name());
    HeldDisclosureLog log =
        new HeldDisclosureLog(
            place,
            new HttpLogSource(http, place.url(), UnaryOperator.identity()),
            ownerOnly(ownerOnly(settings.folder().resolve(HeldDisclosureLog.FOLDER)).resolve(name)),
            new LogAlarms(place.domain(), place.key().name(), events::alarm, clock));
    disclosureLogs.put(name, log);
    threads.start("follow-" + place.key().name(), () -> log.run(threads));
  }

  private static HttpClient.Builder client() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(CONNECT_TIMEOUT);
  }

  private static Path ownerOnly(Path folder) throws IOException {
    return Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /** A disclosure log by the hexadecimal SHA-256 of its origin. */
  Optional<HeldDisclosureLog> disclosureLog(String name) {
    return Optional.ofNullable(disclosureLogs.get(name));
  }

  private Path folder(String domain) {
    return settings.folder().resolve(CUSTODY).resolve(domain);
  }

  /** Its client's key is read at the start and at no other time. */
  private PrivateKeyJwtTokenSource tokens(Domain domain, String audience, String scope)
      throws ConfigurationException {
    try {
      return new PrivateKeyJwtTokenSource(
          domain.policy().issuer(),
          domain.clientId(),
          domain.clientKey(),
          Map.of("scope", scope, "audience", audience),
          http,
          clock,
          random);
    } catch (IOException e) {
      throw new ConfigurationException(String.valueOf(e.getMessage()), e);
    }
  }

  private FollowedIssuer follow(Domain domain, Path folder)
      throws IOException, ConfigurationException {
    HttpClient own = client().executor(Runnable::run).build();
    direct.add(own);
    HttpIssuerSource source =
        new HttpIssuerSource(
            http,
            own,
            domain.policy().issuer(),
            tokens(domain, domain.policy().issuer(), HttpIssuerSource.CUSTODY_SCOPE),
            tokens(domain, domain.policy().issuer(), HttpIssuerSource.RELEASED_SCOPE));
    ClockCheck clocks = ClockCheck.by(domain.policy().logPolicy(), clock, System::nanoTime);
    HeldKeyLog keyLog =
        new HeldKeyLog(
            domain.policy(),
            folder.resolve(KeyLog.NAME),
            new HttpReadSide(http, KEY_LOG_TIMEOUT),
            clocks);
    keyLogs.put(CustodyRoutes.nameOf(keyLog.key().name()), keyLog);
    FollowedIssuer issuer =
        new FollowedIssuer(
            domain.policy(),
            keyLog,
            events::alarm,
            events::keySet,
            events::clockRight,
            new FollowedIssuer.FollowerFactory() {
              @Override
              public LogFollower follow(StatedLog log) throws IOException {
                return Custodian.this.follow(
                    domain.policy().domain(), folder.resolve(log.name()), log, source);
              }

              @Override
              public MirroredLog mirror(StatedLog log) throws IOException {
                return Custodian.this.mirror(
                    domain.policy().domain(), folder.resolve(log.name()), log, source);
              }
            },
            clocks,
            clock);
    Bell grew = new Bell();
    HeldAcknowledgement acknowledgement =
        new HeldAcknowledgement(
            note -> source.held(KeyLog.NAME, note), keyLog::vouched, notes, grew);
    issuer.onHeld(grew::ring);
    synchronized (acknowledgements) {
      acknowledgements.add(acknowledgement);
    }
    threads.start(
        "held-" + domain.policy().domain() + "-" + KeyLog.NAME,
        () -> acknowledgement.run(threads.stopped()));
    return issuer;
  }

  private LogFollower follow(String domain, Path folder, StatedLog log, HttpIssuerSource source)
      throws IOException {
    CustodyLog held = new CustodyLog(folder, log.name(), names);
    KnownLog.remember(folder, log);
    HeldAcknowledgement acknowledgement =
        new HeldAcknowledgement(
            note -> source.held(log.name(), note), held::vouched, notes, new Bell());
    VouchedTeller teller = new VouchedTeller(held.vouchedSize());
    LogFollower follower =
        new LogFollower(
            domain,
            log,
            source,
            held,
            SeenCheckpoint.last(folder),
            events::alarm,
            (of, from, to) -> {
              acknowledgement.grew();
              teller.grew(to);
            },
            clock,
            settings.counterfoilWithin());
    logs.put(CustodyRoutes.nameOf(log.key().name()), follower);
    events.follows(follower);
    synchronized (acknowledgements) {
      acknowledgements.add(acknowledgement);
      tellers.add(teller);
    }
    String name = domain + "-" + log.name();
    threads.start(
        "told-" + name,
        () -> teller.run((from, to) -> events.vouched(follower, from, to), threads.stopped()));
    threads.start("receive-" + name, () -> Receiving.forever(follower, threads));
    threads.start("held-" + name, () -> acknowledgement.run(threads.stopped()));
    scrubbing.start(domain, log, held.scrubber(clock));
    return follower;
  }

  private MirroredLog mirror(String domain, Path folder, StatedLog log, HttpIssuerSource source)
      throws IOException {
    KnownLog.remember(folder, log);
    Bell grew = new Bell();
    MirroredLog mirror =
        new MirroredLog(
            domain,
            log,
            source,
            folder,
            events::alarm,
            size -> {
              grew.ring();
              events.mirrored(domain, log.name(), size);
            },
            clock,
            settings.counterfoilWithin());
    HeldAcknowledgement acknowledgement =
        new HeldAcknowledgement(
            note -> source.held(log.name(), note), mirror::vouched, notes, grew);
    mirrors.put(CustodyRoutes.nameOf(log.key().name()), mirror);
    synchronized (acknowledgements) {
      acknowledgements.add(acknowledgement);
    }
    threads.start(
        "held-" + domain + "-" + log.name(), () -> acknowledgement.run(threads.stopped()));
    scrubbing.start(domain, log, mirror.scrubber());
    return mirror;
  }

  private void lookForever(FollowedIssuer issuer, Bell bell)
      throws IOException, InterruptedException {
    while (!threads.isStopping()) {
      LogFollower.Progress progress = issuer.look();
      Duration usual =
          progress == LogFollower.Progress.STUCK ? PAUSE_WHEN_STUCK : settings.pollInterval();
      bell.await(hurried ? PAUSE_WHEN_HURRIED : usual);
    }
  }

  private void forgetForever() throws IOException, InterruptedException {
    CustodyRetention retention = new CustodyRetention(issuers, settings.keep(), clock, random);
    boolean all;
    do {
      all = retention.step();
    } while (threads.pause(all ? FORGET_EVERY : FORGET_AGAIN));
  }

  // ---- What others see

  /** The domains. */
  public List<FollowedIssuer> issuers() {
    return List.copyOf(issuers);
  }

  /** Numbers of tenants and keys. */
  public NameTable names() {
    return names;
  }

  /** Looks at checkpoints more often, while somebody waits for what they say. */
  public void hurry(boolean wanted) {
    hurried = wanted;
  }

  /** Looks at all checkpoints now. */
  public void lookNow() {
    bells.forEach(Bell::ring);
    auditLogs.lookNow();
  }

  /** The cosigner's key. */
  public CosignerKey cosigner() {
    return key.key();
  }

  /** A token log or audit log by the hexadecimal SHA-256 of its origin. */
  Optional<LogFollower> log(String name) {
    // The configuration's word comes first: whoever states a log can name it as he likes.
    return auditLogs.log(name).or(() -> Optional.ofNullable(logs.get(name)));
  }

  /** A key log by the same. */
  Optional<HeldKeyLog> keyLog(String name) {
    return Optional.ofNullable(keyLogs.get(name));
  }

  /** A record log by the same. */
  Optional<MirroredLog> mirror(String name) {
    return Optional.ofNullable(mirrors.get(name));
  }

  /** Writes down that somebody reads what is of more than one tenant, before he is answered. */
  void reads(Caller caller, String address, LogFollower log, String what, long from, long to)
      throws IOException {
    events.read(
        new Access(caller, address, log.log().key().name(), what, from, to, clock.instant()));
  }

  /** What is held, with a cosignature of this moment. */
  SignedNote cosigned(SignedNote held) {
    return notes.cosign(held);
  }

  /** That nothing is held of a log, with a cosignature of this moment. */
  SignedNote cosignedNothing(NoteKey log) {
    Checkpoint nothing = new Checkpoint(log.name(), 0, TreeHasher.EMPTY_ROOT);
    return notes.cosign(new SignedNote(nothing.text(), List.of()));
  }

  /** Makes statements. */
  CustodyStatements statements() {
    return statements;
  }

  /** Whose the leaves of a log are. */
  CustodyStatements.Made statement(LogFollower follower, CustodyLog.Vouched vouched)
      throws IOException {
    return statements.current(follower, vouched);
  }

  /** What tenants are shown of their own. */
  public TenantCustody tenants() {
    return new TenantCustody(this);
  }

  /**
   * Adds what a custodian serves.
   *
   * @param callers tells tenants and auditors by their tokens
   */
  public void register(HttpRouting.Builder routing, BearerCheck callers, Answers answers) {
    new CustodyRoutes(this, callers).register(routing, answers);
  }

  /**
   * Whether this machine's clock is known to agree with the witnesses of every domain, where they
   * count: not before they were heard.
   */
  public boolean isClockRight() {
    return issuers.stream().allMatch(FollowedIssuer::isClockRight);
  }

  /** Why not every log is followed and held, and the clock right; empty where all is well. */
  public List<String> unready() {
    List<String> why = new ArrayList<>(health.unready());
    auditLogs.unopened().forEach(log -> why.add("an audit log is not held: " + log));
    return why;
  }

  /** How far each log is held, for people. */
  public List<JsonObject> status() {
    List<JsonObject> all = new ArrayList<>(health.status());
    all.addAll(auditLogs.unopened());
    for (HeldDisclosureLog log : disclosureLogs.values()) {
      all.add(
          JsonObject.builder()
              .put("domain", log.place().domain())
              .put("log", log.place().key().name())
              .put("held", log.vouched().map(held -> held.checkpoint().size()).orElse(0L))
              .build());
    }
    return all;
  }

  @Override
  public void close() throws IOException {
    threads.stop();
    lookNow();
    synchronized (acknowledgements) {
      acknowledgements.forEach(HeldAcknowledgement::ring);
      tellers.forEach(VouchedTeller::ring);
    }
    // Requests under way end at once.
    http.shutdownNow();
    direct.forEach(HttpClient::shutdownNow);
    threads.join();
    scrubbing.close();
    for (LogFollower follower : logs.values()) {
      follower.custody().close();
    }
    for (MirroredLog mirror : mirrors.values()) {
      mirror.close();
    }
    for (FollowedIssuer issuer : issuers) {
      issuer.keyLog().close();
    }
    for (HeldDisclosureLog log : disclosureLogs.values()) {
      log.close();
    }
    names.close();
    auditLogs.close();
  }
}
