package dev.counterfoil.monitor.watching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Listener;
import dev.counterfoil.http.listener.Watchers;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.http.MonitorMeters;
import dev.counterfoil.monitor.http.MonitorRoutes;
import dev.counterfoil.monitor.judging.TestMonitor;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierLimits;
import dev.counterfoil.verifier.reporting.SightingReporter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Verifiers in two services that are shown two logs under one name: each accepts its own, nobody
 * cosigns either, and what they acknowledge gives it away at the monitor.
 */
@Timeout(60)
final class SplitViewTest {
  private final Answers answers = Answers.toBearers("counterfoil-monitor");
  @TempDir Path folder;
  private final TestIssuer issuer =
      new TestIssuer("acme", "https://login.example", InstantSource.system());
  private final TestKeys.Es256 key = issuer.addKey();
  private final List<Finding> found = new ArrayList<>();
  private final List<AutoCloseable> open = new ArrayList<>();
  private TestMonitor monitor;
  private AcknowledgementStore store;
  private HttpClient http;
  private Listener web;

  @BeforeEach
  void start() throws Exception {
    issuer.publish();
    SettableClock clock = new SettableClock(Instant.now());
    monitor = new TestMonitor(clock, folder.resolve("monitor"));
    open.add(monitor);
    store = new AcknowledgementStore(monitor.database.jdbi());
    http = HttpClient.newHttpClient();
    open.add(http);
    MonitorRoutes routes =
        new MonitorRoutes(
            answers,
            (client, scope, address) -> new Caller("acme", client, "acme"),
            monitor.sightings,
            store,
            monitor.findings,
            monitor.keyReport(),
            new MonitorMeters(answers.failed()),
            Watchers.of(List.of()),
            clock,
            1 << 20,
            (operation, caller, address, about) -> {},
            List::of,
            List::of,
            (caller, batch) -> {},
            (chain, request, response) -> chain.proceed(),
            List.of(),
            routing -> {});
    web =
        answers.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            1 << 20,
            new ClientAddress(List.of()),
            Answers.READ_TIME_MAX,
            routes::register);
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
    web.close();
  }

  /** A service's verifier, which tells the monitor what it sees. */
  private Verifier service(String client) {
    SightingReporter reporter =
        new SightingReporter(
            URI.create("http://127.0.0.1:" + web.port()),
            client,
            again -> client,
            http,
            InstantSource.system());
    open.add(reporter);
    Verifier verifier =
        Verifier.builder(issuer.policy())
            .network(issuer)
            .limits(VerifierLimits.defaults().withKeys(Duration.ofMillis(50), Duration.ofHours(1)))
            .sightings(reporter)
            .build();
    open.add(verifier);
    return verifier;
  }

  private static void accepts(Verifier verifier, String token) {
    Expectations mail =
        Expectations.audience("https://mail.example").accessToken().tenant("acme").bearerAllowed();
    assertThat(verifier.verify(token, mail)).isInstanceOf(Verified.class);
  }

  /** Has everybody say what he has seen by now, and compares it as the monitor does. */
  private void compare(ViewComparison comparison, int services) throws Exception {
    issuer.addKey();
    issuer.publish();
    while (store.all().stream().filter(kept -> !kept.said().logs().isEmpty()).count() != services) {
      Thread.sleep(10);
    }
    comparison.compare(store.all());
  }

  private ViewComparison comparison() {
    // The monitor itself has not come so far.
    return new ViewComparison(
        (domain, log, size) -> Optional.empty(), domain -> 0, found::add, InstantSource.system());
  }

  @Test
  void twoServicesThatSeeOneLogAreNoFinding() throws Exception {
    String token = issuer.issue(issuer.draft(key), key);
    accepts(service("mail"), token);
    accepts(service("files"), token);
    compare(comparison(), 2);
    assertThat(found).isEmpty();
  }

  @Test
  void twoServicesThatAreShownTwoLogsAreAFinding() throws Exception {
    accepts(service("mail"), issuer.issue(issuer.draft(key), key));
    issuer.forkLog("s1g1", 0);
    accepts(service("files"), issuer.issue(issuer.draft(key).claim("sub", "mallory"), key));
    compare(comparison(), 2);
    assertThat(found)
        .singleElement()
        .satisfies(one -> assertThat(one.kind()).isEqualTo(Finding.Kind.SPLIT_VIEW))
        .satisfies(one -> assertThat(one.severity()).isEqualTo(Finding.Severity.CRITICAL))
        .satisfies(one -> assertThat(one.detail().string("log")).isEqualTo("s1g1"));
  }
}
