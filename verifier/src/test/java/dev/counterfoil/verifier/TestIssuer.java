package dev.counterfoil.verifier;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.JointStatement;
import dev.counterfoil.format.root.RootMetadata;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.verifier.reading.AnswerTooLongException;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An issuer in memory: root, registrar, token keys, logs, and the pages that a verifier reads. For
 * tests of whoever embeds the verifier; it keeps nothing and is no example of custody.
 */
public final class TestIssuer implements ReadSide {
  /** Where the key log lies below the issuer. */
  static final String KEY_LOG = "/logs/keys/";

  private static final String LEAVES = "leaves?from=";

  private final String domain;
  private final String issuer;
  private final InstantSource clock;
  private final Instant start;
  private final Function<String, SecureRandom> random;
  private final TestKeys.Ed25519 holder;
  private final TestKeys.Ed25519 registrar;
  private final Map<String, TestLog> logs = new LinkedHashMap<>();
  private final List<KeyStatement> statements = new ArrayList<>();
  private final List<String> withdrawn = new ArrayList<>();
  private final List<KeyLogEvent.KeyTainted> tainted = new ArrayList<>();
  private final List<KeySet.RevokedKey> revokedKeys = new ArrayList<>();
  private final List<KeySet.RevokedToken> revokedTokens = new ArrayList<>();
  private final List<KeyLogEvent.GroupRevoked> revokedGroups = new ArrayList<>();
  private final List<KeyLogEvent.LogEnded> endedLogs = new ArrayList<>();
  private final Map<String, AtomicInteger> reads = new ConcurrentHashMap<>();
  private volatile UnaryOperator<Delegation> delegated = delegation -> delegation;
  private volatile Answer answer = (path, honest) -> honest.read();
  private volatile TestKeyLog keyLog;
  private @Nullable Delegation lastDelegation;
  private long delegations;
  private int keys;
  private final Set<Object> logged = new HashSet<>();

  /** Reads the honest answer. */
  @FunctionalInterface
  public interface Honest {
    byte[] read() throws IOException;
  }

  /** What stands between the issuer and its readers. */
  @FunctionalInterface
  public interface Answer {
    byte[] read(String path, Honest honest) throws IOException;
  }

  public TestIssuer(String domain, String issuer, InstantSource clock) {
    this(domain, issuer, clock, of -> new SecureRandom());
  }

  private TestIssuer(
      String domain, String issuer, InstantSource clock, Function<String, SecureRandom> random) {
    this.domain = domain;
    this.issuer = issuer;
    this.clock = clock;
    this.random = random;
    this.start = clock.instant();
    this.holder = new TestKeys.Ed25519(random.apply("holder"));
    this.registrar = new TestKeys.Ed25519(random.apply("registrar"));
    this.keyLog =
        new TestKeyLog(KeyLog.origin(issuer), new TestKeys.Ed25519(random.apply("key log")));
    addLog("s1g1");
  }

  /** The same keys for each seed: for what is written down. */
  public static TestIssuer seeded(String seed, String domain, String issuer, InstantSource clock) {
    return new TestIssuer(domain, issuer, clock, of -> new SeededRandom(seed + ", " + of));
  }

  public TrustPolicy policy() {
    return new TrustPolicy(domain, issuer, root().pin(), List.of(keyLog.noteKey()));
  }

  /** A root of one holder. */
  RootMetadata root() {
    return RootMetadata.first(
        List.of(holder.noteKey("holder")),
        1,
        start.minus(Duration.ofDays(1)),
        start.plus(Duration.ofDays(730)));
  }

  /** What the holder signs. */
  JointStatement signed(JointStatement statement) throws GeneralSecurityException {
    return statement.signedBy(holder.statementSigner());
  }

  /** The key log as it stands. */
  TestKeyLog keyLog() {
    return keyLog;
  }

  /** Puts another key log in the place of the one. */
  void replaceKeyLog(TestKeyLog other) {
    keyLog = other;
  }

