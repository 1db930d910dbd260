package dev.counterfoil.authority.signals;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Asked;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.logs.BearerScope;
import dev.counterfoil.authority.logs.IssuedTokens;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.LongPolls;
import dev.counterfoil.http.outbound.GuardedConnections;
import dev.counterfoil.signals.EventTypes;
import dev.counterfoil.signals.PollRequest;
import dev.counterfoil.signals.SecurityEvent;
import dev.counterfoil.signals.StreamSettings;
import dev.counterfoil.signals.Subjects;
import dev.counterfoil.signals.sending.SignalStream;
import dev.counterfoil.verifier.Verified;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Streams over HTTP (SSF 1.0 8.1) and the polling of events (RFC 8936). A client has one stream, so
 * that what waits for it is its share; those of others are not there for it.
 */
public final class SignalsEndpoint {
  /** Lets a client do everything with its stream. */
  public static final String MANAGE = "ssf.manage";

  /** Lets a client read its stream and fetch its events. */
  public static final String READ = "ssf.read";

  /** A receiver may ask for a verification so often (SSF 1.0 8.1.4.2). */
  static final Duration VERIFICATION_PAUSE = Duration.ofSeconds(1);

  private static final int EVENTS_IN_ANSWER_MAX = 400;
  private static final int EVENTS_IN_ANSWER_DEFAULT = 100;
  private static final int ID_BYTES = 16;
  private static final int STATE_MAX = 1_024;

  private final Signals signals;
  private final URI issuer;
  private final IssuedTokens tokens;
  private final ClientAddress addresses;
  private final LongPolls polls;
  private final Duration pollTimeMax;
  private final AuthorityAudit audit;
  private final SecureRandom random;
  private final InstantSource clock;

  /**
   * The endpoints.
   *
   * @param pollTimeMax how long a request waits for events
   */
  public SignalsEndpoint(
      Signals signals,
      URI issuer,
      IssuedTokens tokens,
      ClientAddress addresses,
      LongPolls polls,
      Duration pollTimeMax,
      AuthorityAudit audit,
      SecureRandom random,
      InstantSource clock) {
    this.signals = signals;
    this.issuer = issuer;
    this.tokens = tokens;
    this.addresses = addresses;
    this.polls = polls;
    this.pollTimeMax = pollTimeMax;
    this.audit = audit;
    this.random = random;
    this.clock = clock;
  }

  /** Creates, reads, changes and deletes a stream. */
  public void stream(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    switch (request.prologue().method().text()) {
      case "POST" -> create(request, response, asked);
      case "PATCH" -> change(request, response, asked, false);
      case "PUT" -> change(request, response, asked, true);
      case "DELETE" -> delete(request, response, asked);
      default -> read(request, response, asked);
    }
  }

  private void create(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    Verified token = manager(request, SignalsMetadata.STREAM, asked);
    StreamSettings settings = settings(body(request), Optional.empty());
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    SignalStream stream =
        new SignalStream(
            Base64Url.encode(id),
            client(token),
            token.tenant(),
            SignalStream.Status.ENABLED,
            Optional.empty(),
            settings,
            Instant.EPOCH);
    if (signals.streams().ofClient(stream.clientId()).isPresent()) {
      throw second();
    }
    record(asked, stream, "created");
    if (!signals.streams().add(stream)) {
      throw second();
    }
    HttpAnswers.json(response, 201, bytes(json(stream)));
  }

  private static RequestRefusedException second() {
    return new RequestRefusedException(
        OAuthError.of(
            OAuthError.Code.CONFLICT, "the client has a stream. Read it, change it or delete it"));
  }

  private void read(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    Verified token = reader(request, SignalsMetadata.STREAM, asked);
    audit.record(asked.draft(Operation.SIGNAL_STREAM_READ).entity("stream", client(token)));
    Optional<String> id = parameter(request);
    if (id.isPresent()) {
      HttpAnswers.json(response, bytes(json(own(token, id.get()))));
      return;
    }
    // SSF 1.0 8.1.1.2: all streams of the receiver.
    String all =
        signals.streams().ofClient(client(token)).map(one -> json(one).toString()).orElse("");
    HttpAnswers.json(response, ("[" + all + "]").getBytes(StandardCharsets.UTF_8));
  }

