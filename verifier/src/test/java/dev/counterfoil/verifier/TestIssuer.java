package dev.counterfoil.verifier;

import dev.counterfoil.format.AllowList;
import dev.counterfoil.format.Delegation;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.Leaf;
import dev.counterfoil.format.Tile;
import dev.counterfoil.format.TrustPolicy;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * An issuer in memory: root, registrar, token keys, logs, and the pages that a verifier reads. For
 * tests of whoever embeds the verifier; it keeps nothing and is no example of custody.
 */
public final class TestIssuer implements ReadSide {
  private final String domain;
  private final String issuer;
  private final InstantSource clock;
  private final Instant start;
  private final TestKeys.Ed25519 root = new TestKeys.Ed25519();
  private final TestKeys.Ed25519 registrar = new TestKeys.Ed25519();
  private final Map<String, TestLog> logs = new LinkedHashMap<>();
  private final List<KeyStatement> statements = new ArrayList<>();
  private final List<String> withdrawn = new ArrayList<>();
  private final List<KeySet.RevokedKey> revokedKeys = new ArrayList<>();
  private final List<KeySet.RevokedToken> revokedTokens = new ArrayList<>();
  private final Map<String, AtomicInteger> reads = new ConcurrentHashMap<>();
  private volatile UnaryOperator<Delegation> delegated = delegation -> delegation;
  private volatile Answer answer = (path, honest) -> honest.read();
  private volatile Duration setLife = Duration.ofHours(1);
  private volatile String published = "";
  private long version;

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
    this.domain = domain;
    this.issuer = issuer;
    this.clock = clock;
    this.start = clock.instant();
    addLog("s1g1");
  }

  public TrustPolicy policy() {
    return new TrustPolicy(domain, issuer, root.noteKey("root"), List.of());
  }

  public String issuer() {
    return issuer;
  }

  public TestLog addLog(String name) {
    TestLog log = new TestLog(name, URI.create(issuer).getHost() + "/" + domain + "/logs/" + name);
    logs.put(name, log);
    return log;
  }

  public TestLog log(String name) {
    TestLog log = logs.get(name);
    if (log == null) {
      throw new IllegalArgumentException("no log " + name);
    }
    return log;
  }

  /** Puts another log in the place of one, under the same name. */
  void replaceLog(TestLog log) {
    logs.put(log.name(), log);
  }

  /** The statement of a key as most tests want it. */
  public KeyStatement statement(TestKeys.Es256 key, String log) {
    return new KeyStatement(
        key.jwk(),
        domain,
        issuer,
        AllowList.of("acme", "globex"),
        AllowList.of("at+jwt", "counterfoil-test+jwt"),
        AllowList.of("https://mail.example", "https://files.example"),
        Duration.ofHours(1),
        start.minus(Duration.ofHours(1)),
        start.plus(Duration.ofHours(24)),
        start.plus(Duration.ofHours(26)),
        log,
        "software");
  }

  public void state(KeyStatement statement) {
    statements.add(statement);
  }

  public TestKeys.Es256 addKey() {
    TestKeys.Es256 key = new TestKeys.Es256();
    state(statement(key, "s1g1"));
    return key;
  }

  public void withdraw(String kid) {
    withdrawn.add(kid);
  }

  /** Takes a withdrawn key's statement out too. */
  void forget(String kid) {
    statements.removeIf(statement -> statement.kid().equals(kid));
  }

  public void revokeKey(String kid, String log, long from) {
    revokedKeys.add(new KeySet.RevokedKey(kid, log, from, clock.instant()));
  }

  public void revokeToken(String log, long position) {
    revokedTokens.add(
        new KeySet.RevokedToken(log, position, clock.instant().plus(Duration.ofHours(1))));
  }

  void delegate(UnaryOperator<Delegation> change) {
    delegated = change;
  }

  void setLife(Duration life) {
    setLife = life;
  }

  void setVersion(long newVersion) {
    version = newVersion;
  }

  /** Signs the key set as it stands, under the next version. */
  public void publish() {
    version++;
    Delegation delegation =
        delegated.apply(
            new Delegation(
                domain,
                issuer,
                registrar.jwk(),
                AllowList.all(),
                AllowList.all(),
                AllowList.all(),
                Duration.ofHours(1),
                start.minus(Duration.ofDays(1)),
                start.plus(Duration.ofDays(20))));
    Instant now = clock.instant();
    try {
      KeySet set =
          new KeySet(
              domain,
              issuer,
              version,
              now,
              now.plus(setLife),
              delegation.sign(root.statementSigner()),
              statements,
              logs.values().stream().map(this::stated).toList(),
              withdrawn,
              revokedKeys,
              revokedTokens);
      published = set.sign(registrar.statementSigner());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
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

  public TokenDraft draft(TestKeys.Es256 key) {
    return draft(key.kid(), "s1g1");
  }

  /** Records a token and signs it. */
  public String issue(TokenDraft draft, TestKeys.Es256 key, String log) {
    log(log).append(draft.leaf());
    return draft.signed(key);
  }

  public String issue(TokenDraft draft, TestKeys.Es256 key) {
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
      throw new IOException("answer is longer than " + bytesMax + " bytes");
    }
    return body;
  }

  byte[] page(String path) throws IOException {
    if (path.equals("/counterfoil/keys") && !published.isEmpty()) {
      return published.getBytes(StandardCharsets.US_ASCII);
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
    return Tile.parse(words[3])
        .flatMap(log::tile)
        .orElseThrow(() -> new FileNotFoundException("status 404"));
  }
}
