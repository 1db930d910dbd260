package dev.counterfoil.drills.domain;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.ResourceRetriever;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.process.settings.PurposeEntry;
import java.io.IOException;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A service that polls an issuer for security events (RFC 8936). Nimbus decides whether an event is
 * the issuer's, with the keys that the transmitter's metadata names: nothing of ours verifies it.
 */
public final class PollingReceiver implements AutoCloseable {
  /** The scope that its client needs. */
  public static final String SCOPE = "ssf.manage";

  private static final String OWN = "https://counterfoil.dev/secevent/event-type/";

  /** An issuer's key is compromised. */
  public static final String KEY_COMPROMISED = OWN + "issuer-key-compromised";

  /** A token was presented that an issuer's key signed and its issuer did not issue. */
  public static final String NEVER_ISSUED = OWN + "token-never-issued";

  /** A notice to the receiver's tenant was signed. */
  public static final String NOTICE_PUBLISHED = OWN + "notice-published";

  private static final String VERIFICATION =
      "https://schemas.openid.net/secevent/ssf/event-type/verification";

  /** The library waits half a second for an answer, which a busy host may take. */
  private static final ResourceRetriever PATIENT =
      new DefaultResourceRetriever(5_000, 5_000, JWKSourceBuilder.DEFAULT_HTTP_SIZE_LIMIT);

  private final IssuerClient issuer;
  private final InstantSource clock;
  private final String token;
  private final String stream;
  private final String pollPath;
  private final DefaultJWTProcessor<SecurityContext> checks;
  private final Map<String, Instant> heard = new ConcurrentHashMap<>();
  private volatile String lastFault = "none";
  private final Thread thread;

  private PollingReceiver(
      IssuerClient issuer,
      InstantSource clock,
      String token,
      JsonObject stream,
      DefaultJWTProcessor<SecurityContext> checks)
      throws FormatException {
    this.issuer = issuer;
    this.clock = clock;
    this.token = token;
    this.stream = stream.string("stream_id");
    this.pollPath =
        stream
            .object("delivery")
            .string("endpoint_url")
            .substring(issuer.issuer().toString().length());
    this.checks = checks;
    this.thread = Thread.ofVirtual().name("receiver").unstarted(this::pollAlways);
  }

  /**
   * Access tokens for an audience, and what receivers need of their issuer. All are ES256: the
   * custody from which a thief takes keys makes no other.
   */
  public static List<PurposeEntry> purposes(String audience) {
    List<String> algorithms = List.of("ES256");
    return List.of(
        PurposeEntry.of(KeyStatement.ACCESS, List.of(), algorithms, List.of(audience)),
        PurposeEntry.of("id", List.of("JWT"), algorithms, List.of("*")),
        PurposeEntry.of("events", List.of("secevent+jwt"), algorithms, List.of("*")));
  }

  /** Makes a stream of events of our own, and begins to poll. */
  public static PollingReceiver subscribe(URI at, Credentials client, InstantSource clock)
      throws IOException, InterruptedException {
    IssuerClient issuer = new IssuerClient(at);
    try {
      JsonObject metadata = issuer.json("/.well-known/ssf-configuration");
      String token = issuer.token(client, SCOPE);
      JsonObject stream =
          issuer.post(
              "/ssf/stream",
              token,
              JsonObject.builder()
                  .put("events_requested", List.of(KEY_COMPROMISED, NEVER_ISSUED, NOTICE_PUBLISHED))
                  .put("counterfoil_signing_alg", "ES256")
                  .build());
      PollingReceiver receiver =
          new PollingReceiver(issuer, clock, token, stream, checks(metadata, stream));
      receiver.thread.start();
      return receiver;
    } catch (FormatException e) {
      throw new IOException(at + " answers with no stream", e);
    }
  }

