package dev.counterfoil.authority.watching;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.format.word.WatchProbe;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reporting.AccessTokenSource;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sends the monitor a forged token as any service would, and looks whether it is found. */
public final class MonitorProbe {
  private static final int ANSWER_BYTES_MAX = 256 * 1024;
  private static final Duration ANSWER_MARGIN = Duration.ofSeconds(2);
  private static final Duration WAIT_MAX = Duration.ofSeconds(25);

  /** It is no finding, or the monitor does not say that it is. */
  public static final class NotFoundException extends IOException {
    private static final long serialVersionUID = 1L;

    private NotFoundException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  private final URI monitor;
  private final String issuer;
  private final SightingSink sightings;
  private final String service;
  private final AccessTokenSource reader;
  private final Supplier<Optional<String>> log;
  private final HttpClient http;
  private final InstantSource clock;
  private final SecureRandom random;
  private final KeyPair keys;
  private final PublicJwk publicKey;

  /**
   * A probe.
   *
   * @param sightings the way of every sighting that this process reports
   * @param service that says it saw the token
   * @param reader a token to read findings with
   * @param log the short name of a log that tokens of the domain stand in, where it is known
   */
  public MonitorProbe(
      URI monitor,
      String issuer,
      SightingSink sightings,
      String service,
      AccessTokenSource reader,
      Supplier<Optional<String>> log,
      HttpClient http,
      InstantSource clock,
      SecureRandom random) {
    this.monitor = monitor;
    this.issuer = issuer;
    this.sightings = sightings;
    this.service = service;
    this.reader = reader;
    this.log = log;
    this.http = http;
    this.clock = clock;
    this.random = random;
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      keys = generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has P-256", e);
    }
    publicKey = PublicJwk.es256((ECPublicKey) keys.getPublic());
  }

  /**
   * Probes once.
   *
   * @param patience how long the finding may take
   * @return how long it took until its reader had it
   * @throws NotFoundException when it was not found, or the monitor does not answer
   * @throws IOException when it could not be tried; the message says why
   */
  public Duration run(Duration patience) throws IOException, InterruptedException {
    String position =
        log.get().orElseThrow(() -> new IOException("no signer has said which log it writes yet"));
    Instant seenAt = clock.instant();
    long began = System.nanoTime();
    Hash digest = report(position, seenAt);
    long end = began + patience.toNanos();
    boolean rejected = false;
    while (true) {
      Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      Duration wait = left.compareTo(WAIT_MAX) < 0 ? left : WAIT_MAX;
      HttpResponse<byte[]> answer = ask(seenAt, wait, rejected);
      if (answer.statusCode() == 401 && !rejected) {
        rejected = true;
        continue;
      }
      if (answer.statusCode() != 200) {
        throw new IOException("the monitor answers " + answer.statusCode() + " to who reads it");
      }
      if (names(answer.body(), digest)) {
        return Duration.ofNanos(System.nanoTime() - began);
      }
      if (left.isZero()) {
        throw new NotFoundException(
            "a forged token that was reported is no finding after "
                + patience.toSeconds()
                + " seconds",
            null);
      }
      // An answer that has another one comes at once.
      Thread.sleep(Math.min(200, left.toMillis()));
    }
  }

  private Hash report(String position, Instant seenAt) {
    byte[] unlike = new byte[Hash.BYTES];
    random.nextBytes(unlike);
    TokenId claimed = new TokenId(position, 0, Hash.of(unlike));
    String input = WatchProbe.signingInput(issuer, publicKey, claimed, seenAt);
    Hash digest = Hash.sha256(input.getBytes(StandardCharsets.US_ASCII));
    sightings.report(
        new Sighting(
            seenAt,
            RefusalCode.KEY_UNKNOWN.text(),
            Sighting.Grade.DIGEST,
            Sighting.Token.of(digest, publicKey.thumbprint(), issuer),
            Sighting.Use.at(service),
            1,
            input + "." + Base64Url.encode(sign(input)),
            false));
    return digest;
  }

  private byte[] sign(String input) {
    try {
      Signature signature = Signature.getInstance(publicKey.algorithm().javaSignature());
      signature.initSign(keys.getPrivate(), random);
      signature.update(input.getBytes(StandardCharsets.US_ASCII));
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has ES256", e);
    }
  }

  private HttpResponse<byte[]> ask(Instant since, Duration wait, boolean rejected)
      throws IOException {
    Duration answerWithin = wait.plus(ANSWER_MARGIN);
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(
                    monitor
                        + "/findings?kind=watch-probe&since="
                        + since.toEpochMilli()
                        + "&wait="
                        + wait.toSeconds()))
            .timeout(answerWithin)
            .header("Authorization", "Bearer " + reader.accessToken(rejected))
            .build();
    try {
      return HttpReadSide.send(http, request, ANSWER_BYTES_MAX, answerWithin);
    } catch (IOException e) {
      throw new NotFoundException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Whether an answer has the probe: its maker alone knew its digest before. */
  static boolean names(byte[] answer, Hash digest) throws IOException {
    try {
      for (JsonObject finding : StrictJson.object(answer, ANSWER_BYTES_MAX).objects("findings")) {
        if (finding.object("detail").get("probes") instanceof List<?> probes
            && probes.contains(digest.base64Url())) {
          return true;
        }
      }
      return false;
    } catch (FormatException e) {
      throw new IOException("the monitor's answer is not understood: " + e.getMessage(), e);
    }
  }
}
