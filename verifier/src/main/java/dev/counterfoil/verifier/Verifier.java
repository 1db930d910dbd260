package dev.counterfoil.verifier;

import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.token.TokenHashing;
import dev.counterfoil.verifier.VerificationKeys.TrustedKey;
import dev.counterfoil.verifier.leaves.BoundedCache;
import dev.counterfoil.verifier.leaves.LeafSocket;
import dev.counterfoil.verifier.reading.AuthorityAway;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reading.ReadSide;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checks tokens of one trust domain: that they are well-formed, signed by a key that may sign them,
 * meant for this service, in force, not revoked, and that they were issued.
 *
 * <p>Safe for concurrent use; make one and keep it. It fetches the domain's key set in the
 * background, so make it before the first token comes.
 *
 * <p><b>How it works.</b> A signature shows that a key was used, and not by whom. So two questions
 * are asked of each token, and neither answer stands for the other.
 *
 * <ul>
 *   <li><em>May this key have signed this?</em> {@link KeySetSource} mirrors the key log, entry by
 *       entry from the policy's root, and asks for its head all the time. {@link VerificationKeys}
 *       is what follows from it. {@link TokenCheck} finds the token's key there, has {@link
 *       SignatureCheck} check the signature, and holds the claims against the key's scope and
 *       against the {@link Expectations} of the service.
 *   <li><em>Was it issued?</em> The {@code jti} names a log and a position. {@link LogView} has the
 *       log's leaf there, and it is the token's digest or it is not. The leaf comes from memory
 *       where a {@link LogStream} receives every one, from a proof that the client sent along
 *       ({@link StapledCheck}), or from a tile of 256 that is read once and kept; where they come
 *       from is the room {@code leaves}. {@link LogHistory} holds all of them against the log's
 *       signed roots and remembers the largest, so a log with two histories is found.
 * </ul>
 *
 * <p>What was good once is kept with its grounds ({@link CachedToken}): the next time, only what
 * can have changed is looked at. {@link TokenEnds} tells sessions when a token is good no more.
 * {@link PossessionCheck} has the client prove its key with each request. Whatever the outcome is,
 * {@link Sightings} reports it, and {@link Acknowledgements} say which keys this process refuses.
 *
 * <p>No call waits for the network but where a leaf was never seen, and then no longer than {@link
 * VerifierLimits} says. What nobody can tell then is refused as undecided, never let through.
 */
public final class Verifier implements AutoCloseable {
  /**
   * After how long a client may try again with a token that was refused as {@link
   * RefusalCode#isUndecided undecided}: for {@code Retry-After} (RFC 9110 10.2.3).
   */
  public static final Duration RETRY_AFTER = ReadCircuit.ASK_AGAIN;

  private static final System.Logger LOG = System.getLogger(Verifier.class.getName());

  /** How often the cosigned checkpoint of a log is read while something is not cosigned. */
  private static final Duration QUORUM_EVERY = Duration.ofSeconds(1);

  private record CacheKey(Hash token, Expectations expectations) {
    /** Only a service's own expectations share a hash: the others' take time to go through. */
    @Override
    public int hashCode() {
      return token.hashCode();
    }
  }

  private final TrustPolicy policy;
  private final ReadCircuit circuit;
  private final InstantSource clock;
  private final VerifierLimits limits;
  private final SightingSink sightings;
  private final SignatureCheck signatures;
  private final SignerSearch signers;
  private final PossessionCheck possession;
  private final KeySetSource keys;
  private final List<KeySetSource> neighbours = new ArrayList<>();
  private final ScheduledExecutorService scheduler;
  private final boolean ownScheduler;
  private final Spares<TokenHashing> hashings = new Spares<>(TokenHashing::new);
  private final CompactToken.Reader tokens = new CompactToken.Reader();
  private final BoundedCache<CacheKey, CachedToken> cache;
  private final ConcurrentHashMap<NoteKey, LogView> views = new ConcurrentHashMap<>();
  private final TokenCheck.Surroundings surroundings = new Around();
  private final Acknowledgements acknowledgements;
  private final @Nullable LogStreams streams;
  private volatile @Nullable LeafSocket leafSocket;
  private final @Nullable UnshownTokens unshown;
  private final Consumer<LogFork> logForks;
  private final TokenEnds ends;
  private final Stapling stapling;
  private final VerifierLimits viewLimits;
  private @Nullable ScheduledFuture<?> following;

