package dev.counterfoil.authority.logs;

import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.http.SignerRefusals;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.authority.keys.RegistrarStatement;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.clock.TimedPause;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.StatusList;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Serves which tokens are revoked to services that read no key log: Token Status Lists, and the
 * keys that sign them ({@code spec/status-list.md}). The registrar composes and signs each from its
 * key log; here one is kept until a revocation changes it or half of its time to live is over. One
 * that lacks a revocation that is known here is not served.
 */
public final class StatusListEndpoint {
  private static final System.Logger LOG = System.getLogger(StatusListEndpoint.class.getName());

  public static final String PREFIX = "/status/";
  public static final String JWKS = "/status/jwks";

  /**
   * Lists of a log that are served, the newest: 268 million tokens, more than a log issues in the
   * hour that the longest-lived one lasts. So this many signatures at most are asked for each time.
   */
  static final int NEWEST = 256;

  private static final int KEPT_MAX = 2 * NEWEST;
  private static final String TYPE = "application/statuslist+jwt";

  /** Short: a copy counts from when a service fetches it, and not from when a cache did. */
  private static final String CACHE_CONTROL = "public, max-age=5";

  private static final String JWKS_CACHE_CONTROL = "public, max-age=300";
  private static final Duration REGISTRAR_TIME_MAX = Duration.ofSeconds(5);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final String path;
  private final PublishedKeys published;
  private final PublicLogs logs;
  private final SignerClient registrar;
  private final InstantSource clock;
  private final ReentrantLock asking = new ReentrantLock();

  /** Guarded by {@link #asking}, as is what follows. */
  private TimedPause afterSilence = TimedPause.OVER;

