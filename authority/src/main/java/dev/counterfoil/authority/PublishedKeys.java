package dev.counterfoil.authority;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.TokenId;
import dev.counterfoil.format.TrustPolicy;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The domain's key set as the registrar states it, fetched when somebody asks and the last one is
 * older than a second. Verified from the root down before it is served: not for the verifiers'
 * sake, which do so themselves, but so that a wrong policy or registrar is noticed here.
 */
final class PublishedKeys {
  /** How old what is served may be while the registrar answers. */
  static final Duration FRESH = Duration.ofSeconds(1);

  /** How soon a registrar that was not there is asked again, while there is nothing to serve. */
  private static final Duration CONNECTING = Duration.ofMillis(100);

  private static final Duration REGISTRAR_TIME_MAX = Duration.ofSeconds(2);
  private static final System.Logger LOG = System.getLogger(PublishedKeys.class.getName());

  private final SignerClient registrar;
  private final TrustPolicy policy;
  private final InstantSource clock;
  private final ReentrantLock fetching = new ReentrantLock();
  private volatile @Nullable Published published;
  private final AtomicLong changes = new AtomicLong();
  private volatile Asked asked = new Asked(Instant.EPOCH, 0);

  /**
   * The last time that the registrar was asked.
   *
   * @param again when it is asked again
   * @param changes how many changes were known when it was asked: what it said may lack later ones
   */
  private record Asked(Instant again, long changes) {}

  /** A key set, ready to be served. */
  static final class Published {
    private final KeySet set;
    private final Set<String> revokedTokens;
    private final byte[] statement;
    private final byte[] jwks;
    private final String statementTag;
    private final String jwksTag;

    private Published(String jws, KeySet set, Instant now) {
      this.set = set;
      this.revokedTokens =
          set.revokedTokens().stream()
              .map(token -> token.log() + "." + token.position())
              .collect(Collectors.toUnmodifiableSet());
      this.statement = jws.getBytes(StandardCharsets.US_ASCII);
      this.jwks = jwks(set, now);
      this.statementTag = tag(statement);
      this.jwksTag = tag(jwks);
    }

    KeySet set() {
      return set;
    }

    /** Whether one token is revoked. */
    boolean isRevoked(TokenId token) {
      return revokedTokens.contains(token.log() + "." + token.position());
    }

    /** The compact JWS. */
    byte[] statement() {
      return statement;
    }

    /** The JWK set of RFC 7517 5. */
    byte[] jwks() {
      return jwks;
    }

    String statementTag() {
      return statementTag;
    }

    String jwksTag() {
      return jwksTag;
    }

    private static String tag(byte[] body) {
      return "\"" + Hash.sha256(body).base64Url().substring(0, 22) + "\"";
    }

    /**
     * Keys that a service may still trust on their signature alone. A revoked key's tokens below
     * its position are good, but only who asks for the position can tell: services that know no
     * more than this set must not trust the key at all.
     */
    private static byte[] jwks(KeySet set, Instant now) {
      Set<String> takenBack = new HashSet<>(set.withdrawnKeys());
      set.revokedKeys().forEach(revoked -> takenBack.add(revoked.kid()));
      List<JsonObject> keys =
          set.keys().stream()
              .filter(key -> !takenBack.contains(key.kid()) && now.isBefore(key.verifyUntil()))
              .map(Published::jwk)
              .toList();
      return JsonObject.builder()
          .put("keys", keys)
          .build()
          .toString()
          .getBytes(StandardCharsets.UTF_8);
    }

    private static JsonObject jwk(KeyStatement key) {
      JsonObject material = key.jwk().toJson();
      JsonObject.Builder jwk = JsonObject.builder();
      for (String name : material.names()) {
        jwk.put(name, String.valueOf(material.get(name)));
      }
      return jwk.put("kid", key.kid())
          .put("alg", key.jwk().algorithm().jose())
          .put("use", "sig")
          .build();
    }
  }

  PublishedKeys(SignerClient registrar, TrustPolicy policy, InstantSource clock) {
    this.registrar = registrar;
    this.policy = policy;
    this.clock = clock;
  }

  /** The key set; empty when there is none that holds now. */
  Optional<Published> current() throws InterruptedException {
    @Nullable Published last = published;
    if (!isDue()) {
      return holding(last);
    }
    if (last == null || asked.changes != changes.get()) {
      // Nothing is there, or something that lacks what was changed. Whoever waits here takes what
      // the one before got, also when that was nothing.
      fetching.lockInterruptibly();
    } else if (!fetching.tryLock()) {
      // Another request fetches: what is there is good meanwhile.
      return holding(last);
    }
    try {
      if (isDue()) {
        // Counted before it is asked: a change meanwhile makes it due again.
        long known = changes.get();
        Duration pause = fetch();
        asked = new Asked(clock.instant().plus(pause), known);
      }
      return holding(published);
    } finally {
      fetching.unlock();
    }
  }

  /** Asks the registrar again at the next look, because something was changed there. */
  void forget() {
    changes.incrementAndGet();
  }

  private boolean isDue() {
    Asked last = asked;
    return last.changes != changes.get() || !clock.instant().isBefore(last.again);
  }

  private Optional<Published> holding(@Nullable Published candidate) {
    return candidate != null && clock.instant().isBefore(candidate.set.expiresAt())
        ? Optional.of(candidate)
        : Optional.empty();
  }

  /** Asks; gives how long not to ask again. */
  private Duration fetch() throws InterruptedException {
    try {
      switch (registrar.ask(Commands.readKeySet(), REGISTRAR_TIME_MAX)) {
        case Answer.Done done -> take(done.result().string("keys"));
        case Answer.Refused refused ->
            LOG.log(
                System.Logger.Level.WARNING,
                "{0}: the registrar gives no key set: {1} {2}",
                policy.domain(),
                refused.code(),
                refused.text());
        case Answer.Issued issued -> throw new FormatException("answer of another kind");
        case Answer.Records records -> throw new FormatException("answer of another kind");
        case Answer.Recorded recorded -> throw new FormatException("answer of another kind");
      }
    } catch (SignerUnavailableException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0}: registrar: {1}", policy.domain(), e.getMessage());
      return published == null ? CONNECTING : FRESH;
    } catch (FormatException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "{0}: the registrar''s key set is not good under the policy: {1}",
          policy.domain(),
          e.getMessage());
    }
    return FRESH;
  }

  private void take(String jws) throws FormatException {
    @Nullable Published last = published;
    if (last != null && jws.equals(new String(last.statement, StandardCharsets.US_ASCII))) {
      return;
    }
    KeySet set = KeySet.verify(jws, policy, clock.instant());
    if (last != null && set.version() < last.set.version()) {
      throw new FormatException("its version went back");
    }
    published = new Published(jws, set, clock.instant());
  }
}