  Verifier(VerifierBuilder builder) {
    policy = builder.policy;
    clock = builder.clock;
    limits = builder.keptLimits();
    viewLimits = builder.limits;
    stapling = builder.stapling;
    sightings = builder.sightings;
    ReadSide network =
        builder.network != null
            ? builder.network
            : HttpReadSide.create(builder.limits.fetchTimeout(), clock);
    circuit = new ReadCircuit(network, clock);
    signatures = SignatureCheck.best();
    signers = new SignerSearch(signatures, tokens);
    possession = PossessionCheck.with(builder.usedProofs, builder.dpopNonces, clock);
    cache = new BoundedCache<>(limits.tokensMax());
    ownScheduler = builder.scheduler == null;
    scheduler =
        builder.scheduler != null
            ? builder.scheduler
            : VerifierBuilder.daemons(3 + builder.neighbours.size());
    logForks = builder.logForks;
    unshown = builder.reportedOnly ? new UnshownTokens(policy.issuer(), clock) : null;
    boolean quorumAsked = !policy.logPolicy().quorum().equals(LogPolicy.NONE);
    ends =
        new TokenEnds(surroundings, views.values(), builder.reportedOnly, quorumAsked, scheduler);
    acknowledgements =
        new Acknowledgements(
            policy.domain(), builder.mode(), clock, sightings, views.values(), this::streamLag);
    keys = new KeySetSource(policy, network, clock, scheduler, limits, signatures);
    keys.tellAlarms(builder.keyAlarms);
    LogStreams.Settings streamed = builder.streamSettings();
    streams = streamed == null ? null : new LogStreams(streamed, surroundings::view, clock);
    keys.tell(this::looked);
    if (quorumAsked || stapling != Stapling.IGNORED) {
      following =
          scheduler.scheduleWithFixedDelay(
              this::followQuorum,
              QUORUM_EVERY.toMillis(),
              QUORUM_EVERY.toMillis(),
              TimeUnit.MILLISECONDS);
    }
    for (TrustPolicy neighbour : builder.neighbours) {
      neighbours.add(new KeySetSource(neighbour, network, clock, scheduler, limits, signatures));
    }
  }

  /** Shares the leaves that it streams, on a Unix socket from now on. */
  void shareAt(Path socket) throws IOException {
    leafSocket = LeafSocket.listen(socket, Objects.requireNonNull(streams));
  }

  /** Of the stream that is furthest behind; empty where there is none yet. */
  private Optional<Duration> streamLag() {
    return streams().stream().flatMap(state -> state.lag().stream()).max(Duration::compareTo);
  }

  private void looked(Acknowledgements.Held held) {
    if (keys.trouble() == KeySetSource.Trouble.NONE) {
      circuit.heard(URI.create(policy.issuer()));
    }
    LogStreams following = streams;
    if (following != null) {
      following.follow(held.set());
    }
    acknowledgements.looked(held);
  }

  /** Looks at what the policy's witnesses cosigned of every log that a token came from. */
  void followQuorum() {
    try {
      views.values().forEach(LogView::followQuorum);
      if (stapling != Stapling.IGNORED) {
        views.values().forEach(LogView::compareStapled);
      }
    } catch (RuntimeException e) {
      // A scheduled task that throws is never run again.
      LOG.log(System.Logger.Level.WARNING, "what witnesses cosigned cannot be followed", e);
    }
  }