  /** In the order of use. */
  private final Map<String, Kept> kept =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Kept> eldest) {
          return size() > KEPT_MAX;
        }
      };

  /**
   * A list that the registrar signed.
   *
   * @param said what it says
   * @param seen the key set for which it is known to be complete
   * @param revoked positions that were known to be revoked when it was asked for
   */
  private record Kept(String jws, RegistrarStatement said, KeySet seen, List<Long> revoked) {
    Kept completeFor(KeySet now) {
      return new Kept(jws, said, now, revoked);
    }

    /** Whether it has every revocation that is known, under a key that may still sign lists. */
    boolean isComplete(KeySet keys, List<Long> known) {
      return revoked.equals(known) && said.counts(keys);
    }

    boolean isYoung(Instant now) {
      return now.isBefore(said.signedAt().plus(StatusList.TTL.dividedBy(2)));
    }

    boolean counts(Instant now) {
      return now.isBefore(said.signedAt().plus(StatusList.LIFE.minus(StatusList.TTL)));
    }
  }

  /**
   * An endpoint.
   *
   * @param path the issuer's, without a trailing slash
   */
  public StatusListEndpoint(
      String path,
      PublishedKeys published,
      PublicLogs logs,
      SignerClient registrar,
      InstantSource clock) {
    this.path = path;
    this.published = published;
    this.logs = logs;
    this.registrar = registrar;
    this.clock = clock;
  }

  /** A list. */
  public void list(ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    KeySet keys = published.required().set();
    StatusList list = wanted(request, keys);
    Kept current;
    asking.lockInterruptibly();
    try {
      current = current(list, keys);
    } finally {
      asking.unlock();
    }
    byte[] body = current.jws().getBytes(StandardCharsets.US_ASCII);
    HttpAnswers.cacheable(
        request, response, TYPE, CACHE_CONTROL, PublishedKeys.tag(Hash.sha256(body)), body);
  }

  /** The keys that sign lists, and nothing else that such a service should believe. */
  public void jwks(ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    KeySet keys = published.required().set();
    Instant now = clock.instant();
    // Those of a moment ago have signed lists that still count; those of soon are cached by then.
    List<JsonObject> jwks =
        Stream.of(now.minus(StatusList.LIFE), now, now.plus(Duration.ofMinutes(10)))
            .flatMap(at -> keys.delegation(at).stream())
            .map(Delegation::statementKey)
            .distinct()
            .map(StatusListEndpoint::jwk)
            .toList();
    byte[] body =
        JsonObject.builder().put("keys", jwks).build().toString().getBytes(StandardCharsets.UTF_8);
    HttpAnswers.cacheable(
        request,
        response,
        "application/jwk-set+json",
        JWKS_CACHE_CONTROL,
        PublishedKeys.tag(Hash.sha256(body)),
        body);
  }

  private static JsonObject jwk(PublicJwk key) {
    JsonObject material = key.toJson();
    JsonObject.Builder jwk = JsonObject.builder();
    for (String name : material.names()) {
      jwk.put(name, String.valueOf(material.get(name)));
    }
    return jwk.put("kid", key.thumbprint())
        .put("alg", key.algorithm().jose())
        .put("use", "sig")
        .build();
  }

  /** The list that lies at a path: of a log of the domain, and no further than it has tokens. */
  private StatusList wanted(ServerRequest request, KeySet keys) throws RequestRefusedException {
    String[] parts =
        request
            .prologue()
            .uriPath()
            .rawPath()
            .substring(path.length() + PREFIX.length())
            .split("/", -1);
    try {
      if (parts.length == 2 && keys.log(parts[0]).isPresent()) {
        long newest = StatusList.numberOf(Math.max(0, logs.size(parts[0]) - 1));
        long number = Decimal.parse(parts[1], newest);
        if (number > newest - NEWEST && !TokenId.isRecordLogName(parts[0])) {
          return new StatusList(keys.issuer(), parts[0], number);
        }
      }
    } catch (FormatException e) {
      // Not the spelling of a number, or of one past the log's end: nothing lies there.
      throw new RequestRefusedException(notFound());
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "a log cannot be read: {0}", e.toString());
      throw new RequestRefusedException(
          OAuthError.unavailable("the log cannot be read at this time", RETRY_AFTER));
    }
    throw new RequestRefusedException(notFound());
  }

  private static OAuthError notFound() {
    return OAuthError.of(OAuthError.Code.NOT_FOUND, "no status list lies at this path");
  }

  private Kept current(StatusList list, KeySet keys)
      throws RequestRefusedException, InterruptedException {
    Instant now = clock.instant();
    Kept last = kept.get(list.uri());
    if (last != null && last.seen().equals(keys) && last.isYoung(now)) {
      return last;
    }
    List<Long> revoked = revoked(list, keys);
    Kept complete = last != null && last.isComplete(keys, revoked) ? last : null;
    Kept served;
    if (complete != null && complete.isYoung(now)) {
      served = complete.completeFor(keys);
    } else {
      boolean counts = complete != null && complete.counts(now);
      served = signed(list, keys, revoked, counts ? complete : null);
    }
    kept.put(list.uri(), served);
    return served;
  }

  private static List<Long> revoked(StatusList list, KeySet keys) {
    List<Long> positions = new ArrayList<>();
    for (KeySet.RevokedToken token : keys.revokedTokens()) {
      if (list.covers(token.log(), token.position())) {
        positions.add(token.position());
      }
    }
    return List.copyOf(positions);
  }

  /**
   * Has a list signed.
   *
   * @param otherwise what is served when the registrar does not answer; null for nothing
   */
  private Kept signed(StatusList list, KeySet keys, List<Long> revoked, @Nullable Kept otherwise)
      throws RequestRefusedException, InterruptedException {
    OAuthError refusal = SignerRefusals.registrarUnavailable();
    // A registrar that does not answer holds up one request a second, and not each.
    if (afterSilence.isOver(clock.instant())) {
      try {
        switch (registrar.ask(
            Commands.signStatusList(list.log(), list.number()), REGISTRAR_TIME_MAX)) {
          case Answer.Done done -> {
            return verified(done.result().string("jws"), list, keys, revoked);
          }
          case Answer.Refused refused -> refusal = SignerRefusals.of(refused);
          case Answer.Issued issued -> throw otherKind();
          case Answer.Records records -> throw otherKind();
          case Answer.Recorded recorded -> throw otherKind();
        }
      } catch (SignerUnavailableException e) {
        afterSilence = TimedPause.from(clock.instant(), RETRY_AFTER);
      } catch (FormatException e) {
        LOG.log(System.Logger.Level.WARNING, "a status list is not taken: {0}", e.getMessage());
      }
    }
    if (otherwise == null) {
      throw new RequestRefusedException(refusal);
    }
    return otherwise;
  }

  /** Checked as whoever fetches it will. */
  private static Kept verified(String jws, StatusList list, KeySet keys, List<Long> revoked)
      throws FormatException {
    RegistrarStatement said = RegistrarStatement.verified(StatusList.TYPE, jws, keys);
    if (!said.content().string("sub").equals(list.uri())) {
      throw new FormatException("it is another list");
    }
    return new Kept(jws, said, keys, revoked);
  }

  private static IllegalStateException otherKind() {
    return new IllegalStateException("answer of another kind");
  }
}
