package dev.counterfoil.assess.fetch;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * GETs public documents within limits. Redirects are followed on the same host only: keys come from
 * where the issuer says, not from where an answer points.
 */
public final class Fetcher {
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  private final HttpClient http;
  private final AssessmentLimits limits;

  /**
   * @throws IllegalArgumentException if the client follows redirects by itself: they could not be
   *     seen
   */
  public Fetcher(HttpClient http, AssessmentLimits limits) {
    if (http.followRedirects() != HttpClient.Redirect.NEVER) {
      throw new IllegalArgumentException(
          "the HTTP client must not follow redirects: this class does, and reports them");
    }
    this.http = http;
    this.limits = limits;
  }

  /** What became of one GET. */
  public sealed interface Fetched {
    /**
     * Answered with 200; {@code redirects} is how many were followed on the way to {@code from}.
     */
    record Answer(URI from, HttpHeaders headers, String body, int redirects) implements Fetched {}

    /** Answered, but not with the document. */
    record Refused(int status) implements Fetched {}

    /** Points to another host, or from https to http; not followed. */
    record LedAway(URI to) implements Fetched {}

    /** No answer that could be used. */
    record Failed(String why) implements Fetched {}
  }

  /** Fetches an address that the operator chose, {@code file:} addresses included. */
  public Fetched fetchChosen(URI address) {
    return "file".equals(address.getScheme())
        ? readFile(Path.of(address))
        : fetchNamed(address, address);
  }

  /**
   * Fetches an address that an issuer's document names.
   *
   * @param trusted an address of the operator's own choice: what a stranger names is not fetched
   *     from loopback or link-local networks unless the operator's own address is there too
   */
  public Fetched fetchNamed(URI address, URI trusted) {
    URI at = address;
    for (int redirects = 0; redirects <= limits.redirects(); redirects++) {
      if (!isHttp(at)) {
        return new Fetched.Failed("not an http or https address");
      }
      if (isInward(at) && !isInward(trusted)) {
        return new Fetched.Failed(
            "the address lies in this machine's own network, where the issuer does not");
      }
      HttpResponse<byte[]> response;
      switch (get(at)) {
        case Got.Response got -> response = got.response();
        case Got.Nothing nothing -> {
          return new Fetched.Failed(nothing.why());
        }
      }
      if (response.statusCode() == 200) {
        return new Fetched.Answer(at, response.headers(), text(response.body()), redirects);
      }
      if (!REDIRECTS.contains(response.statusCode())) {
        return new Fetched.Refused(response.statusCode());
      }
      URI next;
      try {
        next = at.resolve(response.headers().firstValue("location").orElse(""));
      } catch (IllegalArgumentException e) {
        return new Fetched.Failed("redirects to something that is no address");
      }
      if (!isHttp(next)
          || !next.getHost().equalsIgnoreCase(at.getHost())
          || isDowngrade(at, next)) {
        return new Fetched.LedAway(next);
      }
      at = next;
    }
    return new Fetched.Failed("more than " + limits.redirects() + " redirects");
  }

  private sealed interface Got {
    record Response(HttpResponse<byte[]> response) implements Got {}

    record Nothing(String why) implements Got {}
  }

  private Got get(URI address) {
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .timeout(limits.fetchTime())
            .header("Accept", "application/json")
            .header("User-Agent", "counterfoil-assess")
            .build();
    CompletableFuture<HttpResponse<byte[]>> answer =
        http.sendAsync(
            request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), limits.documentBytes()));
    try {
      // The request's own time-out ends with the headers; a body that drips is cut here.
      return new Got.Response(answer.get(limits.fetchTime().toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      answer.cancel(true);
      return new Got.Nothing("no complete answer within " + limits.fetchTime().toSeconds() + " s");
    } catch (ExecutionException e) {
      return new Got.Nothing(Printable.of(String.valueOf(e.getCause())));
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      return new Got.Nothing("interrupted");
    }
  }

  private Fetched readFile(Path file) {
    try {
      if (Files.size(file) > limits.documentBytes()) {
        return new Fetched.Failed("longer than " + limits.documentBytes() + " bytes");
      }
      return new Fetched.Answer(
          file.toUri(),
          HttpHeaders.of(Map.of(), (name, value) -> true),
          text(Files.readAllBytes(file)),
          0);
    } catch (IOException e) {
      return new Fetched.Failed(Printable.of(e.toString()));
    }
  }

  /**
   * JSON between systems is UTF-8 (RFC 8259 section 8.1); what is not becomes visible as
   * replacement characters.
   */
  private static String text(byte[] body) {
    return new String(body, StandardCharsets.UTF_8);
  }

  public static boolean isHttp(URI address) {
    String scheme = address.getScheme() == null ? "" : address.getScheme().toLowerCase(Locale.ROOT);
    return (scheme.equals("https") || scheme.equals("http"))
        && address.getHost() != null
        && address.getUserInfo() == null;
  }

  public static boolean isHttps(URI address) {
    return "https".equalsIgnoreCase(address.getScheme());
  }

  private static boolean isDowngrade(URI from, URI to) {
    return isHttps(from) && !isHttps(to);
  }

  /** Whether the host is this machine or its own link: where a stranger's address must not lead. */
  public static boolean isInward(URI address) {
    if (!isHttp(address)) {
      return false;
    }
    try {
      InetAddress host = InetAddress.getByName(address.getHost());
      return host.isLoopbackAddress() || host.isLinkLocalAddress() || host.isAnyLocalAddress();
    } catch (UnknownHostException e) {
      // Refused: a name that does not resolve leads nowhere; the GET will say so.
      return false;
    }
  }
}