  private void change(ServerRequest request, ServerResponse response, Asked asked, boolean whole)
      throws RequestRefusedException, InterruptedException {
    Verified token = manager(request, SignalsMetadata.STREAM, asked);
    JsonObject body = body(request);
    SignalStream stream = own(token, text(body, "stream_id"));
    requireSame(body, stream);
    StreamSettings settings =
        settings(body, whole ? Optional.empty() : Optional.of(stream.settings()));
    record(asked, stream, whole ? "replaced" : "updated");
    signals.streams().change(stream, settings);
    signals.sender().wake();
    HttpAnswers.json(response, bytes(json(own(token, stream.id()))));
  }

  /** SSF 1.0 8.1.1.3: what the transmitter says may stand there as it is, and not otherwise. */
  private void requireSame(JsonObject body, SignalStream stream) throws RequestRefusedException {
    for (String name : List.of("iss", "aud")) {
      Object said = body.get(name);
      if (said != null && !said.equals(json(stream).get(name))) {
        throw invalid(name + " is not the receiver's to change");
      }
    }
  }

  private void delete(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    Verified token = manager(request, SignalsMetadata.STREAM, asked);
    SignalStream stream = own(token, parameter(request).orElse(""));
    record(asked, stream, "deleted");
    signals.streams().remove(stream.id());
    response.status(Status.NO_CONTENT_204).send();
  }

  /** Reads and sets whether events come (SSF 1.0 8.1.2). */
  public void status(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    if (request.prologue().method().text().equals("GET")) {
      Verified token = reader(request, SignalsMetadata.STATUS, asked);
      audit.record(asked.draft(Operation.SIGNAL_STREAM_READ).entity("stream", client(token)));
      HttpAnswers.json(response, bytes(own(token, parameter(request).orElse("")).statusJson()));
      return;
    }
    Verified token = manager(request, SignalsMetadata.STATUS, asked);
    JsonObject body = body(request);
    SignalStream stream = own(token, text(body, "stream_id"));
    SignalStream.Status status =
        SignalStream.Status.of(text(body, "status"))
            .orElseThrow(() -> invalid("status is enabled, paused or disabled"));
    Optional<String> reason = optionalText(body, "reason");
    record(asked, stream, status.text());
    signals.streams().status(stream, status, reason);
    signals.sender().wake();
    HttpAnswers.json(response, bytes(own(token, stream.id()).statusJson()));
  }

  /** The stream is told of a subject again (SSF 1.0 8.1.3.2): without this, of all. */
  public void addSubject(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    subject(request, SignalsMetadata.ADD_SUBJECT, asked, false);
    response.status(Status.OK_200).send();
  }

  /** The stream is not told of a subject any more (SSF 1.0 8.1.3.3). */
  public void removeSubject(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    subject(request, SignalsMetadata.REMOVE_SUBJECT, asked, true);
    response.status(Status.NO_CONTENT_204).send();
  }

