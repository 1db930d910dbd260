package dev.counterfoil.monitor.watching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Listener;
import dev.counterfoil.http.listener.Watchers;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.http.MonitorMeters;
import dev.counterfoil.monitor.http.MonitorRoutes;
import dev.counterfoil.monitor.issued.AcknowledgementReport;
import dev.counterfoil.monitor.judging.KnownServices;
import dev.counterfoil.monitor.judging.TestMonitor;
import dev.counterfoil.verifier.SettableClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What verifiers say of themselves: taken in, kept, compared. */
final class AcknowledgementsTest {
  private final Answers answers = Answers.toBearers("counterfoil-monitor");
  private static final String MAIL = "acme/mail";

  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private TestMonitor monitor;
  private AcknowledgementStore store;

  @BeforeEach
  void start() throws Exception {
    monitor = new TestMonitor(clock, folder.resolve("monitor"));
    store = new AcknowledgementStore(monitor.database.jdbi());
  }

  @AfterEach
  void stop() throws Exception {
    monitor.close();
  }

  private static Hash root(int of) {
    return Hash.sha256(new byte[] {(byte) of});
  }

  private Acknowledgement word(String instance, long size, Hash root) {
    return new Acknowledgement(
        instance,
        "acme",
        clock.instant(),
        List.of("https://mail.example"),
        new Acknowledgement.View(size, root),
        size,
        Duration.ZERO,
        List.of(),
        Acknowledgement.Mode.TILES,
        List.of(
            new Acknowledgement.NamedView("s1g1", new Acknowledgement.View(10 * size, root(0)))),
        java.util.Optional.empty(),
        java.util.Optional.empty(),
        false);
  }

  private List<String> instances() {
    return store.since("acme", -1).stream().map(kept -> kept.said().instance()).toList();
  }

  @Test
  void theLastWordOfEachProcessIsKeptAndTold() {
    store.take(MAIL, word("one", 3, root(3)), clock.instant());
    store.take(MAIL, word("two", 3, root(3)), clock.instant());
    long revision = store.revision();
    store.take(MAIL, word("one", 4, root(4)), clock.instant());
    assertThat(instances()).containsExactly("two", "one");
    assertThat(store.since("acme", revision))
        .singleElement()
        .satisfies(kept -> assertThat(kept.said().keyLog().size()).isEqualTo(4));
    assertThat(store.since("globex", -1)).isEmpty();
  }

  @Test
  void whoIsSilentIsSaidToBeAndForgottenAfterADayOrWhenHeLeaves() {
    store.take(MAIL, word("one", 3, root(3)), clock.instant());
    store.take(MAIL, word("two", 3, root(3)), clock.instant());
    clock.advance(AcknowledgementStore.SILENT_AFTER);
    assertThat(store.all()).noneMatch(kept -> kept.isSilent(clock.instant()));
    clock.advance(Duration.ofMillis(1));
    assertThat(store.all()).allMatch(kept -> kept.isSilent(clock.instant()));
    store.take(MAIL, word("two", 3, root(3)).left(clock.instant()), clock.instant());
    assertThat(instances()).containsExactly("one");
    clock.advance(AcknowledgementStore.FORGOTTEN_AFTER);
    store.flush(clock.instant());
    assertThat(instances()).isEmpty();
  }

  @Test
  void whatWasWrittenIsThereAfterAStart() {
    store.take(MAIL, word("one", 3, root(3)), clock.instant());
    store.take(MAIL, word("two", 3, root(3)), clock.instant());
    store.flush(clock.instant());
    store.take(MAIL, word("two", 3, root(3)).left(clock.instant()), clock.instant());
    store.flush(clock.instant());
    store = new AcknowledgementStore(monitor.database.jdbi());
    assertThat(store.since("acme", -1))
        .singleElement()
        .satisfies(kept -> assertThat(kept.said()).isEqualTo(word("one", 3, root(3))))
        .satisfies(kept -> assertThat(kept.heardAt()).isEqualTo(clock.instant()));
  }

