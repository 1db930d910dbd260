package dev.counterfoil.authority.administration;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Administrator;
import dev.counterfoil.authority.auditing.Asked;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ClientDirectory;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.http.Endpoint;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.logs.BearerScope;
import dev.counterfoil.authority.logs.IssuedTokens;
import dev.counterfoil.authority.settings.AdministrationEntry;
import dev.counterfoil.authority.settings.AuthorityConfiguration.Domain;
import dev.counterfoil.authority.token.RevocationQuota;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Watchers;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.verifier.Verified;
import io.helidon.common.uri.UriEncoding;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The administration over HTTP, for programs: the commands of the admin socket, below {@link
 * AdministrationRoute#BASE}. Who asks is a client that holds an access token of this authority for
 * itself; a token of the operator's tenant reaches all tenants, any other its own.
 *
 * <p>In this order: the network, the token, its client as it is registered now, the quota, the
 * route, the arguments. Then the command, which records itself before it is done.
 */
public final class AdministrationApi implements AuthorityAudit.Action {
  /** Methods that any of its paths takes. */
  public static final List<Method> METHODS =
      List.of(Method.GET, Method.POST, Method.PUT, Method.PATCH, Method.DELETE);

  /** Requests of one client at once, after a pause. */
  public static final int BURST = 100;

  /** Requests of one client each second after those. */
  public static final int PER_SECOND = 20;

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
  private static final int SEGMENT_MAX = 600;

  /** Taken, and not done yet (RFC 9110 15.3.3). */
  private static final int WAITS = 202;

  private static final Pattern TAG = Pattern.compile("\"([0-9a-f]{1,32})\"");

  private final AdminCommands commands;
  private final ClientDirectory clients;
  private final IssuedTokens tokens;
  private final ClientAddress addresses;
  private final Watchers networks;
  private final RevocationQuota quota;
  private final Domain domain;

  private AdministrationApi(
      AdminCommands commands,
      ClientDirectory clients,
      IssuedTokens tokens,
      ClientAddress addresses,
      List<String> networks,
      Domain domain,
      InstantSource clock) {
    this.commands = commands;
    this.clients = clients;
    this.tokens = tokens;
    this.addresses = addresses;
    this.networks = Watchers.of(networks);
    this.quota = new RevocationQuota(clock, RevocationQuota.CLIENTS_MAX, BURST, PER_SECOND);
    this.domain = domain;
  }

  /** The API of a domain, each refusal an event; empty where it is not configured. */
  public static Optional<Endpoint.Action> of(
      AdminCommands commands,
      ClientDirectory clients,
      IssuedTokens tokens,
      ClientAddress addresses,
      Domain domain,
      AuthorityAudit audit,
      InstantSource clock) {
    return domain
        .administration()
        .filter(AdministrationEntry::api)
        .map(
            entry ->
                audit.audited(
                    Operation.ADMINISTRATION_REFUSE,
                    addresses,
                    new AdministrationApi(
                        commands, clients, tokens, addresses, entry.networks(), domain, clock)));
  }

  @Override
  public void answer(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    if (!networks.admit(request)) {
      throw refused(
          OAuthError.Code.ACCESS_DENIED,
          "administration is for this host and for the networks of the configuration");
    }
    Method method = request.prologue().method();
    String path = request.prologue().uriPath().rawPath().substring(domain.path().length());
    String scope = scope(method, path);
    Verified token = new BearerScope(tokens, addresses, scope).require(request, domain.url(path));
    asked.with(token);
    Client client = holder(token, scope);
    if (!quota.take(client.id())) {
      throw new RequestRefusedException(
          new OAuthError(
              OAuthError.Code.QUOTA, "this client asks too often. Try again", RETRY_AFTER));
    }
    Found found = find(method, path, response);
    JsonObject arguments = arguments(found, request);
    Administrator who =
        Administrator.with(token, client.id(), addresses.of(request), domain.ownTenant());
    // What the command refuses is its own event.
    asked.told();
    answer(found, carryOut(found.route, arguments, who), response);
  }

  /** Also of an unknown path: without a token, nobody learns which paths exist. */
  private static String scope(Method method, String path) {
    if (path.startsWith(AdministrationRoute.BASE + "/containment/")) {
      return ClientRegistration.RESPOND_SCOPE;
    }
    if (path.equals(AdministrationRoute.BASE + "/notices")) {
      return ClientRegistration.NOTICE_SCOPE;
    }
    return method.equals(Method.GET)
        ? ClientRegistration.ADMIN_READ_SCOPE
        : ClientRegistration.ADMIN_SCOPE;
  }

  /** The client as it is now: one that is no administrator any more is none at once. */
  private Client holder(Verified token, String scope) throws RequestRefusedException {
    return token
        .clientId()
        .flatMap(clients::find)
        .filter(clients::admits)
        .filter(client -> client.mayHaveScope(scope))
        .filter(client -> client.registration().tenant().equals(token.tenant()))
        .filter(client -> client.registration().subject().equals(token.subject()))
        .orElseThrow(
            () ->
                refused(
                    OAuthError.Code.ACCESS_DENIED,
                    "the client of this token administers nothing, or nothing any more"));
  }

  private record Found(AdministrationRoute route, Map<String, String> inPath) {}

  private static Found find(Method method, String path, ServerResponse response)
      throws RequestRefusedException {
    List<String> segments = segments(path);
    List<Method> others = new ArrayList<>();
    for (AdministrationRoute route : AdministrationRoute.ALL) {
      Optional<Map<String, String>> inPath = route.match(segments);
      if (inPath.isPresent()) {
        if (route.method().equals(method)) {
          return new Found(route, inPath.get());
        }
        others.add(route.method());
      }
    }
    if (others.isEmpty()) {
      throw refused(OAuthError.Code.NOT_FOUND, "nothing lies at this path");
    }
    String allowed = others.stream().map(Method::text).collect(Collectors.joining(", "));
    response.header(HeaderNames.ALLOW, allowed);
    throw refused(OAuthError.Code.METHOD_NOT_ALLOWED, "this path takes " + allowed + " only");
  }

  /** The parts of a path below the base: names hold slashes, which are encoded. */
  private static List<String> segments(String path) throws RequestRefusedException {
    List<String> segments = new ArrayList<>();
    String base = AdministrationRoute.BASE + "/";
    if (!path.startsWith(base)) {
      throw refused(OAuthError.Code.NOT_FOUND, "nothing lies at this path");
    }
    for (String segment : path.substring(base.length()).split("/", -1)) {
      String text;
      try {
        text = UriEncoding.decodeUri(segment);
      } catch (IllegalArgumentException e) {
        throw refused(OAuthError.Code.INVALID_REQUEST, "the path is not encoded as it should be");
      }
      if (text.isEmpty()
          || text.length() > SEGMENT_MAX
          || text.chars().anyMatch(c -> Character.isISOControl(c) || c == '\ufffd')) {
        throw refused(OAuthError.Code.NOT_FOUND, "nothing lies at this path");
      }
      segments.add(text);
    }
    return segments;
  }

  private static JsonObject arguments(Found found, ServerRequest request)
      throws RequestRefusedException {
    AdministrationRoute route = found.route;
    Map<String, Object> arguments = new HashMap<>(found.inPath);
    arguments.putAll(route.fixed());
    query(route, request).forEach(arguments::put);
    JsonObject body = body(route, request);
    for (String name : body.names()) {
      Object value = Objects.requireNonNull(body.get(name));
      Object before = arguments.putIfAbsent(name, value);
      if (before != null && !before.equals(value)) {
        throw refused(
            OAuthError.Code.INVALID_REQUEST, "the path and the body say different things");
      }
    }
    version(route, request).ifPresent(version -> arguments.put("version", version));
    JsonObject made = JsonObject.builder().build();
    for (Map.Entry<String, Object> one : arguments.entrySet()) {
      made = made.with(one.getKey(), one.getValue());
    }
    return made;
  }

  private static Map<String, String> query(AdministrationRoute route, ServerRequest request)
      throws RequestRefusedException {
    Map<String, String> arguments = new HashMap<>();
    if (!request.prologue().hasQuery()) {
      return arguments;
    }
    Form form = Form.query(request.prologue().query().rawValue());
    for (Map.Entry<String, List<String>> one : form.parameters().entrySet()) {
      if (!route.query().contains(one.getKey()) || one.getValue().size() != 1) {
        throw refused(
            OAuthError.Code.INVALID_REQUEST,
            "the query has a parameter that this path does not take, or one twice");
      }
      arguments.put(one.getKey(), one.getValue().getFirst());
    }
    return arguments;
  }

  private static JsonObject body(AdministrationRoute route, ServerRequest request)
      throws RequestRefusedException {
    byte[] body = FormRequests.body(request);
    if (body.length == 0) {
      return JsonObject.builder().build();
    }
    if (route.body() instanceof AdministrationRoute.Body.None) {
      throw refused(OAuthError.Code.INVALID_REQUEST, "this path takes no body");
    }
    String type = FormRequests.header(request, HeaderNames.CONTENT_TYPE).orElse("");
    if (!type.equals("application/json")
        || request.headers().contains(HeaderNames.CONTENT_ENCODING)) {
      throw refused(
          OAuthError.Code.INVALID_REQUEST,
          "Content-Type is application/json, and there is no Content-Encoding");
    }
    try {
      JsonObject json = StrictJson.object(body, Form.BYTES_MAX);
      if (route.body() instanceof AdministrationRoute.Body.Members members) {
        json.allowOnly(members.names().toArray(String[]::new));
      } else if (json.has("version")) {
        throw new FormatException("the version stands in If-Match");
      }
      return json;
    } catch (FormatException e) {
      throw refused(OAuthError.Code.INVALID_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  /** The version in {@code If-Match}: a number of people and groups, a text of clients. */
  private static Optional<Object> version(AdministrationRoute route, ServerRequest request)
      throws RequestRefusedException {
    Optional<String> header = FormRequests.header(request, HeaderNames.IF_MATCH);
    if (header.isEmpty()) {
      if (route.match() == AdministrationRoute.Match.REQUIRED) {
        throw refused(
            OAuthError.Code.VERSION_REQUIRED,
            "read it first, and send its ETag in If-Match: then nobody's change is overwritten");
      }
      return Optional.empty();
    }
    Matcher tag = TAG.matcher(header.get());
    if (route.match() == AdministrationRoute.Match.NONE || !tag.matches()) {
      throw refused(
          OAuthError.Code.INVALID_REQUEST, "If-Match is one ETag, at a path that takes it");
    }
    String version = tag.group(1);
    if (route.template().startsWith("/clients/")) {
      return Optional.of(version);
    }
    try {
      return Optional.of(Decimal.parse(version, Long.MAX_VALUE));
    } catch (FormatException e) {
      throw refused(OAuthError.Code.OUTDATED, "this is the version of something else");
    }
  }

  private Answer carryOut(AdministrationRoute route, JsonObject arguments, Administrator who) {
    return commands.carryOutRemote(new Request.Command(route.command(), arguments), who);
  }

  private static void answer(Found found, Answer answer, ServerResponse response)
      throws RequestRefusedException {
    switch (answer) {
      case Answer.Done done -> done(found, done.result(), response);
      case Answer.Refused refused -> throw new RequestRefusedException(error(refused));
      case Answer.Issued issued -> throw otherKind();
      case Answer.Records records -> throw otherKind();
      case Answer.Recorded recorded -> throw otherKind();
    }
  }

  private static IllegalStateException otherKind() {
    return new IllegalStateException("answer of another kind");
  }

  private static void done(Found found, JsonObject result, ServerResponse response)
      throws RequestRefusedException {
    JsonObject json = result;
    if (found.route.command().equals(ClientCommands.LIST)
        && found.inPath.containsKey("client_id")) {
      json = single(result);
    }
    tag(json).ifPresent(tag -> response.header(HeaderNames.ETAG, "\"" + tag + "\""));
    HttpAnswers.json(
        response,
        json.has("waits") ? WAITS : found.route.status(),
        json.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static JsonObject single(JsonObject list) throws RequestRefusedException {
    try {
      if (list.objects("clients").isEmpty()) {
        throw refused(OAuthError.Code.NOT_FOUND, "there is no client of this id");
      }
      return JsonObject.builder()
          .put("client", list.objects("clients").getFirst())
          .put("standing", list.objects("standings").getFirst())
          .put("uses_since", list.number("uses_since"))
          .build();
    } catch (FormatException e) {
      throw new IllegalStateException("a list of clients is none", e);
    }
  }

  /** The version of the one that an answer is about. */
  private static Optional<String> tag(JsonObject json) {
    for (String name : List.of("person", "group", "standing")) {
      if (json.get(name) instanceof JsonObject one && one.get("version") != null) {
        return Optional.of(String.valueOf(one.get("version")));
      }
    }
    return Optional.empty();
  }

  /** A refused command as a program hears it. */
  private static OAuthError error(Answer.Refused refused) {
    OAuthError.Code code =
        switch (refused.code()) {
          case MALFORMED -> OAuthError.Code.INVALID_REQUEST;
          case UNKNOWN -> OAuthError.Code.NOT_FOUND;
          case CONFLICT, QUOTA, GONE, TOO_SOON -> OAuthError.Code.CONFLICT;
          case OUTDATED -> OAuthError.Code.OUTDATED;
          case OUT_OF_SCOPE -> OAuthError.Code.INVALID_TARGET;
          case NOT_ALLOWED, NOT_ITS_OWN -> OAuthError.Code.ACCESS_DENIED;
          case BUSY, NO_KEY, DISK_FULL, LEVEL_NOT_REACHED, SEALED ->
              OAuthError.Code.TEMPORARILY_UNAVAILABLE;
        };
    return code == OAuthError.Code.TEMPORARILY_UNAVAILABLE
        ? OAuthError.unavailable(refused.text(), RETRY_AFTER)
        : OAuthError.of(code, refused.text());
  }

  private static RequestRefusedException refused(OAuthError.Code code, String description) {
    return new RequestRefusedException(OAuthError.of(code, description));
  }
}
