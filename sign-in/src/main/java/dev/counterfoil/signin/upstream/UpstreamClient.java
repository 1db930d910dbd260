package dev.counterfoil.signin.upstream;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.clock.TimedPause;
import dev.counterfoil.http.outbound.GuardedConnections;
import dev.counterfoil.http.outbound.OutboundGuard;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Our side of a provider: code flow with PKCE (RFC 7636) and nonce, the issuer of the answer
 * checked (RFC 9207). For all threads.
 */
public final class UpstreamClient {
  /** How long discovery and keys are believed. */
  private static final Duration KEPT = Duration.ofHours(1);

  private static final Duration FAILED_FOR = Duration.ofSeconds(10);

  /** How often an unknown key has them fetched again. */
  private static final Duration AGAIN_AFTER = Duration.ofMinutes(1);

  private final Upstream upstream;
  private final URI redirect;
  private final UpstreamFetch fetch;
  private final InstantSource clock;
  private @Nullable Known known;
  private @Nullable Known ofEvents;
  private final Map<Asker, Instant> fetchedFor = new EnumMap<>(Asker.class);
  private TimedPause afterFailure = TimedPause.OVER;

  /** Who may have new keys fetched, each for itself: anyone can send events with unknown keys. */
  private enum Asker {
    SIGN_IN,
    EVENT
  }

  /** What a provider says of itself, and its keys. */
  private record Known(URI authorization, URI token, boolean saysIssuer, JWKSet keys, Instant at) {
    Known with(JWKSet more) {
      List<JWK> all = new ArrayList<>(keys.getKeys());
      all.addAll(more.getKeys());
      return new Known(authorization, token, saysIssuer, new JWKSet(all), at);
    }
  }

  /**
   * A client of a provider.
   *
   * @param redirect where its answers come back
   * @param connections by which it is asked
   * @param guard where endpoints that the provider names may lie, beside its own host
   */
  public UpstreamClient(
      Upstream upstream,
      URI redirect,
      GuardedConnections connections,
      OutboundGuard guard,
      InstantSource clock) {
    this.upstream = upstream;
    this.redirect = redirect;
    this.fetch = new UpstreamFetch(connections, guard, upstream.issuer());
    this.clock = clock;
  }

  public Upstream upstream() {
    return upstream;
  }

  private synchronized Known known() throws UpstreamRefusedException, IOException {
    @Nullable Known present = known;
    return present != null && clock.instant().isBefore(present.at.plus(KEPT)) ? present : fetched();
  }

  /**
   * The keys as they are now, or as they were known before: the asker had them fetched just now.
   */
  private synchronized Known withNewKeys(Asker asker) throws UpstreamRefusedException, IOException {
    Instant now = clock.instant();
    if (now.isBefore(fetchedFor.getOrDefault(asker, Instant.MIN).plus(AGAIN_AFTER))) {
      return known();
    }
    Known fresh = fetched();
    fetchedFor.put(asker, now);
    return fresh;
  }

  /** The same with the keys that a transmitter of events names, where it keeps others for them. */
  private synchronized Known withKeysOfEvents() throws UpstreamRefusedException, IOException {
    Instant before = fetchedFor.getOrDefault(Asker.EVENT, Instant.MIN);
    Known fresh = withNewKeys(Asker.EVENT);
    if (!fetchedFor.getOrDefault(Asker.EVENT, Instant.MIN).equals(before)) {
      ofEvents = fresh.with(transmitterKeys());
    }
    @Nullable Known present = ofEvents;
    return present == null ? fresh : present;
  }

  /** SSF 1.0 7.1: a transmitter's metadata, where it has any. */
  private JWKSet transmitterKeys() throws UpstreamRefusedException, IOException {
    URI issuer = upstream.issuer();
    String path = issuer.getRawPath().replaceAll("/$", "");
    // 7.1.1: the well-known part stands before the issuer's path.
    Optional<JsonObject> said = fetch.find(issuer.resolve("/.well-known/ssf-configuration" + path));
    if (said.isEmpty() || !said.get().has("jwks_uri")) {
      return new JWKSet();
    }
    try {
      if (!said.get().string("issuer").equals(issuer.toString())) {
        throw new UpstreamRefusedException(
            "discovery", "the transmitter's document is of another issuer (SSF 1.0 7.2.3)");
      }
      return JWKSet.parse(
          fetch.get(fetch.allowed("jwks_uri", said.get().string("jwks_uri"))).toString());
    } catch (FormatException | ParseException e) {
      throw new UpstreamRefusedException("discovery", "the transmitter's document is malformed", e);
    }
  }

  private Known fetched() throws UpstreamRefusedException, IOException {
    Instant now = clock.instant();
    if (!afterFailure.isOver(now)) {
      throw new IOException("the provider failed a moment ago");
    }
    try {
      Known fresh = discovered(now);
      known = fresh;
      return fresh;
    } catch (IOException | UpstreamRefusedException e) {
      // Or all who wait here would wait one after the other, and strangers would have it asked.
      afterFailure = TimedPause.from(now, FAILED_FOR);
      throw e;
    }
  }

