package dev.counterfoil.authority.connect;

import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.clock.TimedPause;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What clients pushed and no browser was answered for yet (RFC 9126). In memory: a client whose
 * request a restart lost pushes it again. For all threads.
 */
public final class PushedRequests {
  /** RFC 9126 2.2. */
  static final String PREFIX = "urn:ietf:params:oauth:request_uri:";

  /** How long a browser may take to come. */
  static final Duration LIFE = Duration.ofSeconds(60);

  /** Most requests of all clients, and of one: nobody can push out what was just pushed. */
  static final int MOST = 20_000;

  static final int OF_CLIENT_MOST = 1_000;

  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);
  private static final int ID_BYTES = 32;

  /** What was pushed to other authorities of the domain. */
  public interface Elsewhere {
    /** What stands before each id that is made here. */
    String prefix();

    /** Whether what has this id is at another one. */
    boolean isElsewhere(String id);

    /**
     * As {@link PushedRequests#find} there.
     *
     * @throws RequestRefusedException when the other one does not answer
     */
    Optional<Form> find(String id, Optional<String> clientId, boolean isUnderWay)
        throws RequestRefusedException;

    /** As {@link PushedRequests#use} there; false also when the other one does not answer. */
    boolean use(String id);
  }

  private final SecureRandom random;
  private final InstantSource clock;
  private volatile @Nullable Elsewhere elsewhere;

  /** The one that was pushed first is first. */
  private final Map<String, Pushed> all = new LinkedHashMap<>();

  private final Map<String, Integer> ofClients = new HashMap<>();
  private TimedPause sinceSweep = TimedPause.OVER;

  /**
   * A request.
   *
   * @param clientId whose it is
   * @param form what is asked
   * @param until when a browser has to have come
   * @param isUnderWay whether one came
   */
  private record Pushed(String clientId, Form form, Instant until, boolean isUnderWay) {
    boolean isOver(Instant now) {
      return !now.isBefore(isUnderWay ? until.plus(SealedRequests.AGE_MAX) : until);
    }
  }

  /** Keeps none yet. */
  public PushedRequests(SecureRandom random, InstantSource clock) {
    this.random = random;
    this.clock = clock;
  }

  /** Finds what was pushed to other authorities, too. */
  public void sharedWith(Elsewhere others) {
    elsewhere = others;
  }

  /**
   * Keeps what a client asks.
   *
   * @return its {@code request_uri}
   */
  synchronized String push(String clientId, Form form) throws RequestRefusedException {
    Instant now = clock.instant();
    if (isFull(clientId) || sinceSweep.isOver(now)) {
      forgetOld(now);
      sinceSweep = TimedPause.from(now, LIFE);
    }
    if (isFull(clientId) && !makesRoom(clientId, now)) {
      throw new RequestRefusedException(
          new OAuthError(
              OAuthError.Code.QUOTA,
              "too many requests were pushed and are not answered: ask less often",
              RETRY_AFTER));
    }
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    @Nullable Elsewhere others = elsewhere;
    String uri = PREFIX + (others == null ? "" : others.prefix()) + Base64Url.encode(id);
    all.put(uri, new Pushed(clientId, form, now.plus(LIFE), false));
    ofClients.merge(clientId, 1, Integer::sum);
    return uri;
  }

  /**
   * Of people who have been signing in for longer than a browser takes to come, the first gives
   * way. Else those who begin and do not finish would keep everybody out for an hour.
   */
  private boolean makesRoom(String clientId, Instant now) {
    boolean isOfAny = ofClients.getOrDefault(clientId, 0) < OF_CLIENT_MOST;
    for (Iterator<Pushed> each = all.values().iterator(); each.hasNext(); ) {
      Pushed one = each.next();
      if (now.isBefore(one.until)) {
        return false;
      }
      if (isOfAny || one.clientId.equals(clientId)) {
        each.remove();
        uncount(one);
        return true;
      }
    }
    return false;
  }

  private boolean isFull(String clientId) {
    return all.size() >= MOST || ofClients.getOrDefault(clientId, 0) >= OF_CLIENT_MOST;
  }

  private void forgetOld(Instant now) {
    for (Iterator<Pushed> each = all.values().iterator(); each.hasNext(); ) {
      Pushed one = each.next();
      if (one.isOver(now)) {
        each.remove();
        uncount(one);
      }
    }
  }

  private void uncount(Pushed one) {
    ofClients.computeIfPresent(one.clientId, (id, count) -> count == 1 ? null : count - 1);
  }

  /**
   * What a client asked, for a browser that brings its {@code request_uri}. It stays: the person
   * may have to sign in first.
   *
   * @param isUnderWay whether the browser comes back from sign-in with it
   */
  Optional<Form> find(String uri, Optional<String> clientId, boolean isUnderWay)
      throws RequestRefusedException {
    String id = uri.substring(PREFIX.length());
    @Nullable Elsewhere others = elsewhere;
    return (others != null && others.isElsewhere(id))
        ? others.find(id, clientId, isUnderWay)
        : findHere(id, clientId, isUnderWay);
  }

  /** The same of what was pushed here, by what follows {@link #PREFIX}. */
  public synchronized Optional<Form> findHere(
      String id, Optional<String> clientId, boolean isUnderWay) {
    String uri = PREFIX + id;
    @Nullable Pushed one = all.get(uri);
    Instant now = clock.instant();
    if (one == null
        || !clientId.equals(Optional.of(one.clientId))
        || !now.isBefore(isUnderWay ? one.until.plus(SealedRequests.AGE_MAX) : one.until)) {
      return Optional.empty();
    }
    all.put(uri, new Pushed(one.clientId, one.form, one.until, true));
    return Optional.of(one.form);
  }

  /** Takes one out, before its client is answered; whether it was there. */
  boolean use(String uri) {
    String id = uri.substring(PREFIX.length());
    @Nullable Elsewhere others = elsewhere;
    return (others != null && others.isElsewhere(id)) ? others.use(id) : useHere(id);
  }

  /** The same of what was pushed here. */
  public synchronized boolean useHere(String id) {
    @Nullable Pushed one = all.remove(PREFIX + id);
    if (one == null) {
      return false;
    }
    uncount(one);
    return true;
  }
}