  public String issuer() {
    return issuer;
  }

  public TestLog addLog(String name) {
    TestLog log =
        new TestLog(name, logOrigin(name), new TestKeys.Ed25519(random.apply("log " + name)));
    logs.put(name, log);
    return log;
  }

  private String logOrigin(String name) {
    String origin = KeyLog.origin(issuer);
    return origin.substring(0, origin.length() - KeyLog.NAME.length()) + name;
  }

  public TestLog log(String name) {
    TestLog log = logs.get(name);
    if (log == null) {
      throw new IllegalArgumentException("no log " + name);
    }
    return log;
  }

  /** Puts another history in the place of a log's, under the same name and key. */
  public void forkLog(String name, int entries) {
    TestLog other = new TestLog(name, log(name).origin(), log(name).key());
    for (int i = 0; i < entries; i++) {
      other.append(Leaf.of(("of another history " + i).getBytes(StandardCharsets.UTF_8)));
    }
    replaceLog(other);
  }

  /** Puts another log in the place of one, under the same name. */
  void replaceLog(TestLog log) {
    logs.put(log.name(), log);
  }

  /** The statement of a key as most tests want it. */
  public KeyStatement statement(TestKeys.TokenKey key, String log) {
    return KeyStatement.builder(key.jwk())
        .domain(domain)
        .issuer(issuer)
        .tenants(AllowList.of("acme", "globex"))
        .tokenTypes(AllowList.of("at+jwt", "counterfoil-test+jwt"))
        .audiences(AllowList.of("https://mail.example", "https://files.example"))
        .lifeMax(Duration.ofHours(1))
        .active(start.minus(Duration.ofHours(1)), start.plus(Duration.ofHours(24)))
        .verifyUntil(start.plus(Duration.ofHours(26)))
        .record(new RecordForm.Position(log))
        .custody("software", KeyStatement.Assurance.COPYABLE_BY_ROOT)
        .build();
  }

  public void state(KeyStatement statement) {
    statements.add(statement);
  }

  public TestKeys.Es256 addKey() {
    return addKey(new TestKeys.Es256(random.apply("token key " + ++keys)));
  }

  /** States a key for the log s1g1. */
  public <K extends TestKeys.TokenKey> K addKey(K key) {
    state(statement(key, "s1g1"));
    return key;
  }

  public void withdraw(String kid) {
    withdrawn.add(kid);
  }

  public void revokeKey(String kid, String log, long from) {
    revokedKeys.add(new KeySet.RevokedKey(kid, log, from, clock.instant()));
  }

  public void taint(String kid, Instant from) {
    tainted.add(new KeyLogEvent.KeyTainted(kid, from));
  }

  public void revokeToken(String log, long position) {
    revokedTokens.add(
        new KeySet.RevokedToken(log, position, clock.instant().plus(Duration.ofHours(1))));
  }

  public void revokeGroup(GroupHandle group, Instant before) {
    revokedGroups.add(
        new KeyLogEvent.GroupRevoked(group, before, before.plus(Duration.ofMinutes(65))));
  }

  public void endLog(String log, long size, KeyLogEvent.EndReason reason) {
    endedLogs.add(new KeyLogEvent.LogEnded(log, size, Optional.empty(), reason));
  }

  /** Has the root attach issuers, from the first entry on. */
  public TestIssuer attaching(Set<String> issuers) {
    delegate(
        like -> with(like, like.bounds().attaching(issuers), like.notBefore(), like.notAfter()));
    return this;
  }

  void delegate(UnaryOperator<Delegation> change) {
    delegated = change;
  }