  @Test
  void aClientHasARoomThatOnlyItsOwnProcessesFill() {
    store.take("acme/other", word("quiet", 1, root(1)), clock.instant());
    for (int i = 0; i <= AcknowledgementStore.INSTANCES_MAX; i++) {
      clock.advance(Duration.ofMillis(1));
      store.take(MAIL, word("n" + i, 1, root(1)), clock.instant());
    }
    assertThat(instances())
        .hasSize(AcknowledgementStore.INSTANCES_MAX + 1)
        .contains("quiet", "n1", "n" + AcknowledgementStore.INSTANCES_MAX)
        .doesNotContain("n0");
  }

  private final Map<Long, Hash> ours = new HashMap<>();

  private ViewComparison comparison(List<Finding> found) {
    return new ViewComparison(
        (domain, log, size) ->
            log.equals("keys") ? Optional.ofNullable(ours.get(size)) : Optional.of(root(0)),
        domain -> ours.keySet().stream().mapToLong(size -> size).max().orElse(0),
        found::add,
        clock);
  }

  @Test
  void aRootThatDiffersFromTheMonitorsIsAFindingAndTheSameOneIsNone() throws IOException {
    List<Finding> found = new ArrayList<>();
    ViewComparison comparison = comparison(found);
    ours.put(3L, root(3));
    store.take(MAIL, word("honest", 3, root(3)), clock.instant());
    comparison.compare(store.all());
    assertThat(found).isEmpty();
    store.take(MAIL, word("elsewhere", 3, root(9)), clock.instant());
    comparison.compare(store.all());
    comparison.compare(store.all());
    assertThat(found)
        .singleElement()
        .satisfies(one -> assertThat(one.kind()).isEqualTo(Finding.Kind.SPLIT_VIEW))
        .satisfies(one -> assertThat(one.severity()).isEqualTo(Finding.Severity.CRITICAL))
        .satisfies(one -> assertThat(one.summary()).contains("acme/mail instance elsewhere"));
  }

  @Test
  void viewsAheadOfTheMonitorAreComparedWithEachOtherAndLaterWithIts() throws IOException {
    List<Finding> found = new ArrayList<>();
    ViewComparison comparison = comparison(found);
    store.take(MAIL, word("one", 5, root(5)), clock.instant());
    store.take(MAIL, word("two", 5, root(5)), clock.instant());
    comparison.compare(store.all());
    assertThat(found).isEmpty();
    store.take(MAIL, word("three", 5, root(6)), clock.instant());
    comparison.compare(store.all());
    assertThat(found).hasSize(1);
    found.clear();
    // The monitor comes to a third root: the first two were shown what it was not.
    ours.put(5L, root(7));
    comparison.compare(store.all());
    assertThat(found).hasSize(1);
  }

  @Test
  void moreOfTheKeyLogThanTheMonitorIsShownIsAFindingAfterAWhile() throws IOException {
    List<Finding> found = new ArrayList<>();
    ViewComparison comparison = comparison(found);
    store.take(MAIL, word("soon", 4, root(4)), clock.instant());
    store.take(MAIL, word("larger", 9, root(9)), clock.instant());
    comparison.compare(store.all());
    clock.advance(ViewComparison.REACHED_WITHIN);
    ours.put(4L, root(4));
    comparison.compare(store.all());
    assertThat(found).as("the monitor may be behind").isEmpty();
    clock.advance(Duration.ofMillis(1));
    comparison.compare(store.all());
    comparison.compare(store.all());
    assertThat(found)
        .singleElement()
        .satisfies(one -> assertThat(one.kind()).isEqualTo(Finding.Kind.LOG_ROLLBACK))
        .satisfies(one -> assertThat(one.severity()).isEqualTo(Finding.Severity.HIGH))
        .satisfies(one -> assertThat(one.detail().number("size")).isEqualTo(9))
        .satisfies(one -> assertThat(one.summary()).contains("acme/mail instance larger has 9"));
  }

