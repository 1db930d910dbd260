package dev.counterfoil.authority.signers;

import dev.counterfoil.authority.settings.AuthorityConfiguration;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerName;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A domain's signers, each with keys and logs of its own. The first issues; the others are warm
 * spares, whose keys stand in the key log and in every JWK set, so that a token of theirs verifies
 * everywhere at once. What one cannot issue now, the next one does.
 *
 * <p>A signer that died after it had recorded a token and before it answered, or that answered too
 * late, leaves a counterfoil without a holder; the client gets the spare's token.
 */
public final class Signers implements AutoCloseable {
  /**
   * How long one that could not issue is asked last. Then one request in as long finds out whether
   * it can again, so that one which hangs holds up no others.
   */
  static final Duration REST = Duration.ofSeconds(1);

  private static final Duration PRESENCE_EVERY = Duration.ofMillis(50);

  private final List<One> all = new ArrayList<>();
  private final Thread presence;

  /** A signer. */
  public static final class One {
    private final String name;
    private final SignerClient client;
    private final SignerView view;
    private final ReleasedTokens released;
    private final AtomicLong restsUntil = new AtomicLong();
    private volatile boolean rests;

    private One(String name, SignerClient client, InstantSource clock) {
      this.name = name;
      this.client = client;
      this.view = new SignerView(client);
      this.released = new ReleasedTokens(clock);
    }

    /** Its name, with which the names of its logs begin: {@code s1}. */
    public String name() {
      return name;
    }

    /** What it says of its log. */
    public SignerView view() {
      return view;
    }

    /** Where it is asked for what it keeps. */
    public SignerClient recorder() {
      return client;
    }

    /** What it issued and this process handed out last. */
    public ReleasedTokens released() {
      return released;
    }

    public boolean isConnected() {
      return client.isConnected();
    }

    private Answer ask(IssueRequest request, Duration timeout)
        throws SignerUnavailableException, InterruptedException {
      Answer answer = client.ask(request, timeout);
      if (answer instanceof Answer.Issued issued) {
        // Before it is handed out: what a client has is in the list.
        released.add(issued.token());
      }
      return answer;
    }

    /** Whether this request asks it last; of those that come when its rest is over, all but one. */
    private boolean isResting() {
      if (!rests) {
        return false;
      }
      long until = restsUntil.get();
      long now = System.nanoTime();
      return now - until < 0 || !restsUntil.compareAndSet(until, now + REST.toNanos());
    }

    private void rest() {
      restsUntil.set(System.nanoTime() + REST.toNanos());
      rests = true;
    }
  }

  /** Starts to connect to a domain's signers. */
  public Signers(
      UnixSocketPath first, List<AuthorityConfiguration.SpareSigner> spares, InstantSource clock) {
    all.add(new One(SignerName.FIRST, new SignerClient(first.path()), clock));
    for (AuthorityConfiguration.SpareSigner spare : spares) {
      all.add(new One(spare.name(), new SignerClient(spare.socket().path()), clock));
    }
    this.presence = Thread.ofVirtual().name("signers-presence").start(this::watchPresence);
  }

  /** Notes when a signer goes away and comes back, within {@link #PRESENCE_EVERY}. */
  private void watchPresence() {
    try {
      while (true) {
        all.forEach(one -> one.released.see(one.isConnected()));
        Thread.sleep(PRESENCE_EVERY);
      }
    } catch (InterruptedException e) {
      // Only close() interrupts this thread.
      Thread.currentThread().interrupt();
    }
  }

  /** All of them, the first that issues first. */
  public List<One> all() {
    return all;
  }

  /** Whether there is a connection to any of them. */
  public boolean isConnected() {
    return all.stream().anyMatch(One::isConnected);
  }

  /** The one that has the record logs. */
  public SignerClient recording() {
    return all.getFirst().client;
  }

  /** The one whose log it is; of a log that is none of theirs, the first. */
  public One of(String log) {
    for (One one : all) {
      if (log.startsWith(one.name + "g")) {
        return one;
      }
    }
    return all.getFirst();
  }

