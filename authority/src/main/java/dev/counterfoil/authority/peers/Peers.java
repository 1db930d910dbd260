package dev.counterfoil.authority.peers;

import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.settings.PeersEntry;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.LinePace;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The other authorities, as this one reaches them. For all threads. */
public final class Peers implements AutoCloseable {
  /** Where the client's address stands, between authorities alone. */
  static final HeaderName CLIENT = HeaderNames.create("Counterfoil-Client");

  /** Which authorities the sender knows: two that differ would each be the home of the same. */
  static final HeaderName KNOWN = HeaderNames.create("Counterfoil-Authorities");

  private static final Duration CONNECT_TIME_MAX = Duration.ofSeconds(1);

  /** As long as an authority may take to ask its signer, and a little more. */
  private static final Duration ANSWER_TIME_MAX = Duration.ofSeconds(15);

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** Longest answer: no page or token is as long. */
  private static final int ANSWER_BYTES_MAX = 8 << 20;

  /** What belongs to one connection (RFC 9110 7.6.1), and what only authorities say. */
  private static final Set<String> OF_ONE_CONNECTION =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "expect",
          "host",
          "content-length",
          "x-forwarded-for",
          "counterfoil-client",
          "counterfoil-authorities");

  private static final System.Logger LOG = System.getLogger(Peers.class.getName());

  private final int own;
  private final Map<Integer, HostPort> others = new HashMap<>();
  private final Map<Integer, HttpClient> clients = new HashMap<>();
  private final String known;
  private final ClientAddress addresses;
  private final Set<Integer> away = ConcurrentHashMap.newKeySet();
  private final LinePace lines = new LinePace(10, Duration.ofMinutes(1));

  /**
   * Reads the certificates, and connects to nothing yet.
   *
   * @param addresses tells where clients' requests come from
   */
  public Peers(PeersEntry entry, ClientAddress addresses) throws IOException {
    this.own = entry.number();
    this.addresses = addresses;
    for (PeersEntry.Peer peer : entry.others()) {
      others.put(peer.number(), peer.address());
      SSLContext tls = PeerCertificates.context(entry, List.of(peer.certificate()));
      clients.put(
          peer.number(),
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .sslContext(tls)
              .connectTimeout(CONNECT_TIME_MAX)
              .followRedirects(HttpClient.Redirect.NEVER)
              .build());
    }
    Set<Integer> all = new TreeSet<>(others.keySet());
    all.add(own);
    this.known = all.toString().replaceAll("[^0-9,]", "");
  }

  /** This authority's number. */
  public int own() {
    return own;
  }

  /** The numbers of all authorities, with commas between. */
  String known() {
    return known;
  }

  /**
   * Has a request answered by the home of a text that it carries, where that is another authority.
   *
   * @param text a code, refresh token or other text that names its home
   * @return false when this authority answers it itself
   * @throws RequestRefusedException when the home does not answer
   */
  public boolean forward(ServerRequest request, ServerResponse response, Form form, String text)
      throws RequestRefusedException {
    int home = HomeNames.of(text);
    // One that came from a peer goes no further.
    if (home == own || !others.containsKey(home) || isFromPeer(request)) {
      return false;
    }
    pass(home, request, response, query(form).getBytes(StandardCharsets.US_ASCII));
    return true;
  }

  static boolean isFromPeer(ServerRequest request) {
    return request.context().get(FromPeer.class).isPresent();
  }

  /** Marks requests of the private listener. */
  record FromPeer() {}

  /** The numbers of the other authorities, rising. */
  public List<Integer> others() {
    return others.keySet().stream().sorted().toList();
  }

  /** Whether another authority answered when it was last asked, or was never asked. */
  public boolean answers(int number) {
    return !away.contains(number);
  }

  /** Whether there is such another authority. */
  boolean has(int number) {
    return others.containsKey(number);
  }

  /** The authority that remembers a text: which one, its hash picks, at all of them the same. */
  int homeOf(String text) {
    byte[] hash = Hash.sha256(text.getBytes(StandardCharsets.UTF_8)).bytes();
    String[] numbers = known.split(",", -1);
    return Integer.parseInt(
        numbers[Math.floorMod((hash[0] << 8) | (hash[1] & 0xff), numbers.length)]);
  }

  /** A form as it is sent. */
  static String query(Form form) {
    StringBuilder body = new StringBuilder();
    form.parameters()
        .forEach(
            (name, values) ->
                values.forEach(
                    value ->
                        body.append(body.isEmpty() ? "" : "&")
                            .append(URLEncoder.encode(name, StandardCharsets.UTF_8))
                            .append('=')
                            .append(URLEncoder.encode(value, StandardCharsets.UTF_8))));
    return body.toString();
  }

  /** Sends a request on as it is, and the answer back. */
  void pass(int home, ServerRequest request, ServerResponse response, byte[] body)
      throws RequestRefusedException {
    HttpResponse<byte[]> answer = send(home, onward(home, request, body), ANSWER_TIME_MAX);
    response.status(Status.create(answer.statusCode()));
    answer
        .headers()
        .map()
        .forEach(
            (name, values) -> {
              if (!OF_ONE_CONNECTION.contains(name.toLowerCase(Locale.ROOT))) {
                response.headers().set(HeaderNames.create(name), values.toArray(String[]::new));
              }
            });
    response.send(answer.body());
  }

  private HttpRequest onward(int home, ServerRequest request, byte[] body)
      throws RequestRefusedException {
    String query = request.prologue().query().rawValue();
    try {
      HttpRequest.Builder onward =
          to(home, request.prologue().uriPath().rawPath() + (query.isEmpty() ? "" : "?" + query))
              .method(
                  request.prologue().method().text(),
                  body.length == 0
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofByteArray(body))
              .header(CLIENT.defaultCase(), addresses.of(request));
      for (Header header : request.headers()) {
        if (!OF_ONE_CONNECTION.contains(header.name().toLowerCase(Locale.ROOT))) {
          header.allValues().forEach(value -> onward.header(header.name(), value));
        }
      }
      return onward.build();
    } catch (IllegalArgumentException e) {
      // A URI or a header that the client here takes and the one there does not.
      throw new RequestRefusedException(
          OAuthError.invalidRequest("the URI or a header holds what has to be encoded"));
    }
  }

  /**
   * Asks another authority something.
   *
   * @throws RequestRefusedException when it does not answer
   */
  JsonObject ask(int home, String path, JsonObject question) throws RequestRefusedException {
    return ask(home, path, question, ANSWER_TIME_MAX);
  }

  /** The same within a time. */
  JsonObject ask(int home, String path, JsonObject question, Duration within)
      throws RequestRefusedException {
    HttpResponse<byte[]> answer =
        send(
            home,
            to(home, path).POST(HttpRequest.BodyPublishers.ofString(question.toString())).build(),
            within);
    if (answer.statusCode() != 200) {
      throw away(home, "it answered " + answer.statusCode());
    }
    try {
      return StrictJson.object(answer.body(), ANSWER_BYTES_MAX);
    } catch (FormatException e) {
      throw away(home, "its answer is malformed");
    }
  }

  private HttpRequest.Builder to(int home, String pathAndQuery) {
    return HttpRequest.newBuilder(URI.create("https://" + others.get(home) + pathAndQuery))
        .header(KNOWN.defaultCase(), known);
  }

  /** The time is for the whole answer: one that stops in the middle is given up, too. */
  private HttpResponse<byte[]> send(int home, HttpRequest request, Duration within)
      throws RequestRefusedException {
    @Nullable HttpClient client = clients.get(home);
    if (client == null) {
      throw away(home, "it is not known here");
    }
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(
            request,
            HttpResponse.BodyHandlers.limiting(
                HttpResponse.BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
    try {
      HttpResponse<byte[]> answered = answer.get(within.toMillis(), TimeUnit.MILLISECONDS);
      away.remove(home);
      return answered;
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw away(home, "no answer within " + within.toSeconds() + " s");
    } catch (ExecutionException e) {
      throw away(home, String.valueOf(e.getCause()));
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw away(home, "this process ends");
    }
  }

  private RequestRefusedException away(int home, String why) {
    if (others.containsKey(home)) {
      away.add(home);
    }
    if (lines.take(System.nanoTime())) {
      LOG.log(
          System.Logger.Level.WARNING,
          "authority {0} at {1} cannot be asked: {2}. What it is home of is refused until it can",
          Integer.toString(home),
          others.get(home),
          why);
    }
    return new RequestRefusedException(
        OAuthError.unavailable(
            "the authority that this belongs to does not answer at this time", RETRY_AFTER));
  }

  @Override
  public void close() {
    clients.values().forEach(HttpClient::shutdownNow);
  }
}
