package dev.counterfoil.authority.keys;

import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.clock.TimedPause;
import dev.counterfoil.format.keylog.IssuerJwks;
import dev.counterfoil.format.keylog.JwksMaxAge;
import dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.KeyStatement.Publication;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.KeySetSource;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.VerifierLimits;
import dev.counterfoil.verifier.reading.ReadSide;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the domain's key log says, mirrored from the folder that the registrar writes when somebody
 * asks and the last look is older than a second. Verified from the root down as every verifier does
 * it, so that a wrong policy or registrar is noticed here.
 */
public final class PublishedKeys {
  /** How old what is served may be; twice as old while another request looks. */
  static final Duration FRESH = Duration.ofSeconds(1);

  /** How old the last look is before the key of one token is looked for again. */
  static final Duration YOUNG = Duration.ofMillis(50);

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private static final int HEADER_MAX = 1024;

  /** How soon a key log that was not there is looked for again, while there is nothing to serve. */
  static final Duration CONNECTING = Duration.ofMillis(100);

  /**
   * How long the last key log counts when the registrar signs no head any more: services that know
   * JWKs only go on for as long.
   */
  private static final Duration KEPT_FOR = Duration.ofHours(1);

  private final KeySetSource source;
  private final InstantSource clock;
  private final ReentrantLock fetching = new ReentrantLock();
  private volatile @Nullable Published published;
  private final AtomicLong changes = new AtomicLong();
  private volatile Asked asked = new Asked(TimedPause.OVER, 0);

  /**
   * The last look.
   *
   * @param pause begins with it, and ends when to look again
   * @param changes how many changes were known then: what was there may lack later ones
   */
  private record Asked(TimedPause pause, long changes) {}

  /** One of the issuer's JWK sets. */
  static final class Jwks {
    private final List<String> kids;
    private final byte[] body;
    private final String tag;

    private Jwks(KeySet set, Publication publication, Instant now) {
      List<JsonObject> keys = IssuerJwks.keys(set, publication, now);
      this.kids = keys.stream().map(key -> String.valueOf(key.get("kid"))).toList();
      this.body = IssuerJwks.plain(keys).toString().getBytes(StandardCharsets.UTF_8);
      this.tag = PublishedKeys.tag(Hash.sha256(body));
    }

    /** Of its keys. */
    List<String> kids() {
      return kids;
    }

    /** As in RFC 7517 5. */
    byte[] body() {
      return body;
    }

    /** Its ETag. */
    String tag() {
      return tag;
    }
  }

  /** A key set, ready to be served. */
  public static final class Published {
    private final KeySet set;
    private final Set<String> revokedTokens;
    private final Map<GroupHandle, KeySet.RevokedGroup> revokedGroups;
    private final Map<Publication, Jwks> jwks = new EnumMap<>(Publication.class);

    /** First parts of tokens, with their dots, whose key stands in a set; a few, ever the same. */
    private final List<String> headers = new CopyOnWriteArrayList<>();

    private Published(KeySet set, Instant now) {
      this.set = set;
      this.revokedTokens =
          set.revokedTokens().stream()
              .map(token -> token.log() + "." + token.position())
              .collect(Collectors.toUnmodifiableSet());
      this.revokedGroups =
          set.revokedGroups().stream()
              .collect(Collectors.toUnmodifiableMap(KeySet.RevokedGroup::group, group -> group));
      for (Publication publication : Publication.values()) {
        jwks.put(publication, new Jwks(set, publication, now));
      }
    }

    public KeySet set() {
      return set;
    }

    /** Whether one token is revoked alone. */
    public boolean isRevoked(TokenId token) {
      return revokedTokens.contains(token.log() + "." + token.position());
    }

    /** Whether a token is revoked: alone, with its group, or with its key. */
    public boolean isRevoked(Verified token) {
      return isRevoked(token.keyId(), token.tokenId(), token.group(), token.issuedAt());
    }

    /**
     * Whether a token is revoked, alone, with its group, or with its key, as a verifier asks it.
     *
     * @param kid thumbprint of its key
     * @param issuedAt its {@code iat}: a group may end up to a time
     */
    public boolean isRevoked(
        String kid, TokenId token, Optional<GroupHandle> group, Instant issuedAt) {
      return isKeyRevoked(kid, token, issuedAt)
          || isRevoked(token)
          || group.map(revokedGroups::get).filter(ended -> ended.ends(issuedAt)).isPresent();
    }