  private void forked(LogFork fork) {
    try {
      acknowledgements.forked();
    } catch (RuntimeException e) {
      // A sink is the service's own, as is a listener: neither keeps the other from hearing.
      LOG.log(System.Logger.Level.WARNING, "a fork of a log cannot be acknowledged", e);
    }
    try {
      logForks.accept(fork);
    } catch (RuntimeException e) {
      // The service's own: what it throws must not turn a refusal into an error.
      LOG.log(System.Logger.Level.WARNING, "whoever listens to forks of logs failed", e);
    }
  }

  /** Starts from a policy file's content. */
  public static VerifierBuilder builder(TrustPolicy policy) {
    return new VerifierBuilder(policy);
  }

  /** Verifies a token of which the request is not known: one bound to a key is refused. */
  public Verification verify(String token, Expectations expectations) {
    return verify(token, expectations, RequestContext.none());
  }

  /** Verifies a token that came with a request. */
  public Verification verify(String token, Expectations expectations, RequestContext request) {
    acknowledgements.verifiesFor(expectations.audience());
    String text = SignedText.bounded(token);
    // All of it: the signing input alone would let any signature pass after one honest use.
    TokenHashing hashing = hashings.take();
    CacheKey cacheKey;
    CachedToken cached;
    TokenHashing.Hashed hashed;
    try {
      Hash hash = hashing.whole(text);
      cacheKey = hash == null ? null : new CacheKey(hash, expectations);
      cached = cacheKey == null ? null : cache.get(cacheKey);
      hashed = cached == null ? hashing.signingInput() : null;
    } finally {
      hashing.wipe();
    }
    hashings.giveBack(hashing);
    if (cached != null) {
      Verification again = again(cached, text, expectations, request);
      if (again instanceof Refused refused) {
        sightings.report(
            Sightings.of(
                cached.verified(), refused.code(), clock.instant(), expectations, request));
      }
      if (again != null) {
        return again;
      }
    }
    TokenCheck check = new TokenCheck(surroundings, text, hashed, expectations, request);
    Verification verification = check.decide();
    KeySet.StatedLog log = check.log();
    TrustedKey key = check.key();
    // What nothing shows is looked for again at each use: by then the log may show it, or another.
    if (verification instanceof Verified verified
        && verified.proof() instanceof IssuanceProof.Shown
        && !expectations.takesEnded()
        && cacheKey != null
        && log != null
        && key != null) {
      cache.put(cacheKey, new CachedToken(verified, key, log, surroundings.view(log)));
    }
    report(check, verification, text, expectations, request);
    return verification;
  }

  /**
   * Looks at a token of a request that is refused for something else, so that a forged one is
   * reported there too. A good one is not.
   */
  public void inspect(String token, Expectations expectations, RequestContext request) {
    String text = SignedText.bounded(token);
    TokenCheck check = new TokenCheck(surroundings, text, null, expectations, request);
    Verification verification = check.decide();
    if (verification instanceof Refused) {
      report(check, verification, text, expectations, request);
    }
  }

  /**
   * The same of a token that another domain's verifier refuses, where it names a key of this one or
   * one has signed it: a thief uses a stolen key where they like, and names what they like.
   *
   * @param refusedBy the other domain's verifier; null where the token is of no domain known here
   */
  public void inspectIfOurs(
      String token,
      Expectations expectations,
      RequestContext request,
      @Nullable Verifier refusedBy) {
    VerificationKeys ring = ring(keys).orElse(null);
    if (ring == null) {
      return;
    }
    String text = SignedText.bounded(token);
    Optional<VerificationKeys> others = Optional.ofNullable(refusedBy).flatMap(v -> ring(v.keys));
    if (signers.isOf(ring, text, others, clock.instant().getEpochSecond())) {
      inspect(text, expectations, request);
    }
  }

  private static Optional<VerificationKeys> ring(KeySetSource keys) {
    return keys.fresh() instanceof KeySetSource.Fresh.Ring known
        ? Optional.of(known.ring())
        : Optional.empty();
  }

