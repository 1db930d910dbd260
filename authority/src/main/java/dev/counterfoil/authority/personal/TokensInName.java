package dev.counterfoil.authority.personal;

import dev.counterfoil.auditclient.BoundedBody;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.OwnToken;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.TokenId;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;

/**
 * The tokens that name a person as their subject, as the monitor holds their counterfoils: each
 * token that the signer recorded, also one that this process knows nothing of.
 */
public final class TokensInName {
  private static final String EVENTS = "/audit/v1/events";
  private static final String NOT_HELD = "not_held";
  private static final String READ_SCOPE = "counterfoil:audit";
  private static final int ANSWER_BYTES_MAX = 4 << 20;
  private static final Duration WITHIN = Duration.ofSeconds(10);

  /** Most bytes of one person's bundle, and of all that are read at a time. */
  private static final int BUNDLE_BYTES_MAX = 16 << 20;

  private static final Duration BUNDLE_WITHIN = Duration.ofSeconds(60);
  private final Semaphore bundles = new Semaphore(1);

  /** Tenants whose access token is kept; that of the one least recently asked for goes. */
  private static final int TENANTS_MAX = 64;

  /** Pages without a token of this person, after which the reader is told to go on. */
  private static final int EMPTY_PAGES_MAX = 5;

  private final URI monitor;
  private final HttpClient http;
  private final Signers signers;
  private final Duration tokenLife;
  private final InstantSource clock;
  private final Map<String, OwnToken> access =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, OwnToken> eldest) {
          return size() > TENANTS_MAX;
        }
      };

  /**
   * Reads from a monitor.
   *
   * @param monitor its URL, without a path
   */
  public TokensInName(
      URI monitor, HttpClient http, Signers signers, Duration tokenLife, InstantSource clock) {
    this.monitor = monitor;
    this.http = http;
    this.signers = signers;
    this.tokenLife = tokenLife;
    this.clock = clock;
  }

  /**
   * A token that was issued in a person's name.
   *
   * @param id its {@code jti}
   * @param kid thumbprint of the key that signed it
   * @param group the group with which it can be revoked
   * @param clientId the application that it was issued to
   * @param audiences the services that accept it
   * @param scope what it permits; empty where it says nothing
   * @param address where the application asked from
   * @param ground what it was issued on, such as {@code authorization_code}
   */
  public record NamedToken(
      TokenId id,
      String kid,
      Optional<GroupHandle> group,
      Instant issuedAt,
      Instant expiresAt,
      String clientId,
      List<String> audiences,
      String scope,
      String address,
      String ground) {
    public NamedToken {
      audiences = List.copyOf(audiences);
    }
  }

  /**
   * Tokens, the newest first.
   *
   * @param next where the next page begins; empty when this is the last
   * @param isWhole whether the monitor holds all that was published: else tokens may be missing
   */
  public record Page(List<NamedToken> tokens, Optional<String> next, boolean isWhole) {
    public Page {
      tokens = List.copyOf(tokens);
    }
  }

  /**
   * A page of a person's tokens.
   *
   * @param subject the person's {@code sub}
   * @param since nothing older
   * @param until nothing younger
   * @param clientId those issued to it; empty for all
   * @param before what the page before gave as {@code next}; the monitor checks it
   * @param max most tokens of the page
   * @throws IOException when the monitor cannot be asked: what there is is not known then
   */
  public Page page(
      String tenant,
      String subject,
      Instant since,
      Instant until,
      Optional<String> clientId,
      Optional<String> before,
      int max)
      throws IOException, InterruptedException {
    Map<String, String> query = query(subject);
    query.put("from", Long.toString(Math.max(0, since.toEpochMilli())));
    query.put("to", Long.toString(until.toEpochMilli()));
    clientId.ifPresent(id -> query.put("client", id));
    query.put("limit", Integer.toString(max));
    Optional<String> next = before;
    List<NamedToken> tokens = new ArrayList<>();
    boolean isWhole = true;
    for (int i = 0; i < EMPTY_PAGES_MAX && tokens.isEmpty(); i++) {
      next.ifPresent(cursor -> query.put("before", cursor));
      JsonObject page = ask(tenant, EVENTS, query);
      try {
        for (JsonObject one : page.objects("events")) {
          token(one.object("event"), subject).ifPresent(tokens::add);
        }
        next = page.optionalString("next_before");
        isWhole &= !page.has(NOT_HELD);
      } catch (FormatException e) {
        throw new IOException("the monitor's answer was not understood: " + e.getMessage(), e);
      }
      if (next.isEmpty()) {
        break;
      }
    }
    return new Page(tokens, next, isWhole);
  }

  /**
   * One token of a person's, by its {@code jti}; empty when none was issued to that name.
   *
   * @throws IOException when the monitor cannot be asked, or does not hold all that was published
   */
  public Optional<NamedToken> one(String tenant, String subject, TokenId id)
      throws IOException, InterruptedException {
    Map<String, String> query = query(subject);
    query.put("token", id.toString());
    try {
      JsonObject page = ask(tenant, EVENTS, query);
      for (JsonObject one : page.objects("events")) {
        Optional<NamedToken> token = token(one.object("event"), subject);
        if (token.filter(found -> found.id().equals(id)).isPresent()) {
          return token;
        }
      }
      if (page.has(NOT_HELD)) {
        throw new IOException("the monitor does not hold all counterfoils that were published");
      }
      return Optional.empty();
    } catch (FormatException e) {
      throw new IOException("the monitor's answer was not understood: " + e.getMessage(), e);
    }
  }

  /**
   * What a trace says of one token: its {@code origin} and its {@code events}.
   *
   * @throws IOException when the monitor cannot be asked
   */
  public JsonObject trace(String tenant, TokenId id) throws IOException, InterruptedException {
    try {
      return ask(tenant, "/audit/v1/trace", Map.of("token", id.toString()))
          .objects("tokens")
          .stream()
          .findFirst()
          .orElseThrow(() -> new IOException("the monitor's trace holds no token"));
    } catch (FormatException e) {
      throw new IOException("the monitor's answer was not understood: " + e.getMessage(), e);
    }
  }

  /**
   * The bundle of all events in which a person is the actor, with the counterfoils of their tokens
   * and all proofs.
   *
   * @throws IOException when the monitor cannot be asked, or another bundle is read just now
   * @throws BoundedBody.TooLongException when it is longer than what is read here
   */
  public byte[] bundle(String tenant, String subject) throws IOException, InterruptedException {
    if (!bundles.tryAcquire()) {
      throw new IOException("another bundle is read just now");
    }
    try {
      return answer(
          tenant, "/audit/v1/export", Map.of("actor", subject), BUNDLE_BYTES_MAX, BUNDLE_WITHIN);
    } finally {
      bundles.release();
    }
  }

  private static Map<String, String> query(String subject) {
    Map<String, String> query = new LinkedHashMap<>();
    query.put("actor", subject);
    query.put("class", Long.toString(Operation.TOKEN_ISSUE.classUid()));
    return query;
  }

  /** What an event says, where it is the issuing of a token in that name. */
  private static Optional<NamedToken> token(JsonObject event, String subject)
      throws FormatException {
    if (!Operation.TOKEN_ISSUE.code().equals(event.object("metadata").get("event_code"))
        || !subject.equals(event.object("actor").object("user").get("uid"))) {
      return Optional.empty();
    }
    JsonObject recorded = event.object("recorded_token");
    Optional<String> group = recorded.optionalString("group");
    return Optional.of(
        new NamedToken(
            TokenId.parse(recorded.string("uid")),
            recorded.string("key_uid"),
            group.isPresent() ? Optional.of(GroupHandle.parse(group.get())) : Optional.empty(),
            Instant.ofEpochMilli(event.number("time")),
            Instant.ofEpochMilli(recorded.number("expiration_time")),
            recorded.optionalString("client_uid").orElse(""),
            List.of(recorded.string("audience").split(" ", -1)),
            event.optionalString("message").orElse("").replaceFirst("^scope ", ""),
            event.object("src_endpoint").optionalString("ip").orElse(""),
            event.object("ground").string("name")));
  }

  private JsonObject ask(String tenant, String path, Map<String, String> query)
      throws IOException, InterruptedException {
    try {
      return StrictJson.object(
          answer(tenant, path, query, ANSWER_BYTES_MAX, WITHIN), ANSWER_BYTES_MAX);
    } catch (FormatException e) {
      throw new IOException("the monitor's answer was not understood: " + e.getMessage(), e);
    }
  }

  private byte[] answer(
      String tenant, String path, Map<String, String> query, int bytesMax, Duration within)
      throws IOException, InterruptedException {
    OwnToken token;
    synchronized (access) {
      token =
          access.computeIfAbsent(
              tenant, name -> new OwnToken(signers, name, READ_SCOPE, tokenLife, clock));
    }
    URI uri = URI.create(monitor + path + "?" + parameters(query));
    HttpResponse<byte[]> answer = get(uri, token.accessToken(false), bytesMax, within);
    if (answer.statusCode() == 401) {
      answer = get(uri, token.accessToken(true), bytesMax, within);
    }
    if (answer.statusCode() != 200) {
      throw new IOException("the monitor answered " + answer.statusCode());
    }
    return answer.body();
  }

  private static String parameters(Map<String, String> query) {
    return query.entrySet().stream()
        .map(one -> one.getKey() + "=" + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  private HttpResponse<byte[]> get(URI uri, String token, int bytesMax, Duration within)
      throws IOException, InterruptedException {
    return BoundedBody.send(
        http,
        HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + token).build(),
        bytesMax,
        within);
  }
}