  @Test
  void lessOfTheKeyLogThanTheMonitorHasIsNoFinding() throws IOException {
    List<Finding> found = new ArrayList<>();
    ViewComparison comparison = comparison(found);
    ours.put(9000L, root(1));
    store.take(MAIL, word("left long ago", 4, root(4)), clock.instant());
    store.take(MAIL, word("new", 0, root(0)), clock.instant());
    comparison.compare(store.all());
    clock.advance(ViewComparison.REACHED_WITHIN.plusMillis(1));
    comparison.compare(store.all());
    assertThat(found).isEmpty();
    // Two that saw that size are held against each other as ever.
    store.take(MAIL, word("elsewhere", 4, root(5)), clock.instant());
    store.take(MAIL, word("larger", 9001, root(6)), clock.instant());
    comparison.compare(store.all());
    clock.advance(ViewComparison.REACHED_WITHIN.plusMillis(1));
    comparison.compare(store.all());
    assertThat(found)
        .extracting(Finding::kind)
        .containsExactly(Finding.Kind.SPLIT_VIEW, Finding.Kind.LOG_ROLLBACK);
  }

  @Test
  void aTokenLogsHeadIsComparedToo() throws IOException {
    List<Finding> found = new ArrayList<>();
    ViewComparison comparison =
        new ViewComparison(
            (domain, log, size) -> Optional.of(root(1)), domain -> 1, found::add, clock);
    store.take(MAIL, word("one", 1, root(1)), clock.instant());
    comparison.compare(store.all());
    assertThat(found)
        .singleElement()
        .satisfies(one -> assertThat(one.detail().string("log")).isEqualTo("s1g1"));
  }

  @Test
  void servicesAndAudiencesAreKnownOverAStart() {
    KnownServices services = new KnownServices(monitor.database.jdbi(), clock);
    services.seen("acme", KnownServices.Source.SERVICE, "imap");
    services.seen("acme", KnownServices.Source.AUDIENCE, "https://mail.example");
    services.seen("globex", KnownServices.Source.AUDIENCE, "https://else.example");
    services.flush(clock.instant());
    services = new KnownServices(monitor.database.jdbi(), clock);
    assertThat(services.toJson("acme"))
        .extracting(line -> line.get("type") + " " + line.get("name"))
        .containsExactly("audience https://mail.example", "service imap");
    clock.advance(KnownServices.KEPT_FOR.plusSeconds(1));
    services.flush(clock.instant());
    assertThat(new KnownServices(monitor.database.jdbi(), clock).toJson("acme")).isEmpty();
  }

  @Test
  void thePathTakesOwnDomainsOnly() throws Exception {
    MonitorRoutes routes =
        new MonitorRoutes(
            answers,
            (token, scope, address) -> new Caller(token, "mail", "acme"),
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
    Listener web =
        answers.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            1 << 20,
            new ClientAddress(List.of()),
            Answers.READ_TIME_MAX,
            routes::register);
    try (HttpClient http = HttpClient.newHttpClient()) {
      String good = word("one", 3, root(3)).toJson().toString();
      assertThat(post(http, web, "acme", good)).isEqualTo(202);
      assertThat(instances()).containsExactly("one");
      assertThat(post(http, web, "globex", good)).isEqualTo(400);
      assertThat(post(http, web, "acme", good.replace("\"v\":1", "\"v\":2"))).isEqualTo(400);
      assertThat(post(http, web, "acme", " ".repeat(Acknowledgement.BYTES_MAX + 1))).isEqualTo(413);
      assertThat(store.all()).hasSize(1);
    } finally {
      web.close();
    }
  }

  private static int post(HttpClient http, Listener web, String token, String body)
      throws Exception {
    return http.send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + web.port() + "/acknowledgements"))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8))
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  @Test
  void theReportEndsWithWhereToAskOn() throws Exception {
    store.take(MAIL, word("one", 3, root(3)), clock.instant());
    List<JsonObject> lines = new ArrayList<>();
    AcknowledgementReport report =
        new AcknowledgementReport(
            store, new KnownServices(monitor.database.jdbi(), clock), List.of(), clock);
    report.write("acme", 0, lines::add);
    assertThat(lines).extracting(line -> line.get("type")).containsExactly("instance", "summary");
    long revision = lines.getLast().number("revision");
    lines.clear();
    report.write("acme", revision, lines::add);
    assertThat(lines).extracting(line -> line.get("type")).containsExactly("summary");
  }
}
