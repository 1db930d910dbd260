package dev.counterfoil.verifier;

import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.verifier.dpop.DpopNonces;
import dev.counterfoil.verifier.dpop.UsedProofs;
import dev.counterfoil.verifier.reading.ReadSide;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Collects what may differ from the defaults of a {@link Verifier}. */
public final class VerifierBuilder {
  /** Scheme of a neighbour's socket. */
  static final String UNIX = "unix";

  /** An hour in which the authority is away, and what it takes to come back. */
  private static final Duration STAPLED_STALE_AFTER = Duration.ofMinutes(65);

  final TrustPolicy policy;
  @Nullable ReadSide network;
  InstantSource clock = InstantSource.system();
  @Nullable ScheduledExecutorService scheduler;
  VerifierLimits limits = VerifierLimits.defaults();
  SightingSink sightings = SightingSink.none();
  Consumer<KeyAlarm> keyAlarms = alarm -> {};
  Consumer<LogFork> logForks = fork -> {};
  @Nullable UsedProofs usedProofs;
  @Nullable DpopNonces dpopNonces;
  boolean reportedOnly;
  Stapling stapling = Stapling.IGNORED;
  private boolean limitsSet;
  @Nullable StreamLimits stream;
  private @Nullable String streamAudience;
  @Nullable URI leavesFrom;
  boolean sharesLeaves;
  private @Nullable Path leafSocket;
  final List<TrustPolicy> neighbours = new ArrayList<>();

  VerifierBuilder(TrustPolicy policy) {
    this.policy = policy;
  }

  /** Reads through this instead of an HTTP client of its own. */
  public VerifierBuilder network(ReadSide readSide) {
    this.network = readSide;
    return this;
  }

  /** Takes the time from here. */
  public VerifierBuilder clock(InstantSource source) {
    this.clock = source;
    return this;
  }

  /** Refreshes keys on this instead of a daemon thread of its own; the caller shuts it down. */
  public VerifierBuilder scheduler(ScheduledExecutorService executor) {
    this.scheduler = executor;
    return this;
  }

  /** Waits, trusts and remembers for other times. */
  public VerifierBuilder limits(VerifierLimits newLimits) {
    this.limits = newLimits;
    this.limitsSet = true;
    return this;
  }

  /**
   * Takes tokens whose {@code iat} or {@code nbf} lies so far in the future; all other limits stay
   * as they are.
   */
  public VerifierBuilder clockSkew(Duration skew) {
    this.limits = limits.withClockSkew(skew);
    return this;
  }

  /**
   * Reports the first sight of each token and every refusal, and acknowledges each change of the
   * key log.
   */
  public VerifierBuilder sightings(SightingSink sink) {
    this.sightings = sink;
    return this;
  }

  /**
   * Knows the keys of another trust domain, only to recognise them: a token signed by one is
   * refused as {@link RefusalCode#DOMAIN} and reported with evidence, instead of as signed by an
   * unknown key.
   */
  public VerifierBuilder neighbour(TrustPolicy otherDomain) {
    neighbours.add(otherDomain);
    return this;
  }

  /**
   * Tells of each step of an alarm about the domain's keys, once, on a thread of the verifier's: a
   * ceremony of the root that is due, a key that should have been followed. Each is logged besides.
   * {@link Verifier#keyAlarms} has those that stand.
   */
  public VerifierBuilder keyAlarms(Consumer<KeyAlarm> listener) {
    this.keyAlarms = listener;
    return this;
  }

  /**
   * Remembers used DPoP proofs here instead of in this process's memory: for several processes that
   * serve one address, whose clocks lie no more than a minute apart.
   */
  public VerifierBuilder usedProofs(UsedProofs store) {
    this.usedProofs = store;
    return this;
  }

  /**
   * Wants a nonce of these in each DPoP proof: a proof without one is refused as {@link
   * RefusalCode#BINDING_NONCE}, and the service answers with {@link DpopNonces#current}.
   */
  public VerifierBuilder dpopNonces(DpopNonces nonces) {
    this.dpopNonces = nonces;
    return this;
  }

  /**
   * Tells when a log turns out to have signed two histories, once for each log, on the thread that
   * finds it: nothing more of that log is honoured, and somebody has to look. It is logged, and
   * acknowledged to the monitor, besides.
   */
  public VerifierBuilder logForks(Consumer<LogFork> listener) {
    this.logForks = listener;
    return this;
  }

  /**
   * Lets tokens pass that nothing shows to be issued, for a service that cannot refuse yet: each is
   * {@link Verified} with the proof {@link IssuanceProof.ReportedOnly}, its sighting tells the
   * monitor, and whoever stole a key gets in. All else is checked and refused as ever; so is a
   * token of another issuer whose digest is not found, since nothing else names it.
   *
   * @param sink as for {@link #sightings}: without reports nobody would hear of such a token
   */
  public VerifierBuilder reportedOnly(SightingSink sink) {
    this.sightings = sink;
    this.reportedOnly = true;
    return this;
  }

  /**
   * Says what is done with the proof of issuing that a client sends with its token ({@link
   * RequestContext#withStapledProof}). It is checked without a call over the network; one that does
   * not hold is refused, also where the log would show the token. {@link Stapling#IGNORED} unless
   * this is called.
   *
   * <p>Where proofs are read, and unless {@link #limits} says otherwise, a key log that cannot be
   * read is taken for as good as it was for an hour and five minutes: for so long tokens pass while
   * the authority is away, and for so long nobody hears of a revocation.
   */
  public VerifierBuilder stapling(Stapling newStapling) {
    this.stapling = newStapling;
    return this;
  }