  private void report(
      TokenCheck check,
      Verification verification,
      String text,
      Expectations expectations,
      RequestContext request) {
    Sightings.of(check, verification, text, clock.instant(), expectations, request)
        .forEach(sightings::report);
  }

  /**
   * Whether the client that presents another issuer's token holds what that is bound to, by the
   * same check as the tokens of this issuer. Uses up a proof. Nothing is reported.
   *
   * @param confirmation the token's {@code cnf}; null where it has none
   * @return why it is refused; empty when it is not
   */
  public Optional<Refused> bindingRefusal(
      String token,
      @Nullable JsonObject confirmation,
      Expectations expectations,
      RequestContext request) {
    try {
      return possession.refusal(token, TokenBinding.of(confirmation), request, expectations);
    } catch (FormatException e) {
      return Optional.of(new Refused(RefusalCode.MALFORMED, "cnf: " + e.getMessage()));
    }
  }

  /**
   * What can have changed since a token was verified is checked on every use. Null where that is so
   * much that the token has to be checked like a new one.
   */
  private @Nullable Verification again(
      CachedToken cached, String token, Expectations expectations, RequestContext request) {
    Verified verified = cached.verified();
    Instant now = clock.instant();
    VerificationKeys ring =
        keys.fresh(now) instanceof KeySetSource.Fresh.Ring fresh ? fresh.ring() : null;
    boolean sameKeys = ring != null && cached.isAskedOf(ring);
    if (ring == null || (!sameKeys && !cached.isKeyAsBefore(ring))) {
      return null;
    }
    if (!sameKeys || !now.isBefore(verified.expiresAt())) {
      Optional<Refused> ended = ends.expiredOrRevoked(verified);
      if (ended.isPresent()) {
        return ended.get();
      }
      cached.nothingAgainst(ring);
    }
    Optional<Refused> unbound =
        surroundings.bindingRefusal(token, verified.tokenClaims(), request, expectations);
    if (unbound.isPresent()) {
      return unbound.get();
    }
    Optional<Refused> unproven = cached.noLongerShown();
    if (unproven.isEmpty()) {
      return verified;
    }
    return cached.key().statement().record() instanceof RecordForm.Position
            && surroundings.passesUnshown(unproven.get())
        ? verified.reportedOnly(unproven.get())
        : unproven.get();
  }

  /**
   * Whether tokens of now can be verified: the key set is fresh, and the policy's witnesses have
   * not stayed away too long from every log that tokens came from.
   */
  public boolean isReady() {
    return keys.current().isPresent()
        && (unshown != null
            || views.isEmpty()
            || !views.values().stream().allMatch(view -> view.isOverdue(Long.MAX_VALUE)));
  }

  /**
   * The authorities, or mirrors of their logs, that do not answer, for a health page. Empty when
   * all is well. Tokens that were seen before pass meanwhile.
   */
  public List<AuthorityAway> away() {
    return circuit.away();
  }

  /**
   * That this host's clock and the authority's do not agree, for a health page; empty when they do,
   * or nothing is known. Tokens and keys are refused for it, as if they were too old or too young.
   */
  public Optional<String> clockTrouble() {
    return keys.clocks().trouble();
  }

  /**
   * What a person should do something about before tokens are refused for it, worked out from the
   * domain's key log and this verifier's clock: for a health page. Empty when all is well; none of
   * it refuses a token.
   */
  public List<KeyAlarm> keyAlarms() {
    return keys.alarms();
  }

  /**
   * How the streams of the domain's logs stand, for a health page; empty without {@link
   * VerifierBuilder#stream}.
   */
  public List<StreamState> streams() {
    LogStreams following = streams;
    return following == null ? List.of() : following.states();
  }

  /**
   * Leaves of a log for a neighbour on this host (spec/leaves.md), which checks them as if a
   * stranger had sent them; empty when they are not held, and he goes to the authority.
   *
   * @param from position of the first
   * @param wait for how long to wait for one that is not there yet
   */
  public Optional<byte[]> leaves(String log, long from, Duration wait) throws InterruptedException {
    awaitLeaf(log, from, wait);
    LogStreams following = streams;
    return following == null ? Optional.empty() : following.from(log, from);
  }