  /** The client of the one whose log it is. */
  public SignerClient clientOf(String log) {
    return of(log).client;
  }

  /**
   * Issues a token for what has no client that waits for an answer, as {@link #issue} does.
   *
   * @param what it is, for people
   * @throws IOException when there is none now
   */
  public String token(IssueRequest request, Duration timeout, String what)
      throws IOException, InterruptedException {
    try {
      return switch (issue(request, timeout)) {
        case Answer.Issued issued -> issued.token();
        case Answer.Refused refused ->
            throw new IOException(
                "the signer refuses " + what + ": " + refused.code() + ", " + refused.text());
        case Answer.Done _, Answer.Records _, Answer.Recorded _ ->
            throw new IOException("answer of another kind");
      };
    } catch (SignerUnavailableException e) {
      throw new IOException("the signer does not answer", e);
    }
  }

  /**
   * Asks for a token: the first that can issue, those last that could not a moment ago. Each may
   * take half of the time that is left, and the last all of it. So the first has as long as one
   * without spares: it may be waiting for its holders ({@code release-wait}), and whoever is asked
   * too soon in its place leaves it with a counterfoil that nobody gets.
   *
   * @param timeout for one alone; where there are spares, for the first, and as long again for all
   *     others together
   * @throws SignerUnavailableException when none answers, and none said why it issues nothing
   */
  public Answer issue(IssueRequest request, Duration timeout)
      throws SignerUnavailableException, InterruptedException {
    if (all.size() == 1) {
      return all.getFirst().ask(request, timeout);
    }
    long deadline = System.nanoTime() + 2 * timeout.toNanos();
    int left = all.size();
    @Nullable Answer refused = null;
    @Nullable SignerUnavailableException lost = null;
    // Who rests is taken note of once: otherwise one that rests meanwhile would be asked twice.
    boolean[] resting = new boolean[all.size()];
    for (int i = 0; i < resting.length; i++) {
      resting[i] = all.get(i).isResting();
    }
    for (boolean last : new boolean[] {false, true}) {
      for (int i = 0; i < resting.length; i++) {
        if (resting[i] != last) {
          continue;
        }
        One one = all.get(i);
        try {
          Answer answer = one.ask(request, share(deadline, left--));
          if (!isForTheNext(answer)) {
            one.rests = false;
            return answer;
          }
          refused = answer;
          if (isForThisAlgorithmOnly(request, answer)) {
            continue;
          }
        } catch (SignerUnavailableException e) {
          lost = e;
        }
        one.rest();
      }
    }
    if (refused != null) {
      return refused;
    }
    throw lost == null ? new SignerUnavailableException("there is no signer") : lost;
  }

  private static Duration share(long deadline, int signersLeft) {
    long nanos = Math.max(0, deadline - System.nanoTime());
    return Duration.ofNanos(signersLeft == 1 ? nanos : nanos / 2);
  }

  /**
   * Whether it has no key of the algorithm that this client wants, which says nothing of the keys
   * that other clients' tokens are signed with.
   */
  private static boolean isForThisAlgorithmOnly(IssueRequest request, Answer answer) {
    return request.algorithm() != null
        && answer instanceof Answer.Refused refused
        && refused.code() == Answer.Code.NO_KEY;
  }

  /** Whether it says that this signer issues nothing now, rather than that nobody may. */
  private static boolean isForTheNext(Answer answer) {
    return answer instanceof Answer.Refused refused
        && switch (refused.code()) {
          case BUSY, NO_KEY, SEALED, DISK_FULL -> true;
          case OUT_OF_SCOPE,
              QUOTA,
              LEVEL_NOT_REACHED,
              MALFORMED,
              NOT_ALLOWED,
              NOT_ITS_OWN,
              UNKNOWN,
              CONFLICT,
              OUTDATED,
              GONE,
              TOO_SOON ->
              false;
        };
  }

  @Override
  public void close() {
    presence.interrupt();
    all.forEach(one -> one.client.close());
  }
}