  /** Writes into the key log what was changed since, and nothing twice. */
  public void publish() {
    Delegation delegation =
        delegated.apply(
            new Delegation(
                1,
                domain,
                issuer,
                registrar.jwk(),
                new Delegation.Bounds(
                    AllowList.all(),
                    AllowList.all(),
                    AllowList.all(),
                    Set.of("position", "digest", "none"),
                    Duration.ofHours(1)),
                start.minus(Duration.ofDays(1)),
                start.minus(Duration.ofDays(1)),
                start.plus(Duration.ofDays(20))));
    try {
      if (keyLog.size() == 0) {
        keyLog.append(KeyLogEntry.of(signed(root().unsigned())));
      }
      if (!delegation.equals(lastDelegation)) {
        lastDelegation = delegation;
        keyLog.append(KeyLogEntry.of(signed(numbered(delegation, ++delegations).unsigned())));
      }
      for (TestLog log : logs.values()) {
        give(new KeyLogEvent.LogStated(stated(log)));
      }
      for (KeyStatement statement : statements) {
        give(new KeyLogEvent.KeyStated(statement));
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    tainted.forEach(this::take);
    withdrawn.forEach(
        kid -> take(new KeyLogEvent.KeyWithdrawn(kid, KeyLogEvent.WithdrawalReason.COMPROMISED)));
    revokedKeys.forEach(key -> take(new KeyLogEvent.KeyRevoked(key.kid(), key.log(), key.from())));
    revokedTokens.forEach(
        token -> take(new KeyLogEvent.TokenRevoked(token.log(), token.position(), token.until())));
    revokedGroups.forEach(this::take);
    endedLogs.forEach(this::take);
  }

  private static Delegation numbered(Delegation like, long version) {
    return new Delegation(
        version,
        like.domain(),
        like.issuer(),
        like.statementKey(),
        like.bounds(),
        like.issued(),
        like.notBefore(),
        like.notAfter());
  }

  /** A delegation of other bounds and another window, which stands from its entry on. */
  static Delegation with(
      Delegation like, Delegation.Bounds bounds, Instant notBefore, Instant notAfter) {
    return new Delegation(
        like.version(),
        like.domain(),
        like.issuer(),
        like.statementKey(),
        bounds,
        notBefore,
        notBefore,
        notAfter);
  }

  /** Writes an event of the registrar, signed for the next place. */
  public void give(KeyLogEvent.Gives event) throws GeneralSecurityException {
    if (logged.add(event)) {
      keyLog.append(signed(event));
    }
  }

  /** The entry of an event at the next place. */
  byte[] signed(KeyLogEvent.Gives event) throws GeneralSecurityException {
    return KeyLogEntry.of(
        event, clock.instant(), keyLog.origin(), keyLog.size(), registrar.statementSigner());
  }

  /** Writes an event that needs no signature. */
  public void take(KeyLogEvent.Takes event) {
    if (logged.add(event)) {
      keyLog.append(KeyLogEntry.of(event, clock.instant()));
    }
  }

  private KeySet.StatedLog stated(TestLog log) {
    return new KeySet.StatedLog(
        log.name(), log.key().noteKey(log.origin()), URI.create(issuer + "/logs/" + log.name()));
  }

  /** A token as honest ones are, for the next position of a log. */
  public TokenDraft draft(String kid, String log) {
    Instant now = clock.instant();
    return new TokenDraft()
        .header("alg", "ES256")
        .header("kid", kid)
        .header("typ", "at+jwt")
        .claim("iss", issuer)
        .claim("sub", "alice")
        .claim("client_id", "mail-client")
        .claim("aud", "https://mail.example")
        .claim("tenant", "acme")
        .claim("scope", "mail.read mail.send")
        .times(now, now.plus(Duration.ofMinutes(15)))
        .at(log, log(log).size());
  }

  public TokenDraft draft(TestKeys.TokenKey key) {
    return draft(key.kid(), "s1g1").header("alg", key.jwk().algorithm().jose());
  }

  /** Records a token and signs it. */
  public String issue(TokenDraft draft, TestKeys.TokenKey key, String log) {
    record(draft, log);
    return draft.signed(key);
  }

  /** Records a token that nobody signs. */
  public void record(TokenDraft draft, String log) {
    log(log).append(draft.leaf());
  }

  public String issue(TokenDraft draft, TestKeys.TokenKey key) {
    return issue(draft, key, "s1g1");
  }

  /** Records tokens that nobody looks at. */
  public void fill(String log, int count) {
    for (int i = 0; i < count; i++) {
      byte[] input = ("token " + log(log).size()).getBytes(StandardCharsets.UTF_8);
      log(log).append(Leaf.of(input));
    }
  }

  /** Lets something stand between the issuer and its readers. */
  public void between(Answer newAnswer) {
    answer = newAnswer;
  }

  /** Lets readers read again. */
  public void honest() {
    answer = (path, honest) -> honest.read();
  }

  /** Answers nobody. */
  public void die() {
    answer =
        (path, honest) -> {
          throw new IOException("connection refused");
        };
  }

  /** How often a path below the issuer was read. */
  public int reads(String path) {
    AtomicInteger count = reads.get(path);
    return count == null ? 0 : count.get();
  }

  /** How often anything of a log was read; the key log is read whenever its follower likes. */
  public int readsOf(String log) {
    return reads.entrySet().stream()
        .filter(read -> read.getKey().contains("/" + log + "/"))
        .mapToInt(read -> read.getValue().get())
        .sum();
  }

  /** How often something was read that has a text in its path. */
  public int readsWith(String text) {
    return reads.entrySet().stream()
        .filter(read -> read.getKey().contains(text))
        .mapToInt(read -> read.getValue().get())
        .sum();
  }

  /** How often anything was read. */
  public int reads() {
    return reads.values().stream().mapToInt(AtomicInteger::get).sum();
  }

  @Override
  public byte[] get(URI uri, int bytesMax) throws IOException {
    String path = uri.toString().substring(issuer.length());
    reads.computeIfAbsent(path, p -> new AtomicInteger()).incrementAndGet();
    byte[] body = answer.read(path, () -> page(path));
    if (body.length > bytesMax) {
      throw new AnswerTooLongException(bytesMax);
    }
    return body;
  }

  private byte[] keyLogPage(String path) throws IOException {
    if (path.equals("checkpoint") && keyLog.size() > 0) {
      return keyLog.head(clock.instant()).bytes();
    }
    if (path.startsWith("revoked/")) {
      String[] words = path.split("/", 3);
      return Tile.parse(words[2])
          .flatMap(tile -> keyLog.bundle(Long.parseLong(words[1]), tile))
          .orElseThrow(() -> new FileNotFoundException("status 404"));
    }
    return Tile.parse(path)
        .flatMap(keyLog::bundle)
        .orElseThrow(() -> new FileNotFoundException("status 404"));
  }

  byte[] page(String path) throws IOException {
    if (path.startsWith(KEY_LOG)) {
      return keyLogPage(path.substring(KEY_LOG.length()));
    }
    String[] words = path.split("/", 4);
    TestLog log = words.length == 4 && words[1].equals("logs") ? logs.get(words[2]) : null;
    if (log == null) {
      throw new FileNotFoundException("status 404");
    }
    if (words[3].equals("checkpoint")) {
      return log.checkpoint().bytes();
    }
    if (words[3].startsWith("proof/")) {
      return log.proof(Long.parseLong(words[3].substring(6)))
          .orElseThrow(() -> new FileNotFoundException("status 404"));
    }
    if (words[3].startsWith(LEAVES)) {
      String from = words[3].substring(LEAVES.length());
      long first = Long.parseLong(from.split("&", 2)[0]);
      return from.contains("&audience=") ? log.part(first) : log.leaves(first);
    }
    if (words[3].startsWith("digest/")) {
      Long position = log.position(words[3].substring(7));
      if (position == null) {
        throw new FileNotFoundException("status 404");
      }
      return JsonObject.builder()
          .put("log", log.name())
          .put("position", position)
          .build()
          .canonicalBytes();
    }
    return Tile.parse(words[3])
        .flatMap(log::tile)
        .orElseThrow(() -> new FileNotFoundException("status 404"));
  }
}
