package dev.counterfoil.signin.upstream;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.http.outbound.GuardedAsks;
import dev.counterfoil.http.outbound.GuardedConnections;
import dev.counterfoil.http.outbound.OutboundGuard;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Asks a provider, within limits: https, but on this host; no redirects; a size and a time for the
 * whole answer. The operator chose the provider's own host; other hosts that it names are asked
 * where anything that others named is. Each name is resolved once for a request, and the address
 * that was looked at is the one that is asked.
 */
final class UpstreamFetch {
  static final int BYTES_MAX = 256 * 1024;
  static final Duration TIME_MAX = Duration.ofSeconds(5);

  private final OutboundGuard guard;
  private final GuardedConnections connections;
  private final GuardedAsks asks;
  private final URI chosen;

  /**
   * Begins.
   *
   * @param connections by which it is asked
   * @param guard where other hosts than the chosen one may lie
   * @param chosen the provider's address, as the operator wrote it
   */
  UpstreamFetch(GuardedConnections connections, OutboundGuard guard, URI chosen) {
    this.guard = guard;
    this.connections = connections;
    this.asks = new GuardedAsks(connections, this::objection, TIME_MAX, BYTES_MAX);
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
    Optional<String> objection = objection(address, resolved(address.getHost()));
    if (objection.isPresent()) {
      throw new UpstreamRefusedException(
          "address", "the provider's " + what + " is not asked: " + objection.get());
    }
    return address;
  }

  /** Why an address is not asked, by what its name stands for at this very time. */
  private Optional<String> objection(URI address, List<InetAddress> resolved) {
    boolean isChosen = address.getHost().equalsIgnoreCase(chosen.getHost());
    if (SecureUrl.isThisHost(address) && !SecureUrl.isThisHost(chosen)) {
      // What a provider elsewhere calls this host is not where it is.
      return Optional.of("it is this host, and the provider is another");
    }
    return isChosen ? ofChosen(resolved) : guard.objection(address, resolved);
  }

  /** The operator's provider may lie in a network of their own; its name leads nowhere else. */
  private Optional<String> ofChosen(List<InetAddress> resolved) {
    boolean isThisHost = SecureUrl.isThisHost(chosen);
    if (resolved.isEmpty()) {
      return Optional.of("its name is not known");
    }
    for (InetAddress address : resolved) {
      boolean isLocal =
          address.isLoopbackAddress()
              || address.isAnyLocalAddress()
              || address.isLinkLocalAddress()
              || address.isMulticastAddress();
      if (isLocal != isThisHost) {
        return Optional.of("its name leads to this host, or to no other that can be a provider");
      }
    }
    return Optional.empty();
  }

  private List<InetAddress> resolved(String host) {
    try {
      return connections
          .resolver()
          .resolve(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
    } catch (UnknownHostException e) {
      return List.of();
    }
  }

  JsonObject get(URI address) throws IOException {
    return json("GET", address, Map.of(), "");
  }

  /** The same; empty where the provider has nothing there. */
  Optional<JsonObject> find(URI address) throws IOException {
    return answer("GET", address, Map.of(), "");
  }

  /** Sends a form; answers of 200 alone are read. */
  JsonObject post(URI address, String form, String authorization) throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/x-www-form-urlencoded");
    if (!authorization.isEmpty()) {
      headers.put("Authorization", authorization);
    }
    return json("POST", address, headers, form);
  }

  private JsonObject json(String method, URI address, Map<String, String> more, String body)
      throws IOException {
    return answer(method, address, more, body)
        .orElseThrow(() -> new IOException("the provider answered 404"));
  }

  private Optional<JsonObject> answer(
      String method, URI address, Map<String, String> more, String body) throws IOException {
    Map<String, String> headers = new LinkedHashMap<>(more);
    headers.put("Accept", "application/json");
    try {
      GuardedAsks.Answer answer =
          asks.ask(method, address, headers, body.getBytes(StandardCharsets.US_ASCII));
      if (answer.status() == 404) {
        return Optional.empty();
      }
      if (answer.status() != 200) {
        throw new IOException("the provider answered " + answer.status());
      }
      return Optional.of(StrictJson.object(answer.body(), BYTES_MAX));
    } catch (FormatException e) {
      throw new IOException("the provider answered no JSON object", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