  /**
   * Waits for a leaf that a neighbour asks for, without a batch in hand: {@link #leaves} makes one
   * of up to 2 MiB, which its caller holds until the neighbour has read it.
   */
  public void awaitLeaf(String log, long position, Duration wait) throws InterruptedException {
    LogStreams following = streams;
    if (following != null) {
      following.await(log, position, wait);
    }
  }

  /** Fetches the key set now, as the background does every {@link VerifierLimits#refreshEvery}. */
  void refreshKeys() {
    keys.refresh();
  }

  /** The same for the neighbours' key sets. */
  void refreshNeighbours() {
    neighbours.forEach(KeySetSource::refresh);
  }

  /** Looks which of the tokens have ended for which somebody waits. */
  void lookForEnds() {
    ends.look();
  }

  /** How many tokens are waited for. */
  int watched() {
    return ends.watched();
  }

  /** Stops what runs in the background; whoever waits for the end of a token is told that. */
  @Override
  public void close() {
    ScheduledFuture<?> followed = following;
    if (followed != null) {
      followed.cancel(false);
    }
    ends.close();
    LeafSocket listened = leafSocket;
    if (listened != null) {
      listened.close();
    }
    LogStreams received = streams;
    if (received != null) {
      received.close();
    }
    keys.close();
    neighbours.forEach(KeySetSource::close);
    if (ownScheduler) {
      scheduler.shutdownNow();
    }
  }

  /** What a {@link TokenCheck} sees of the verifier. */
  private final class Around implements TokenCheck.Surroundings {
    @Override
    public TrustPolicy policy() {
      return policy;
    }

    @Override
    public CompactToken.Reader tokens() {
      return tokens;
    }

    @Override
    public KeySetSource.Fresh keys() {
      return keys.fresh();
    }

    @Override
    public KeySetSource.Fresh keysAfterDemand() {
      return keys.refreshOnDemand();
    }

    @Override
    public Optional<TrustedKey> keyOfNeighbour(String kid) {
      return neighbours.stream()
          .flatMap(each -> ring(each).stream())
          .flatMap(ring -> Stream.ofNullable(ring.key(kid)))
          .findFirst();
    }

    @Override
    public List<VerificationKeys> rings() {
      return Stream.concat(Stream.of(keys), neighbours.stream())
          .flatMap(each -> ring(each).stream())
          .toList();
    }

    @Override
    public SignatureCheck signatures() {
      return signatures;
    }

    @Override
    public SignerSearch signers() {
      return signers;
    }

    @Override
    public LogView view(KeySet.StatedLog log) {
      LogView view = views.get(log.key());
      if (view == null) {
        view =
            views.computeIfAbsent(
                log.key(),
                stated ->
                    new LogView(
                        log,
                        circuit,
                        viewLimits,
                        policy.logPolicy(),
                        clock,
                        Verifier.this::forked));
      }
      // What was seen of a log stays seen when it is read at a mirror from now on.
      view.readAt(log);
      return view;
    }

    @Override
    public Stapling stapling() {
      return stapling;
    }

    @Override
    public TokenEnds ends() {
      return ends;
    }

    @Override
    public Instant now() {
      return clock.instant();
    }

    @Override
    public ClocksApart clocks() {
      return keys.clocks();
    }

    @Override
    public Duration clockSkew() {
      return limits.clockSkew();
    }

    @Override
    public boolean passesUnshown(Refused refusal) {
      UnshownTokens passing = unshown;
      if (passing == null) {
        return false;
      }
      passing.passed(refusal);
      return true;
    }

    @Override
    public Optional<Refused> bindingRefusal(
        String token, TokenClaims claims, RequestContext request, Expectations expected) {
      return possession.refusal(token, claims.binding(), request, expected);
    }
  }
}
