package dev.counterfoil.authority.peers;

import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signin.SignIn;
import dev.counterfoil.signin.attempts.AttemptsElsewhere;
import java.time.Duration;
import java.util.Optional;

/**
 * Attempts at passwords and one-time codes: those at one account, or from one address, are counted
 * by one authority of the domain, which their hash picks. A guesser has as many with ten
 * authorities as with one.
 *
 * <p>While that one is away, each other one counts for itself, so that nobody is locked out by a
 * failure: with two authorities a guesser then begins anew once.
 */
public final class SharedAttempts implements AttemptsElsewhere {
  static final String PATH = "/peers/attempt";

  /** A person waits for the answer. */
  private static final Duration ANSWER_TIME_MAX = Duration.ofSeconds(2);

  /** The keys are addresses, hashes and subjects. */
  private static final int TEXT_MAX = 128;

  private static final String LIMIT = "limit";
  private static final String KEY = "key";
  private static final String FORGETS = "forgets";
  private static final String WAIT = "wait_ms";

  private final Peers peers;

  /** Asks these. */
  public SharedAttempts(Peers peers) {
    this.peers = peers;
  }

  @Override
  public Optional<Duration> take(String limit, String key) {
    return ask(limit, key, false);
  }

  @Override
  public void forget(String limit, String key) {
    var _ = ask(limit, key, true);
  }

  private Optional<Duration> ask(String limit, String key, boolean forgets) {
    int home = peers.homeOf(limit + "\n" + key);
    if (home == peers.own()) {
      return Optional.empty();
    }
    try {
      JsonObject answer =
          peers.ask(
              home,
              PATH,
              JsonObject.builder().put(LIMIT, limit).put(KEY, key).put(FORGETS, forgets).build(),
              ANSWER_TIME_MAX);
      return Optional.of(Duration.ofMillis(answer.number(WAIT)));
    } catch (RequestRefusedException | FormatException e) {
      // It is away, which the log says.
      return Optional.empty();
    }
  }

  /** What another authority asks. */
  static JsonObject answer(SignIn signIn, JsonObject question) throws FormatException {
    String limit = question.string(LIMIT);
    String key = question.string(KEY);
    if (key.length() > TEXT_MAX) {
      throw new FormatException("a key is at most " + TEXT_MAX + " characters");
    }
    if (question.truth(FORGETS)) {
      signIn.forgetHere(limit, key);
      return JsonObject.builder().put(WAIT, 0).build();
    }
    Duration wait =
        signIn
            .takeHere(limit, key)
            .orElseThrow(() -> new FormatException("there is no such limit"));
    return JsonObject.builder().put(WAIT, wait.toMillis()).build();
  }
}