  private Known discovered(Instant now) throws UpstreamRefusedException, IOException {
    String issuer = upstream.issuer().toString();
    JsonObject said =
        fetch.get(URI.create(issuer.replaceAll("/$", "") + "/.well-known/openid-configuration"));
    try {
      if (!said.string("issuer").equals(issuer)) {
        throw new UpstreamRefusedException(
            "discovery", "the provider's document is of another issuer (Discovery, 4.3)");
      }
      return new Known(
          fetch.allowed("authorization_endpoint", said.string("authorization_endpoint")),
          fetch.allowed("token_endpoint", said.string("token_endpoint")),
          said.has("authorization_response_iss_parameter_supported")
              && said.truth("authorization_response_iss_parameter_supported"),
          JWKSet.parse(fetch.get(fetch.allowed("jwks_uri", said.string("jwks_uri"))).toString()),
          now);
    } catch (FormatException | ParseException e) {
      throw new UpstreamRefusedException("discovery", "the provider's document is malformed", e);
    }
  }

  /**
   * A request as the browser takes it to the provider.
   *
   * @param verifier of PKCE; its hash goes along
   * @param freshly whether the person is to prove again who they are
   */
  public URI authorization(String state, String nonce, String verifier, boolean freshly)
      throws UpstreamRefusedException, IOException {
    Map<String, String> query = new LinkedHashMap<>();
    query.put("response_type", "code");
    query.put("client_id", upstream.clientId());
    query.put("redirect_uri", redirect.toString());
    query.put("scope", "openid profile email");
    query.put("state", state);
    query.put("nonce", nonce);
    query.put(
        "code_challenge", Hash.sha256(verifier.getBytes(StandardCharsets.US_ASCII)).base64Url());
    query.put("code_challenge_method", "S256");
    if (freshly) {
      query.put("prompt", "login");
      query.put("max_age", "0");
    }
    return URI.create(known().authorization + "?" + encoded(query));
  }

  /**
   * Who comes back.
   *
   * @param issuer {@code iss} of the answer
   * @param since when a fresh proof was asked for; empty where none was
   */
  public UpstreamIdentity identity(
      String code, Optional<String> issuer, String nonce, String verifier, Optional<Instant> since)
      throws UpstreamRefusedException, IOException {
    Known provider = known();
    // RFC 9207 2.4: another provider's answer is not taken to this one's token endpoint.
    if (issuer.isPresent()
        ? !issuer.get().equals(upstream.issuer().toString())
        : provider.saysIssuer) {
      throw new UpstreamRefusedException("mix-up", "the answer is of another provider");
    }
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "authorization_code");
    form.put("code", code);
    form.put("redirect_uri", redirect.toString());
    form.put("code_verifier", verifier);
    String authorization = "";
    if (upstream.secret().isPresent()) {
      authorization = basic(upstream.secret().get().read());
    } else {
      form.put("client_id", upstream.clientId());
    }
    JsonObject answer = fetch.post(provider.token, encoded(form), authorization);
    String token;
    try {
      token = answer.string("id_token");
    } catch (FormatException e) {
      throw new UpstreamRefusedException("id-token", "the provider sent no ID token", e);
    }
    try {
      return UpstreamIdTokens.verified(
          upstream, token, provider.keys, nonce, since, clock.instant());
    } catch (UpstreamIdTokens.NoKeyException e) {
      return byNewKeys(token, nonce, since);
    }
  }

  /**
   * Whether a key of the provider made the signature of a token, whatever it says.
   *
   * @throws IOException also when the key is unknown and the keys were fetched for another event
   *     just now: a key may have come since then
   */
  @SuppressWarnings(
      "ReferenceEquality") // Whether they were read again, not whether they are the same.
  public boolean isSigned(String token) throws UpstreamRefusedException, IOException {
    Known before = knownOfEvents();
    try {
      return UpstreamIdTokens.isSigned(token, before.keys);
    } catch (UpstreamIdTokens.NoKeyException e) {
      Known now = withKeysOfEvents();
      if (now == before) {
        throw new IOException("the provider's keys were fetched a moment ago", e);
      }
      try {
        return UpstreamIdTokens.isSigned(token, now.keys);
      } catch (UpstreamIdTokens.NoKeyException still) {
        return false;
      }
    }
  }

  private synchronized Known knownOfEvents() throws UpstreamRefusedException, IOException {
    @Nullable Known present = ofEvents;
    return present != null && clock.instant().isBefore(present.at.plus(KEPT)) ? present : known();
  }

  private UpstreamIdentity byNewKeys(String token, String nonce, Optional<Instant> since)
      throws UpstreamRefusedException, IOException {
    try {
      return UpstreamIdTokens.verified(
          upstream, token, withNewKeys(Asker.SIGN_IN).keys, nonce, since, clock.instant());
    } catch (UpstreamIdTokens.NoKeyException e) {
      throw new UpstreamRefusedException(
          "signature", "the ID token names a key that the provider does not publish", e);
    }
  }

  /** RFC 6749 2.3.1: both parts are form-encoded first. */
  private String basic(byte[] secret) {
    String both =
        encoded(upstream.clientId())
            + ":"
            + encoded(new String(secret, StandardCharsets.UTF_8).strip());
    return "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
  }

  private static String encoded(Map<String, String> fields) {
    return fields.entrySet().stream()
        .map(field -> field.getKey() + "=" + encoded(field.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
