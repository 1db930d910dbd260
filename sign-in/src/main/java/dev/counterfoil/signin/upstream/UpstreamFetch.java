package dev.counterfoil.signin.upstream;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.http.outbound.OutboundGuard;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks a provider, within limits: https, but on this host; no redirects; a size and a time for the
 * whole answer. The operator chose the provider's own host; other hosts that it names are asked
 * where anything that others named is.
 */
final class UpstreamFetch {
  static final int BYTES_MAX = 256 * 1024;
  static final Duration TIME_MAX = Duration.ofSeconds(5);

  private final HttpClient http;
  private final OutboundGuard guard;
  private final URI chosen;

  /**
   * Begins.
   *
   * @param guard where other hosts than the chosen one may lie
   * @param chosen the provider's address, as the operator wrote it
   * @throws IllegalArgumentException when the client follows redirects
   */
  UpstreamFetch(HttpClient http, OutboundGuard guard, URI chosen) {
    if (http.followRedirects() != HttpClient.Redirect.NEVER) {
      throw new IllegalArgumentException("a provider's redirects are not followed");
    }
    this.http = http;
    this.guard = guard;
    this.chosen = chosen;
  }

  /** A provider's address that may be asked. */
  URI allowed(String what, String text) throws UpstreamRefusedException {
    URI address;
    try {
      address = SecureUrl.require(what, URI.create(text));
    } catch (IllegalArgumentException e) {
      throw new UpstreamRefusedException("address", String.valueOf(e.getMessage()), e);
    }
    Optional<String> objection =
        address.getHost().equalsIgnoreCase(chosen.getHost()) ? Optional.empty() : other(address);
    if (objection.isPresent()) {
      throw new UpstreamRefusedException(
          "address", "the provider's " + what + " is not asked: " + objection.get());
    }
    return address;
  }

  /** What a provider elsewhere calls this host is not where it is. */
  private Optional<String> other(URI address) {
    return SecureUrl.isThisHost(address) && !SecureUrl.isThisHost(chosen)
        ? Optional.of("it is this host, and the provider is another")
        : guard.objection(address, resolved(address.getHost()));
  }

  private static List<InetAddress> resolved(String host) {
    try {
      return List.of(InetAddress.getAllByName(host));
    } catch (UnknownHostException e) {
      return List.of();
    }
  }

  JsonObject get(URI address) throws IOException {
    return json(HttpRequest.newBuilder(address).GET(), 200);
  }

  /** Sends a form; answers of 200 alone are read. */
  JsonObject post(URI address, String form, String authorization) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    return json(request, 200);
  }

  private JsonObject json(HttpRequest.Builder request, int wanted) throws IOException {
    CompletableFuture<HttpResponse<byte[]>> asked =
        http.sendAsync(
            request.header("Accept", "application/json").timeout(TIME_MAX).build(),
            BodyHandlers.limiting(BodyHandlers.ofByteArray(), BYTES_MAX));
    try {
      // The request's own limit ends with the headers; a body that drips is cut here.
      HttpResponse<byte[]> answer = asked.get(TIME_MAX.toMillis(), TimeUnit.MILLISECONDS);
      if (answer.statusCode() != wanted) {
        throw new IOException("the provider answered " + answer.statusCode());
      }
      return StrictJson.object(answer.body(), BYTES_MAX);
    } catch (TimeoutException e) {
      asked.cancel(true);
      throw new IOException("the provider did not answer in time", e);
    } catch (ExecutionException e) {
      throw new IOException("the provider cannot be asked: " + e.getCause(), e);
    } catch (FormatException e) {
      throw new IOException("the provider answered no JSON object", e);
    } catch (InterruptedException e) {
      asked.cancel(true);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
