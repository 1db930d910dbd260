package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reporting.AccessTokenSource;
import dev.counterfoil.verifier.reporting.PrivateKeyJwtTokenSource;
import dev.counterfoil.verifier.reporting.ReportingClient;
import dev.counterfoil.verifier.reporting.SightingReporter;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verifier's own HTTP: reading, reporting, asking for its token. */
class HttpTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final HttpClient http = HttpClient.newHttpClient();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server = newServer();
  private String url = "";

  private static HttpServer newServer() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void start() {
    server.setExecutor(threads);
    server.start();
    url = "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  @Test
  void verifiesOverHttp() {
    TestIssuer issuer = new TestIssuer("enterprise", url + "/enterprise", clock);
    TestKeys.Es256 key = issuer.addKey();
    issuer.publish();
    server.createContext(
        "/enterprise/",
        exchange -> {
          String path = exchange.getRequestURI().getPath().substring("/enterprise".length());
          try {
            answer(exchange, 200, issuer.page(path));
          } catch (FileNotFoundException e) {
            answer(exchange, 404, new byte[0]);
          }
        });
    issuer.fill("s1g1", 300);
    String token = issuer.issue(issuer.draft(key), key);
    try (Verifier verifier = Verifier.builder(issuer.policy()).clock(clock).build()) {
      assertThat(verifier.verify(token, TokenCases.MAIL)).isInstanceOf(Verified.class);
      assertThat(verifier.verify(issuer.draft(key).at("s1g1", 5).signed(key), TokenCases.MAIL))
          .isInstanceOfSatisfying(
              Refused.class, r -> assertThat(r.code()).isEqualTo(RefusalCode.NEVER_ISSUED));
    }
  }

  @Test
  void aWrongClockIsNamedByTheDateOfTheAnswers() {
    InstantSource right = InstantSource.system();
    TestIssuer issuer = new TestIssuer("enterprise", url + "/enterprise", right);
    TestKeys.Es256 key = issuer.addKey();
    issuer.publish();
    server.createContext(
        "/enterprise/",
        exchange -> {
          String path = exchange.getRequestURI().getPath().substring("/enterprise".length());
          try {
            answer(exchange, 200, issuer.page(path));
          } catch (FileNotFoundException e) {
            answer(exchange, 404, new byte[0]);
          }
        });
    String token = issuer.issue(issuer.draft(key), key);
    assertThat(atClock(issuer, token, Duration.ZERO)).isEqualTo("verified, null");
    assertThat(atClock(issuer, token, Duration.ofSeconds(-20)))
        .as("a token from a time to come, within the tolerance")
        .startsWith("verified, the clock of this host is ")
        .contains(" seconds behind that of 127.0.0.1: set the one that is wrong");
    assertThat(atClock(issuer, token, Duration.ofSeconds(-90)))
        .startsWith("keys-unavailable: ")
        .contains("a time to come", " seconds behind that of 127.0.0.1");
    assertThat(atClock(issuer, token, Duration.ofSeconds(400)))
        .startsWith("keys-stale: ")
        .contains(" seconds ahead of that of 127.0.0.1")
        .doesNotContain("holds back");
    String old =
        issuer.issue(
            issuer
                .draft(key)
                .times(right.instant().minusSeconds(60), right.instant().plusSeconds(60)),
            key);
    assertThat(atClock(issuer, old, Duration.ofSeconds(100)))
        .startsWith("expired: token is expired; the clock of this host is ");
  }

  /** How a verifier whose clock is so far ahead finds a token, and what it says of its clock. */
  private static String atClock(TestIssuer issuer, String token, Duration ahead) {
    InstantSource wrong = () -> Instant.now().plus(ahead);
    try (Verifier verifier = Verifier.builder(issuer.policy()).clock(wrong).build()) {
      return verifier.verify(token, TokenCases.MAIL) instanceof Refused refused
          ? refused.code() + ": " + refused.reason()
          : "verified, " + verifier.clockTrouble().orElse(null);
    }
  }

  @Test
  void readsNoMoreThanItAskedForAndFollowsNothing() throws Exception {
    server.createContext("/page", exchange -> answer(exchange, 200, new byte[100]));
    server.createContext(
        "/away",
        exchange -> {
          exchange.getResponseHeaders().add("Location", url + "/page");
          answer(exchange, 302, new byte[0]);
        });
    server.createContext("/gone", exchange -> answer(exchange, 410, new byte[0]));
    server.createContext("/broken", exchange -> answer(exchange, 500, new byte[0]));
    HttpReadSide reader = HttpReadSide.create(Duration.ofSeconds(10));
    assertThat(reader.get(URI.create(url + "/page"), 100)).hasSize(100);
    assertThatThrownBy(() -> reader.get(URI.create(url + "/page"), 99))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> reader.get(URI.create(url + "/away"), 100))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> reader.get(URI.create(url + "/gone"), 100))
        .isInstanceOf(FileNotFoundException.class);
    assertThatThrownBy(() -> reader.get(URI.create(url + "/broken"), 100))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(FileNotFoundException.class);
    assertThatThrownBy(() -> reader.get(URI.create("file:///etc/passwd"), 100))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aBodyThatNeverEndsEndsWithTheTimeout() {
    CountDownLatch end = new CountDownLatch(1);
    server.createContext(
        "/slow",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write(1);
          exchange.getResponseBody().flush();
          try {
            end.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });
    HttpReadSide reader = HttpReadSide.create(Duration.ofMillis(300));
    assertThatThrownBy(() -> reader.get(URI.create(url + "/slow"), 100))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("within");
    end.countDown();
  }

  private Sighting sighting(String outcome, int number) {
    return sighting(outcome, number, "alice");
  }

  private Sighting sighting(String outcome, int number, String subject) {
    return new Sighting(
        clock.instant(),
        outcome,
        Sighting.Grade.DIGEST,
        new Sighting.Token(
            Hash.sha256(new byte[] {(byte) number}),
            "kid",
            "iss",
            "acme",
            subject,
            "client",
            "s1g1." + number,
            1L,
            2L),
        Sighting.Use.at("https://mail.example"),
        1,
        null,
        false);
  }

  @Test
  void reportsSurviveAnAwayMonitorARejectedTokenAndKeepTheirNumber() throws Exception {
    BlockingQueue<JsonObject> received = new LinkedBlockingQueue<>();
    AtomicInteger calls = new AtomicInteger();
    server.createContext(
        "/sightings",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          String authorization = exchange.getRequestHeaders().getFirst("Authorization");
          int call = calls.incrementAndGet();
          if (call == 1) {
            answer(exchange, 503, new byte[0]);
          } else if (!"Bearer second".equals(authorization)) {
            answer(exchange, 401, new byte[0]);
          } else {
            try {
              received.add(StrictJson.object(body, 1 << 20));
            } catch (dev.counterfoil.format.bytes.FormatException e) {
              throw new IOException(e);
            }
            answer(exchange, 204, new byte[0]);
          }
        });
    AccessTokenSource tokens = rejected -> rejected ? "second" : "first";
    AtomicInteger renewals = new AtomicInteger();
    AccessTokenSource keeping =
        rejected ->
            rejected || renewals.get() > 0
                ? tokens.accessToken(renewals.incrementAndGet() > 0)
                : tokens.accessToken(false);
    try (SightingReporter reporter =
        new SightingReporter(URI.create(url), "mail", keeping, http, clock)) {
      reporter.report(sighting("accepted", 1));
      JsonObject first = received.poll(20, TimeUnit.SECONDS);
      assertThat(first).isNotNull();
      assertThat(first.number("v")).isEqualTo(1);
      assertThat(first.string("reporter")).isEqualTo("mail");
      assertThat(first.number("sequence")).isEqualTo(clock.instant().toEpochMilli());
      assertThat(first.number("lost")).isZero();
      assertThat(Sighting.parse(first.objects("sightings").get(0)))
          .isEqualTo(sighting("accepted", 1));
      reporter.report(sighting("expired", 2));
      JsonObject second = received.poll(20, TimeUnit.SECONDS);
      assertThat(second).isNotNull();
      assertThat(second.number("sequence")).isEqualTo(first.number("sequence") + 1);
    }
    assertThat(calls.get()).isEqualTo(4);
  }

  @Test
  void aForgedTokenGoesBeforeABatchForWhichTheMonitorHasNoRoom() throws Exception {
    BlockingQueue<List<String>> batches = new LinkedBlockingQueue<>();
    BlockingQueue<JsonObject> bodies = new LinkedBlockingQueue<>();
    BlockingQueue<Long> sequences = new LinkedBlockingQueue<>();
    CountDownLatch refused = new CountDownLatch(1);
    CountDownLatch forged = new CountDownLatch(1);
    server.createContext(
        "/sightings",
        exchange -> {
          try {
            JsonObject body = StrictJson.object(exchange.getRequestBody().readAllBytes(), 1 << 20);
            List<String> outcomes = new ArrayList<>();
            for (JsonObject sighting : body.objects("sightings")) {
              outcomes.add(sighting.string("outcome"));
            }
            bodies.add(body);
            if (refused.getCount() > 0) {
              refused.countDown();
              forged.await();
              answer(exchange, 503, new byte[0]);
              return;
            }
            sequences.add(body.number("sequence"));
            batches.add(outcomes);
            answer(exchange, 202, new byte[0]);
          } catch (dev.counterfoil.format.bytes.FormatException e) {
            throw new IOException(e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    try (SightingReporter reporter =
        new SightingReporter(URI.create(url), "mail", rejected -> "t", http, clock)) {
      reporter.report(sighting("accepted", 1));
      refused.await();
      // The control: what is merely refused goes in its turn.
      reporter.report(sighting("expired", 2));
      reporter.report(forged("never-issued", 3));
      forged.countDown();
      assertThat(batches.poll(20, TimeUnit.SECONDS)).containsExactly("never-issued");
      assertThat(batches.poll(20, TimeUnit.SECONDS)).containsExactly("accepted");
      assertThat(batches.poll(20, TimeUnit.SECONDS)).containsExactly("expired");
    }
    long first = clock.instant().toEpochMilli();
    assertThat(sequences).containsExactly(first + 1, first, first + 2);
    List<JsonObject> all = List.copyOf(bodies);
    assertThat(all).hasSize(4);
    assertThat(all.get(2).toString())
        .as("a proxy may have refused what the monitor recorded")
        .isEqualTo(all.get(0).toString());
  }

  private Sighting forged(String outcome, int number) {
    return new Sighting(
        clock.instant(),
        outcome,
        Sighting.Grade.DIGEST,
        new Sighting.Token(
            Hash.sha256(new byte[] {(byte) number}),
            "kid",
            "iss",
            "acme",
            "alice",
            "client",
            "s1g1." + number,
            1L,
            2L),
        Sighting.Use.at("https://mail.example"),
        1,
        null,
        true);
  }

  @Test
  void aReporterWithNothingToReportSleepsUntilItCloses() throws Exception {
    Set<Thread> others = Thread.getAllStackTraces().keySet();
    SightingReporter reporter =
        new SightingReporter(URI.create(url), "mail", rejected -> "t", http, clock);
    Thread sender =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals("counterfoil-sightings"))
            .filter(thread -> !others.contains(thread))
            .findFirst()
            .orElseThrow();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    // Without a time after which it wakes.
    while (sender.getState() != Thread.State.WAITING && System.nanoTime() < end) {
      Thread.sleep(1);
    }
    assertThat(sender.getState()).isEqualTo(Thread.State.WAITING);
    reporter.close();
    sender.join(60_000);
    assertThat(sender.isAlive()).isFalse();
  }

  @Test
  void whatWaitsIsSentWhenTheReporterCloses() throws Exception {
    BlockingQueue<Integer> received = new LinkedBlockingQueue<>();
    server.createContext(
        "/sightings",
        exchange -> {
          try {
            JsonObject body = StrictJson.object(exchange.getRequestBody().readAllBytes(), 1 << 20);
            received.add(body.objects("sightings").size());
          } catch (dev.counterfoil.format.bytes.FormatException e) {
            throw new IOException(e);
          }
          answer(exchange, 200, new byte[0]);
        });
    SightingReporter reporter =
        new SightingReporter(URI.create(url), "mail", rejected -> "t", http, clock);
    for (int i = 0; i < 700; i++) {
      reporter.report(sighting("accepted", i));
    }
    reporter.close();
    assertThat(received.stream().mapToInt(Integer::intValue).sum()).isEqualTo(700);
    assertThat(received).allSatisfy(n -> assertThat(n).isLessThanOrEqualTo(256));
    assertThat(reporter.lost()).isZero();
  }

  @Test
  void oneSightingThatIsRefusedForGoodCostsTheOthersNothing() throws Exception {
    BlockingQueue<Sighting> received = new LinkedBlockingQueue<>();
    BlockingQueue<Long> sequences = new LinkedBlockingQueue<>();
    CountDownLatch collected = new CountDownLatch(1);
    server.createContext(
        "/sightings",
        exchange -> {
          try {
            JsonObject body = StrictJson.object(exchange.getRequestBody().readAllBytes(), 1 << 20);
            List<JsonObject> sightings = body.objects("sightings");
            boolean poisoned = false;
            for (JsonObject sighting : sightings) {
              poisoned |= sighting.string("sub").equals("poison");
            }
            if (poisoned) {
              answer(exchange, 422, new byte[0]);
              return;
            }
            for (JsonObject sighting : sightings) {
              received.add(Sighting.parse(sighting));
            }
            sequences.add(body.number("sequence"));
          } catch (dev.counterfoil.format.bytes.FormatException e) {
            throw new IOException(e);
          }
          answer(exchange, 202, new byte[0]);
        });
    AccessTokenSource waiting =
        rejected -> {
          try {
            collected.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return "t";
        };
    SightingReporter reporter = new SightingReporter(URI.create(url), "mail", waiting, http, clock);
    for (int i = 0; i < 100; i++) {
      reporter.report(sighting("accepted", i, i == 37 ? "poison" : "alice"));
    }
    collected.countDown();
    reporter.close();
    assertThat(received).hasSize(99);
    assertThat(reporter.lost()).isEqualTo(1);
    // No number is left out: a gap would be a finding.
    List<Long> inOrder = List.copyOf(sequences);
    assertThat(inOrder.get(0)).isEqualTo(clock.instant().toEpochMilli());
    for (int i = 1; i < inOrder.size(); i++) {
      assertThat(inOrder.get(i)).isEqualTo(inOrder.get(i - 1) + 1);
    }
  }

  @Test
  void aBatchIsMeasuredInBytes() throws Exception {
    BlockingQueue<Integer> sizes = new LinkedBlockingQueue<>();
    AtomicInteger received = new AtomicInteger();
    server.createContext(
        "/sightings",
        exchange -> {
          byte[] bytes = exchange.getRequestBody().readAllBytes();
          sizes.add(bytes.length);
          try {
            received.addAndGet(StrictJson.object(bytes, 1 << 24).objects("sightings").size());
          } catch (dev.counterfoil.format.bytes.FormatException e) {
            throw new IOException(e);
          }
          answer(exchange, 202, new byte[0]);
        });
    SightingReporter reporter =
        new SightingReporter(URI.create(url), "mail", rejected -> "t", http, clock);
    // A character that JSON writes in six bytes.
    String long6 = "\u0001".repeat(10 * Sighting.TEXT_MAX);
    for (int i = 0; i < 60; i++) {
      reporter.report(sighting("accepted", i, long6));
    }
    reporter.close();
    assertThat(received).hasValue(60);
    assertThat(sizes).allSatisfy(n -> assertThat(n).isLessThanOrEqualTo(1 << 20));
    assertThat(reporter.lost()).isZero();
  }

  @Test
  void aTokenSourceThatThrowsWhateverItLikesDoesNotEndTheReports() throws Exception {
    BlockingQueue<Integer> received = new LinkedBlockingQueue<>();
    server.createContext(
        "/sightings",
        exchange -> {
          received.add(exchange.getRequestBody().readAllBytes().length);
          answer(exchange, 202, new byte[0]);
        });
    AtomicInteger asked = new AtomicInteger();
    AccessTokenSource failingOnce =
        rejected -> {
          if (asked.incrementAndGet() == 1) {
            throw new IllegalStateException("no key");
          }
          return "t";
        };
    try (SightingReporter reporter =
        new SightingReporter(URI.create(url), "mail", failingOnce, http, clock)) {
      reporter.report(sighting("accepted", 1));
      assertThat(received.poll(20, TimeUnit.SECONDS)).isNotNull();
      assertThat(reporter.lost()).isZero();
    }
  }

  @Test
  void aClientThatIsRefusedIsToldApartFromAnIssuerThatIsBusy(@TempDir Path folder)
      throws Exception {
    TestKeys.Es256 client = new TestKeys.Es256();
    String d = Base64Url.encode(fixed(((ECPrivateKey) client.privateKey()).getS().toByteArray()));
    Path file =
        Files.writeString(
            folder.resolve("mail.jwk"), client.jwk().toJson().with("d", d).toString());
    AtomicInteger status = new AtomicInteger();
    server.createContext(
        "/token",
        exchange ->
            answer(exchange, status.get(), "{\"error\":\"no\"}".getBytes(StandardCharsets.UTF_8)));
    PrivateKeyJwtTokenSource source =
        new PrivateKeyJwtTokenSource(url, "mail", file, Map.of(), http, clock, new SecureRandom());
    for (int refused : new int[] {400, 401, 403}) {
      status.set(refused);
      assertThatThrownBy(() -> source.accessToken(false))
          .isInstanceOf(PrivateKeyJwtTokenSource.RefusedException.class)
          .hasMessageContaining("gives client mail no access token: no");
    }
    for (int later : new int[] {408, 429, 500, 503}) {
      status.set(later);
      assertThatThrownBy(() -> source.accessToken(false))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(PrivateKeyJwtTokenSource.RefusedException.class);
    }
  }

  @Test
  void aTokensLifeIsTakenWithinADayWhateverTheAnswerSays(@TempDir Path folder) throws Exception {
    TestKeys.Es256 client = new TestKeys.Es256();
    String d = Base64Url.encode(fixed(((ECPrivateKey) client.privateKey()).getS().toByteArray()));
    JsonObject jwk =
        JsonObject.builder()
            .put("kty", "EC")
            .put("crv", "P-256")
            .put("x", client.jwk().x().base64Url())
            .put("y", client.jwk().y().base64Url())
            .put("d", d)
            .build();
    Path file = Files.writeString(folder.resolve("mail.jwk"), jwk.toString());
    AtomicInteger asked = new AtomicInteger();
    List<Long> lives = List.of(Long.MAX_VALUE, Long.MIN_VALUE, 3600L);
    server.createContext(
        "/token",
        exchange -> {
          int call = asked.getAndIncrement();
          String body =
              "{\"access_token\":\"t" + call + "\",\"expires_in\":" + lives.get(call) + "}";
          answer(exchange, 200, body.getBytes(StandardCharsets.UTF_8));
        });
    PrivateKeyJwtTokenSource source =
        new PrivateKeyJwtTokenSource(url, "mail", file, Map.of(), http, clock, new SecureRandom());
    assertThat(source.accessToken(false)).isEqualTo("t0");
    clock.advance(Duration.ofDays(1).minusSeconds(31));
    assertThat(source.accessToken(false)).isEqualTo("t0");
    clock.advance(Duration.ofSeconds(1));
    assertThat(source.accessToken(false)).isEqualTo("t1");
    assertThat(source.accessToken(false)).isEqualTo("t2");
    assertThat(source.accessToken(false)).isEqualTo("t2");
  }

  @Test
  void aFloodOfUnsignedTokensLeavesRoomForWhatMattersAndIsCounted() {
    AccessTokenSource dead =
        rejected -> {
          throw new IOException("connection refused");
        };
    try (SightingReporter reporter =
        new SightingReporter(URI.create(url), "mail", dead, http, clock)) {
      for (int i = 0; i < SightingReporter.WAITING_MAX; i++) {
        reporter.report(sighting("malformed", i));
      }
      long lost = reporter.lost();
      assertThat(lost).isBetween(1L, (long) SightingReporter.WAITING_MAX / 2);
      reporter.report(sighting("accepted", 1));
      assertThat(reporter.lost()).isEqualTo(lost);
    }
  }

  @Test
  void asksForItsTokenWithASignedAssertionAndKeepsIt(@TempDir Path folder) throws Exception {
    TestKeys.Es256 client = new TestKeys.Es256();
    String d = Base64Url.encode(fixed(((ECPrivateKey) client.privateKey()).getS().toByteArray()));
    JsonObject jwk =
        JsonObject.builder()
            .put("kty", "EC")
            .put("crv", "P-256")
            .put("x", client.jwk().x().base64Url())
            .put("y", client.jwk().y().base64Url())
            .put("d", d)
            .build();
    Path file = Files.writeString(folder.resolve("mail.jwk"), jwk.toString());
    BlockingQueue<Map<String, String>> asked = new LinkedBlockingQueue<>();
    server.createContext(
        "/token",
        exchange -> {
          asked.add(
              form(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
          String body =
              "{\"access_token\":\"t"
                  + asked.size()
                  + "\",\"token_type\":\"Bearer\",\"expires_in\":90}";
          answer(exchange, 200, body.getBytes(StandardCharsets.UTF_8));
        });
    PrivateKeyJwtTokenSource source =
        new PrivateKeyJwtTokenSource(
            url,
            "mail",
            file,
            Map.of("scope", "counterfoil:sightings"),
            http,
            clock,
            new SecureRandom());
    assertThat(source.accessToken(false)).isEqualTo("t1");
    clock.advance(Duration.ofSeconds(59));
    assertThat(source.accessToken(false)).isEqualTo("t1");
    clock.advance(Duration.ofSeconds(1));
    assertThat(source.accessToken(false)).isEqualTo("t2");
    assertThat(source.accessToken(true)).isEqualTo("t3");
    Map<String, String> first = asked.remove();
    assertThat(first)
        .containsEntry("grant_type", "client_credentials")
        .containsEntry("scope", "counterfoil:sightings")
        .containsEntry("client_id", "mail");
    assertAssertion(String.valueOf(first.get("client_assertion")), client);
    assertThat(asked.remove().get("client_assertion")).isNotEqualTo(first.get("client_assertion"));
    assertThat(source.toString()).doesNotContain(d);
    Files.writeString(file, client.jwk().toJson().toString());
    assertThatThrownBy(
            () ->
                new PrivateKeyJwtTokenSource(
                    url, "mail", file, Map.of(), http, clock, new SecureRandom()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("mail.jwk");
  }

  @Test
  void aReporterProvesItselfAsItsClient(@TempDir Path folder) throws Exception {
    TestKeys.Es256 client = new TestKeys.Es256();
    Path file = folder.resolve("mail.jwk");
    ReportingClient reporting =
        new ReportingClient(URI.create(url), "counterfoil-monitor", "mail-1", "mail", file);
    assertThatThrownBy(() -> SightingReporter.start(reporting, url, clock, new SecureRandom()))
        .isInstanceOf(IOException.class)
        .hasMessage("there is no client's key " + file);
    String d = Base64Url.encode(fixed(((ECPrivateKey) client.privateKey()).getS().toByteArray()));
    Files.writeString(
        file,
        JsonObject.builder()
            .put("kty", "EC")
            .put("crv", "P-256")
            .put("x", client.jwk().x().base64Url())
            .put("y", client.jwk().y().base64Url())
            .put("d", d)
            .build()
            .toString());
    BlockingQueue<Map<String, String>> asked = new LinkedBlockingQueue<>();
    server.createContext(
        "/token",
        exchange -> {
          asked.add(
              form(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
          answer(
              exchange,
              200,
              "{\"access_token\":\"t1\",\"expires_in\":90}".getBytes(StandardCharsets.UTF_8));
        });
    BlockingQueue<String> taken = new LinkedBlockingQueue<>();
    server.createContext(
        "/sightings",
        exchange -> {
          taken.add(
              exchange.getRequestHeaders().getFirst("Authorization")
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          answer(exchange, 202, new byte[0]);
        });
    try (SightingReporter reporter =
        SightingReporter.start(reporting, url, clock, new SecureRandom())) {
      reporter.report(sighting("accepted", 1));
      assertThat(taken.poll(30, TimeUnit.SECONDS))
          .startsWith("Bearer t1 ")
          .contains("\"reporter\":\"mail-1\"");
    }
    Map<String, String> form = asked.remove();
    assertThat(form)
        .containsEntry("client_id", "mail")
        .containsEntry("audience", "counterfoil-monitor")
        .containsEntry("scope", "counterfoil:sightings");
    assertAssertion(String.valueOf(form.get("client_assertion")), client);
  }

  private void assertAssertion(String assertion, TestKeys.Es256 client) throws Exception {
    List<String> parts = List.of(assertion.split("\\.", -1));
    JsonObject claims = StrictJson.object(Base64Url.decode(parts.get(1)), 4096);
    assertThat(claims.string("iss")).isEqualTo("mail");
    assertThat(claims.string("sub")).isEqualTo("mail");
    assertThat(claims.string("aud")).isEqualTo(url);
    assertThat(claims.string("jti")).hasSize(22);
    assertThat(claims.number("exp") - claims.number("iat")).isEqualTo(60);
    SignatureCheck check = SignatureCheck.platform();
    byte[] input = (parts.get(0) + "." + parts.get(1)).getBytes(StandardCharsets.US_ASCII);
    assertThat(check.refusal(check.key(client.jwk()), input, Base64Url.decode(parts.get(2))))
        .isNotEqualTo(java.util.Optional.of(RefusalCode.SIGNATURE));
    // An assertion is no token: it has no typ, and a strict reader refuses it.
    assertThatThrownBy(() -> CompactToken.parse(assertion))
        .isInstanceOf(dev.counterfoil.format.bytes.FormatException.class);
  }

  private static byte[] fixed(byte[] value) {
    byte[] result = new byte[32];
    int length = Math.min(32, value.length);
    System.arraycopy(value, value.length - length, result, 32 - length, length);
    return result;
  }

  private static Map<String, String> form(String body) {
    Map<String, String> form = new HashMap<>();
    for (String pair : body.split("&", -1)) {
      int equals = pair.indexOf('=');
      form.put(
          pair.substring(0, equals),
          URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return form;
  }
}