  /** RFC 8417 and the shared signals framework: type, issuer, audience and what must be there. */
  private static DefaultJWTProcessor<SecurityContext> checks(JsonObject metadata, JsonObject stream)
      throws FormatException, IOException {
    DefaultJWTProcessor<SecurityContext> checks = new DefaultJWTProcessor<>();
    checks.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("secevent+jwt")));
    checks.setJWSKeySelector(
        new JWSVerificationKeySelector<>(
            JWSAlgorithm.ES256,
            JWKSourceBuilder.create(URI.create(metadata.string("jwks_uri")).toURL(), PATIENT)
                .rateLimited(false)
                .build()));
    checks.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(
            stream.string("aud"),
            new JWTClaimsSet.Builder().issuer(metadata.string("issuer")).build(),
            Set.of("iat", "jti", "sub_id", "events")));
    return checks;
  }

  /**
   * Observes whether an event about a key comes, and how long after the beginning of what it tells
   * of.
   */
  public void observe(DrillRun run, String expectation, String type, String kid, Instant began)
      throws IOException, InterruptedException {
    var _ = Await.comes(() -> heard.containsKey(type + " " + kid));
    Optional<Duration> took =
        Optional.ofNullable(heard.get(type + " " + kid)).map(at -> Duration.between(began, at));
    String observed =
        took.map(
                all ->
                    String.format(
                        Locale.ROOT,
                        "a signed event about the stolen key, after %.1f s",
                        all.toMillis() / 1000.0))
            .orElse("no event about the stolen key; the last poll that failed: " + lastFault);
    run.observe(
        expectation,
        took.isPresent(),
        observed,
        took.<Map<String, Object>>map(all -> Map.of("took_ms", all.toMillis())).orElse(Map.of()));
  }

  /** Whether a notice with this digest is told. */
  public boolean hearsOfNotice(Hash digest) throws IOException, InterruptedException {
    return Await.comes(() -> heard.containsKey(NOTICE_PUBLISHED + " " + digest.base64Url()));
  }

  /** Asks for a verification event; how long it took to come. Empty when none comes. */
  public Optional<Duration> verify(String state) throws IOException, InterruptedException {
    Instant began = clock.instant();
    var _ =
        issuer.post(
            "/ssf/verify",
            token,
            JsonObject.builder().put("stream_id", stream).put("state", state).build());
    String event = VERIFICATION + " " + state;
    var _ = Await.comes(() -> heard.containsKey(event));
    return Optional.ofNullable(heard.get(event)).map(at -> Duration.between(began, at));
  }

  private void pollAlways() {
    List<String> taken = List.of();
    while (!Thread.currentThread().isInterrupted()) {
      try {
        taken = poll(taken);
      } catch (InterruptedException e) {
        // Only close() interrupts this thread.
        return;
      } catch (IOException
          | FormatException
          | ParseException
          | BadJOSEException
          | JOSEException e) {
        // Not acknowledged: the transmitter gives it again.
        lastFault = e.toString();
        taken = List.of();
        try {
          Thread.sleep(100);
        } catch (InterruptedException end) {
          return;
        }
      }
    }
  }

  /** Fetches events and acknowledges those before; which came. */
  private List<String> poll(List<String> acknowledged)
      throws IOException,
          InterruptedException,
          FormatException,
          ParseException,
          BadJOSEException,
          JOSEException {
    JsonObject sets =
        issuer
            .post(pollPath, token, JsonObject.builder().put("ack", acknowledged).build())
            .object("sets");
    Instant now = clock.instant();
    List<String> taken = new ArrayList<>();
    for (String jti : sets.names()) {
      JWTClaimsSet event = checks.process(sets.string(jti), null);
      for (Map.Entry<String, Object> one : event.getJSONObjectClaim("events").entrySet()) {
        if (one.getValue() instanceof Map<?, ?> detail) {
          // A verification event has the state of the request (SSF 1.0 8.1.4.1).
          Object about =
              Stream.of("kid", "digest", "state")
                  .filter(detail::containsKey)
                  .findFirst()
                  .map(name -> String.valueOf(detail.get(name)))
                  .orElse("nothing");
          heard.putIfAbsent(one.getKey() + " " + about, now);
        }
      }
      taken.add(jti);
    }
    return taken;
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    issuer.close();
  }
}