    /** Whether a token's key is revoked for it: no token of that key at its position counts. */
    public boolean isKeyRevoked(String kid, TokenId token, Instant issuedAt) {
      return set.revokedKeys().stream()
              .anyMatch(key -> key.kid().equals(kid) && key.covers(token.log(), token.position()))
          || set.taintedKeys().stream()
              .anyMatch(key -> key.kid().equals(kid) && !issuedAt.isBefore(key.from()))
          || set.retiredKeys().stream()
              .anyMatch(key -> key.kid().equals(kid) && issuedAt.isAfter(key.at()))
          // A key whose tokens have all expired is withdrawn, too: that revokes none of them.
          || set.withdrawals().stream()
              .anyMatch(key -> key.kid().equals(kid) && key.reason() != WithdrawalReason.ENDED);
    }

    /** Whether a token's key stands in one of the issuer's sets. */
    boolean hasKeyOf(String token) {
      for (String header : headers) {
        if (token.startsWith(header)) {
          return true;
        }
      }
      String header = token.substring(0, token.indexOf('.') + 1);
      String kid = kid(header);
      if (jwks.values().stream().noneMatch(keys -> keys.kids.contains(kid))) {
        return false;
      }
      headers.add(header);
      return true;
    }

    /** Of a header that a signer of our own wrote. */
    private static String kid(String header) {
      try {
        String part = header.substring(0, header.length() - 1);
        return StrictJson.object(Base64Url.decode(part), HEADER_MAX).string("kid");
      } catch (FormatException e) {
        throw new IllegalStateException("the signer wrote a header that cannot be read", e);
      }
    }

    /** The keys of one of the issuer's sets. */
    Jwks jwks(Publication publication) {
      return Objects.requireNonNull(jwks.get(publication));
    }

    /**
     * The longest time for which a copy is complete. Of the key log's last head more is not known
     * than it says, so what it is older than it may be is taken off.
     */
    Duration maxAge(Instant now) {
      Duration behind = Duration.between(set.asOf(), now).minus(JwksMaxAge.PUBLISHER_LAG);
      Duration longest = JwksMaxAge.of(set, now);
      Duration left = behind.isNegative() ? longest : longest.minus(behind);
      return left.isNegative() ? Duration.ZERO : left;
    }
  }

  public static String tag(Hash hash) {
    return "\"" + hash.base64Url().substring(0, 22) + "\"";
  }

  public PublishedKeys(ReadSide readSide, TrustPolicy policy, InstantSource clock) {
    this.source =
        KeySetSource.refreshedByCaller(
            policy, readSide, clock, VerifierLimits.defaults().withKeys(FRESH, KEPT_FOR));
    this.clock = clock;
  }

  /** The key set; empty when there is none that holds now. */
  public Optional<Published> current() throws InterruptedException {
    @Nullable Published last = published;
    if (!isDue()) {
      return holding(last);
    }
    Asked before = asked;
    boolean isOld =
        new TimedPause(before.pause.from(), before.pause.until().plus(FRESH))
            .isOver(clock.instant());
    if (last == null || isOld || before.changes != changes.get()) {
      // Nothing is there, or something that nobody asked for in a while, which may lack a key that
      // signs by now, or something that lacks what was changed. Whoever waits here takes what the
      // one before got, also when that was nothing.
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
        asked = new Asked(TimedPause.from(clock.instant(), pause), known);
      }
      return holding(published);
    } finally {
      fetching.unlock();
    }
  }

  /** The same for an answer that is none without it. */
  public Published required() throws RequestRefusedException, InterruptedException {
    return current()
        .orElseThrow(
            () ->
                new RequestRefusedException(
                    OAuthError.unavailable("no key counts at this time", RETRY_AFTER)));
  }

  /**
   * Whether whoever fetches the issuer's sets now finds the key of a token that was just signed. A
   * key that was stated for use at once, as after a compromise, is younger than the last look.
   */
  public boolean haveKeyOf(String token) throws InterruptedException {
    @Nullable Published last = published;
    if (last != null && last.hasKeyOf(token)) {
      return true;
    }
    // While a key is withdrawn many requests ask for it at once; one look answers all of them.
    if (!clock.instant().isBefore(asked.pause.from().plus(YOUNG))) {
      forget();
    }
    return current().filter(keys -> keys.hasKeyOf(token)).isPresent();
  }

  /** Looks again when somebody asks next, because something was changed. */
  public void forget() {
    changes.incrementAndGet();
  }

  private boolean isDue() {
    Asked last = asked;
    return last.changes != changes.get() || last.pause.isOver(clock.instant());
  }

  private Optional<Published> holding(@Nullable Published candidate) {
    return source.current().isPresent() ? Optional.ofNullable(candidate) : Optional.empty();
  }

  /** Looks; gives how long not to look again. */
  private Duration fetch() {
    source.refresh();
    Optional<KeySet> fresh = source.current();
    @Nullable Published last = published;
    if (fresh.isPresent() && (last == null || !fresh.get().equals(last.set))) {
      published = new Published(fresh.get(), clock.instant());
    }
    return published == null ? CONNECTING : FRESH;
  }
}