  /**
   * Receives every leaf of the domain's logs, 32 bytes a token, instead of fetching tiles as tokens
   * come: for a busy service. Each leaf counts once those before and after it lead to a root that
   * the log signed. Tokens older than the start are looked for in tiles. With {@link
   * StreamLimits#defaults}.
   */
  public VerifierBuilder stream() {
    return stream(StreamLimits.defaults());
  }

  /** The same with other limits. */
  public VerifierBuilder stream(StreamLimits newLimits) {
    this.stream = newLimits;
    return this;
  }

  /**
   * Receives the leaves of tokens for one audience only, twelve bytes each, with the subtree hashes
   * of all others: for a service that sees a small part of its issuer's tokens and wants none of
   * the rest. The issuer has to name the audience in {@code audience-streams}. Which leaves are the
   * audience's is the authority's word: a token that he left out is looked for in tiles, as are
   * tokens for other audiences and those of other issuers. Goes with neither {@link #shareLeaves}
   * nor {@link #leavesFrom}.
   *
   * @param audience the service's own name, as in its {@link Expectations}
   */
  public VerifierBuilder streamOf(String audience) {
    return streamOf(audience, StreamLimits.defaults());
  }

  /** The same with other limits. */
  public VerifierBuilder streamOf(String audience, StreamLimits newLimits) {
    this.streamAudience = audience;
    return stream(newLimits);
  }

  /**
   * Receives leaves from a neighbour on this host, a guard or another verifier that {@link
   * #shareLeaves shares} them, and from the authority when the neighbour has none. The neighbour
   * need not be trusted: what it gives out counts by the log's signature alone.
   *
   * @param neighbour prefix, without a trailing slash, below which {@code /logs/NAME/leaves} lies;
   *     or his Unix socket, such as {@code unix:/run/counterfoil/leaves.sock}
   * @throws IllegalArgumentException when it is a Unix socket without an absolute path
   */
  public VerifierBuilder leavesFrom(URI neighbour) {
    if (UNIX.equals(neighbour.getScheme())
        && (neighbour.getPath() == null || !neighbour.getPath().startsWith("/"))) {
      throw new IllegalArgumentException("a Unix socket is unix: and an absolute path");
    }
    this.leavesFrom = neighbour;
    return this;
  }

  /**
   * Keeps the newest 65,536 leaves of each log in full, 2 MiB, so that {@link Verifier#leaves} can
   * give them to neighbours.
   */
  public VerifierBuilder shareLeaves() {
    this.sharesLeaves = true;
    return this;
  }

  /**
   * The same on a Unix socket, which this verifier makes: verifiers that run as the socket's user
   * or group say {@link #leavesFrom leavesFrom(unix:PATH)}. A socket that is left from before is
   * replaced. {@link #build} fails when the socket cannot be made.
   */
  public VerifierBuilder shareLeavesAt(Path socket) {
    this.leafSocket = socket;
    return shareLeaves();
  }

  /** Limits of what is held of the keys: longer where a service works on without its issuer. */
  VerifierLimits keptLimits() {
    VerifierLimits kept =
        stapling == Stapling.IGNORED || limitsSet
            ? limits
            : limits.withKeys(limits.refreshEvery(), STAPLED_STALE_AFTER);
    StreamLimits received = stream;
    return received == null || received.outageMax().compareTo(kept.staleAfter()) <= 0
        ? kept
        : kept.withKeys(kept.refreshEvery(), received.outageMax());
  }

  /** How a process of these settings makes sure that a token was issued. */
  Acknowledgement.Mode mode() {
    if (reportedOnly) {
      return Acknowledgement.Mode.REPORT;
    }
    return stapling != Stapling.IGNORED
        ? Acknowledgement.Mode.STAPLED
        : stream != null ? Acknowledgement.Mode.STREAM : Acknowledgement.Mode.TILES;
  }

  /** How leaves are received; null where they are not. */
  LogStreams.@Nullable Settings streamSettings() {
    StreamLimits wanted = stream;
    if (streamAudience != null && (sharesLeaves || leavesFrom != null)) {
      throw new IllegalStateException(
          "an audience's part of the leaves comes from the issuer, and cannot be shared: say either"
              + " streamOf, or stream with leavesFrom or shareLeaves");
    }
    return wanted == null
        ? null
        : new LogStreams.Settings(
            wanted, leavesFrom, sharesLeaves, streamAudience, new SecureRandom());
  }

  /**
   * Starts the verifier.
   *
   * @throws IllegalStateException when what was said does not go together
   * @throws UncheckedIOException when the socket of {@link #shareLeavesAt} cannot be made
   */
  public Verifier build() {
    Verifier verifier = new Verifier(this);
    Path socket = leafSocket;
    if (socket != null) {
      try {
        verifier.shareAt(socket);
      } catch (IOException e) {
        verifier.close();
        throw new UncheckedIOException("leaves cannot be shared at " + socket, e);
      }
    }
    return verifier;
  }

  /**
   * A thread for each domain, one for the witnesses and one that waits for ends, so that one which
   * does not answer holds up no other.
   */
  static ScheduledExecutorService daemons(int threads) {
    return Executors.newScheduledThreadPool(
        threads,
        task -> {
          Thread thread = new Thread(task, "counterfoil-keys");
          thread.setDaemon(true);
          return thread;
        });
  }
}