  private void subject(ServerRequest request, String path, Asked asked, boolean isRemoved)
      throws RequestRefusedException, InterruptedException {
    Verified token = manager(request, path, asked);
    JsonObject body = body(request);
    SignalStream stream = own(token, text(body, "stream_id"));
    JsonObject subject;
    try {
      subject = Subjects.checked(body.object("subject"));
    } catch (FormatException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
    record(asked, stream, isRemoved ? "without a subject" : "with a subject");
    if (!signals.streams().subject(stream, subject, isRemoved)) {
      throw new RequestRefusedException(
          OAuthError.of(OAuthError.Code.QUOTA, "the stream is without too many subjects"));
    }
  }

  /** Sends a verification event (SSF 1.0 8.1.4.2). */
  public void verify(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    Verified token = manager(request, SignalsMetadata.VERIFICATION, asked);
    JsonObject body = body(request);
    SignalStream stream = own(token, text(body, "stream_id"));
    Optional<String> state = optionalText(body, "state");
    Instant now = clock.instant();
    if (now.isBefore(stream.verifiedAt().plus(VERIFICATION_PAUSE))) {
      throw new RequestRefusedException(
          new OAuthError(
              OAuthError.Code.QUOTA,
              "a verification may be asked for once a second",
              VERIFICATION_PAUSE));
    }
    record(asked, stream, "verification asked for");
    signals.streams().verified(stream);
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    signals
        .streams()
        .tell(
            stream,
            new SecurityEvent(
                "verification-" + Base64Url.encode(id),
                stream.tenant(),
                EventTypes.VERIFICATION,
                Subjects.opaque(stream.id()),
                JsonObject.builder().put("state", state.orElse(null)).build(),
                now));
    signals.sender().wake();
    response.status(Status.NO_CONTENT_204).send();
  }

  /** Gives events to a receiver that polls, and hears which it has (RFC 8936 2). */
  public void poll(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    Verified token = reader(request, SignalsMetadata.POLL, asked);
    PollRequest poll;
    try {
      poll = PollRequest.parse(FormRequests.body(request));
    } catch (FormatException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
    SignalStream stream =
        signals
            .streams()
            .ofClient(client(token))
            .filter(one -> one.tenant().equals(token.tenant()))
            .orElseThrow(this::unknown);
    signals.streams().deliveries().acknowledged(stream, poll.acknowledged(), poll.faults());
    int max = Math.min(poll.max().orElse(EVENTS_IN_ANSWER_DEFAULT), EVENTS_IN_ANSWER_MAX);
    Map<String, String> sets = signals.streams().deliveries().ready(stream, max + 1);
    if (sets.isEmpty() && !poll.returnsAtOnce() && max > 0) {
      sets = await(stream, max);
    }
    JsonObject.Builder answer = JsonObject.builder();
    List<String> given = new ArrayList<>(sets.keySet());
    boolean isMore = given.size() > max;
    for (String jti : given.subList(0, Math.min(max, given.size()))) {
      answer.put(jti, sets.get(jti));
    }
    JsonObject.Builder json = JsonObject.builder().put("sets", answer.build());
    HttpAnswers.json(response, bytes((isMore ? json.put("moreAvailable", true) : json).build()));
  }

  private Map<String, String> await(SignalStream stream, int max) throws InterruptedException {
    Instant begun = clock.instant();
    try (LongPolls.Poll place = polls.begin(pollTimeMax)) {
      Instant end = begun.plus(place.granted());
      while (true) {
        // Before it is looked: what comes meanwhile opens it.
        CountDownLatch next = signals.sender().nextReady();
        Map<String, String> sets = signals.streams().deliveries().ready(stream, max + 1);
        long left = Duration.between(clock.instant(), end).toMillis();
        if (!sets.isEmpty() || left <= 0) {
          return sets;
        }
        // Another authority may have signed them: it is looked again each second.
        var _ = next.await(Math.min(left, 1_000), TimeUnit.MILLISECONDS);
      }
    }
  }

  private JsonObject json(SignalStream stream) {
    StreamSettings settings = stream.settings();
    JsonObject.Builder delivery = JsonObject.builder();
    if (settings.push().isPresent()) {
      delivery
          .put("method", StreamSettings.PUSH)
          .put("endpoint_url", settings.push().get().endpoint().toString());
    } else {
      delivery
          .put("method", StreamSettings.POLL)
          .put("endpoint_url", issuer + SignalsMetadata.POLL);
    }
    return JsonObject.builder()
        .put("stream_id", stream.id())
        .put("iss", issuer.toString())
        .put("aud", stream.audience(issuer.toString()))
        .put("delivery", delivery.build())
        .put("events_supported", EventTypes.SUPPORTED)
        .put("events_requested", settings.requested())
        .put("events_delivered", settings.delivered())
        .put("min_verification_interval", VERIFICATION_PAUSE.toSeconds())
        .put("description", settings.description().orElse(null))
        .put(StreamSettings.ALGORITHM, settings.algorithm())
        .build();
  }

  private StreamSettings settings(JsonObject body, Optional<StreamSettings> before)
      throws RequestRefusedException {
    StreamSettings settings;
    try {
      settings = before.isPresent() ? before.get().changed(body) : StreamSettings.parse(body);
    } catch (FormatException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
    if (settings.push().isPresent()) {
      Optional<String> objection = objection(settings.push().get().endpoint());
      if (objection.isPresent()) {
        throw invalid("nothing can be sent to delivery.endpoint_url: " + objection.get());
      }
    }
    return settings;
  }

  /** Looked at again, and then in earnest, with each event that is sent. */
  private Optional<String> objection(URI endpoint) {
    List<InetAddress> addresses = List.of();
    try {
      addresses = GuardedConnections.Resolver.ofHost().resolve(endpoint.getHost());
    } catch (UnknownHostException e) {
      // The guard says so.
    }
    return signals.guard().objection(endpoint, addresses);
  }

  private Verified manager(ServerRequest request, String path, Asked asked)
      throws RequestRefusedException, InterruptedException {
    Verified token =
        new BearerScope(tokens, addresses, MANAGE).require(request, URI.create(issuer + path));
    asked.with(token);
    return token;
  }

  private Verified reader(ServerRequest request, String path, Asked asked)
      throws RequestRefusedException, InterruptedException {
    Verified token =
        new BearerScope(tokens, addresses, READ)
            .requireOr(request, URI.create(issuer + path), MANAGE);
    asked.with(token);
    return token;
  }

  private static String client(Verified token) throws RequestRefusedException {
    return token
        .clientId()
        .orElseThrow(
            () ->
                new RequestRefusedException(
                    OAuthError.of(OAuthError.Code.ACCESS_DENIED, "the token is no client's")));
  }

  private SignalStream own(Verified token, String id) throws RequestRefusedException {
    return signals
        .streams()
        .ofClient(client(token))
        .filter(stream -> stream.id().equals(id) && stream.tenant().equals(token.tenant()))
        .orElseThrow(this::unknown);
  }

  private RequestRefusedException unknown() {
    return new RequestRefusedException(
        OAuthError.of(OAuthError.Code.NOT_FOUND, "the client has no such stream"));
  }

  private void record(Asked asked, SignalStream stream, String what)
      throws RequestRefusedException {
    audit.record(
        asked
            .draft(Operation.SIGNAL_STREAM_CHANGE)
            .entity("stream", stream.id())
            .message("stream of client " + stream.clientId() + ": " + what));
  }

  private static Optional<String> parameter(ServerRequest request) {
    return request.query().contains("stream_id")
        ? Optional.of(request.query().get("stream_id"))
        : Optional.empty();
  }

  private static JsonObject body(ServerRequest request) throws RequestRefusedException {
    try {
      return StrictJson.object(FormRequests.body(request), Form.BYTES_MAX);
    } catch (FormatException e) {
      throw invalid("the body is no JSON object: " + e.getMessage());
    }
  }

  private static String text(JsonObject body, String name) throws RequestRefusedException {
    return optionalText(body, name).orElseThrow(() -> invalid(name + " is missing"));
  }

  private static Optional<String> optionalText(JsonObject body, String name)
      throws RequestRefusedException {
    try {
      Optional<String> text = body.optionalString(name);
      if (text.isPresent() && text.get().length() > STATE_MAX) {
        throw invalid(name + " has at most " + STATE_MAX + " characters");
      }
      return text;
    } catch (FormatException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
  }

  private static RequestRefusedException invalid(String why) {
    return new RequestRefusedException(OAuthError.invalidRequest(why));
  }

  private static byte[] bytes(JsonObject json) {
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }
}
