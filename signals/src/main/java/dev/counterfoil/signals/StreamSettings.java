package dev.counterfoil.signals;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a receiver says of its stream (SSF 1.0 8.1.1).
 *
 * @param push where events are posted; empty where the receiver polls
 * @param requested types of events, also of those that are not known here
 * @param description in the receiver's words
 * @param algorithm by which its tokens are signed, or null for the issuer's first
 */
public record StreamSettings(
    Optional<Push> push,
    List<String> requested,
    Optional<String> description,
    @Nullable String algorithm) {
  /** RFC 8935 as a delivery method. */
  public static final String PUSH = "urn:ietf:rfc:8935";

  /** RFC 8936 as a delivery method. */
  public static final String POLL = "urn:ietf:rfc:8936";

  /** Our own member: what the CAEP interoperability profile wants is RS256. */
  public static final String ALGORITHM = "counterfoil_signing_alg";

  private static final Set<String> ALGORITHMS = Set.of("ES256", "RS256");
  private static final String DELIVERY = "delivery";
  private static final String EVENTS = "events_requested";
  private static final String DESCRIPTION = "description";
  private static final int EVENTS_MAX = 100;
  private static final int TEXT_MAX = 1_024;

  public StreamSettings {
    requested = List.copyOf(requested);
  }

  /**
   * Where events are posted.
   *
   * @param authorization the Authorization header that goes with it, where the receiver wants one
   */
  public record Push(URI endpoint, Optional<String> authorization) {
    /** Leaves the header out. */
    @Override
    public String toString() {
      return "Push[" + endpoint.getHost() + "]";
    }
  }

  /** Reads a whole one; what is left out has its default: to poll, and every event. */
  public static StreamSettings parse(JsonObject body) throws FormatException {
    Optional<String> algorithm = text(body, ALGORITHM);
    if (algorithm.isPresent() && !ALGORITHMS.contains(algorithm.get())) {
      throw new FormatException(ALGORITHM + " is ES256 or RS256");
    }
    return new StreamSettings(
        push(body),
        body.has(EVENTS) ? events(body) : EventTypes.SUPPORTED,
        text(body, DESCRIPTION),
        algorithm.orElse(null));
  }

  /** The same with what a body names in the place of what it was (SSF 1.0 8.1.1.3). */
  public StreamSettings changed(JsonObject body) throws FormatException {
    StreamSettings said = parse(body);
    return new StreamSettings(
        body.has(DELIVERY) ? said.push : push,
        body.has(EVENTS) ? said.requested : requested,
        body.has(DESCRIPTION) ? said.description : description,
        body.has(ALGORITHM) ? said.algorithm : algorithm);
  }

  private static Optional<Push> push(JsonObject body) throws FormatException {
    Optional<JsonObject> delivery = body.optionalObject(DELIVERY);
    if (delivery.isEmpty()) {
      return Optional.empty();
    }
    String method = delivery.get().string("method");
    if (method.equals(POLL)) {
      return Optional.empty();
    }
    if (!method.equals(PUSH)) {
      throw new FormatException("delivery.method is " + PUSH + " or " + POLL);
    }
    Optional<String> authorization = text(delivery.get(), "authorization_header");
    if (authorization.isPresent()
        && authorization.get().chars().anyMatch(c -> c < 0x20 || c > 0x7e)) {
      throw new FormatException("authorization_header is printable ASCII");
    }
    String url = text(delivery.get(), "endpoint_url").orElse("");
    try {
      URI endpoint = URI.create(url);
      if (endpoint.getHost() == null || endpoint.getRawFragment() != null) {
        throw new FormatException("delivery.endpoint_url is a URL with a host, without fragment");
      }
      return Optional.of(new Push(endpoint, authorization));
    } catch (IllegalArgumentException e) {
      throw new FormatException("delivery.endpoint_url is not a URL", e);
    }
  }

  private static List<String> events(JsonObject body) throws FormatException {
    List<String> events = body.strings(EVENTS);
    if (events.size() > EVENTS_MAX || events.stream().anyMatch(one -> one.length() > TEXT_MAX)) {
      throw new FormatException(EVENTS + " has at most " + EVENTS_MAX + " URIs");
    }
    return events.stream().distinct().toList();
  }

  private static Optional<String> text(JsonObject body, String name) throws FormatException {
    Optional<String> text = body.optionalString(name);
    if (text.isPresent() && text.get().length() > TEXT_MAX) {
      throw new FormatException(name + " has at most " + TEXT_MAX + " characters");
    }
    return text;
  }

  /** Of the requested ones those that come. */
  public List<String> delivered() {
    return EventTypes.SUPPORTED.stream().filter(requested::contains).toList();
  }

  /** Whether an event of a type comes. */
  public boolean wants(String type) {
    return Stream.concat(
            delivered().stream(), Stream.of(EventTypes.VERIFICATION, EventTypes.STREAM_UPDATED))
        .anyMatch(type::equals);
  }
}
