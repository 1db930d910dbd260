package dev.counterfoil.monitor.notifying;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingChanges;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.settings.NotificationChannel;
import dev.counterfoil.verifier.SettableClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a channel tells, in which order, and what comes of one that takes nothing. */
final class ChannelSenderTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-30T12:00:00Z"));
  private final Recorder channel = new Recorder();
  @TempDir Path folder;
  private Database database;
  private FindingStore findings;
  private FindingChanges changes;
  private ChannelCursors cursors;

  /** Takes two at a time, or nothing. */
  private static final class Recorder implements Channel {
    final List<String> taken = new ArrayList<>();
    boolean isDead;

    /** Refused while its texts are there, or always. */
    String refusedText = "none";

    String refusedAlways = "none";

    /** As one with a wrong address does. */
    boolean refusesAll;

    @Override
    public String target() {
      return "a test";
    }

    @Override
    public int batchMax() {
      return 2;
    }

    /** What waited behind the last batch. */
    List<Waiting> behind = List.of();

    @Override
    public void send(List<Notification> batch, Supplier<List<Waiting>> waiting) throws IOException {
      send(batch);
      behind = waiting.get();
    }

    @Override
    public void send(List<Notification> batch) throws IOException {
      if (isDead) {
        throw new IOException("it is dead");
      }
      for (int i = 0; i < batch.size(); i++) {
        Notification one = batch.get(i);
        if (refusesAll
            || one.text("summary").contains(refusedText)
            || one.text("kind").equals(refusedAlways)) {
          throw new NotificationRefusedException(i, "it answered 400");
        }
        taken.add(one.type().substring(20) + " " + one.text("kind") + " " + one.id());
      }
    }

    @Override
    public void probe(Notification heartbeat) throws IOException {
      if (isDead || refusesAll) {
        throw new IOException("it is dead");
      }
      taken.add("heartbeat");
    }
  }

  @BeforeEach
  void start() throws Exception {
    database = Database.open(folder.resolve("monitor.db"));
    findings = new FindingStore(database.jdbi(), clock, kind -> {});
    changes = new FindingChanges(database.jdbi());
    cursors = new ChannelCursors(database.jdbi());
  }

  @AfterEach
  void stop() {
    database.close();
  }

  private static NotificationChannel settings(String more) throws ConfigurationException {
    return channel("name: on-call\nsyslog:\n  server: 127.0.0.1:1\n" + more);
  }

  private ChannelSender sender(String more) throws ConfigurationException {
    cursors.register(List.of("on-call"), changes.newest());
    return new ChannelSender(settings(more), channel, cursors, changes, findings, "acme", clock);
  }

  private void raise(Kind kind, Severity severity, String what) {
    findings.raise(
        new Finding(
            kind,
            severity,
            "acme",
            Subject.of("acme", what),
            clock.instant(),
            1,
            what,
            JsonObject.builder().build()));
  }

  @Test
  void everyChangeIsToldOnceAndInOrder() throws Exception {
    raise(Kind.LOG_FORK, Severity.CRITICAL, "before the channel was there");
    assertThat(changes.newest()).as("no channel, no change is kept").isZero();
    ChannelSender sender = sender("");
    assertThat(sender.step().endsEarly()).isTrue();
    assertThat(channel.taken).containsExactly("heartbeat");
    channel.taken.clear();
    raise(Kind.SIGNER_AWAY, Severity.MEDIUM, "s1 then");
    raise(Kind.SIGNER_AWAY, Severity.MEDIUM, "s1 then");
    raise(Kind.LOG_DAMAGED, Severity.HIGH, "log");
    findings.over(Kind.SIGNER_AWAY, "acme", "s1", clock.instant());
    assertThat(sender.step().pause()).isZero();
    assertThat(channel.taken).hasSize(2);
    sender.step();
    assertThat(sender.step().pause()).isEqualTo(Duration.ofHours(1));
    long database = findings.begun().millis();
    assertThat(channel.taken)
        .containsExactly(
            "raised signer-away finding-" + database + "-1",
            "raised log-damaged finding-" + database + "-2",
            "resolved signer-away finding-" + database + "-3");
    assertThat(changes.count(0)).as("what was told is forgotten").isZero();
    // Another process begins where this one was.
    channel.taken.clear();
    sender("").step();
    assertThat(channel.taken).containsExactly("heartbeat");
  }

  @Test
  void aChannelHearsWhatItAsksForAndThatAnotherFails() throws Exception {
    ChannelSender sender = sender("severity: high\nkinds: [log-fork, limit-near]\n");
    raise(Kind.LOG_FORK, Severity.CRITICAL, "wanted");
    raise(Kind.LOG_DAMAGED, Severity.CRITICAL, "another kind");
    raise(Kind.LIMIT_NEAR, Severity.MEDIUM, "less");
    raise(Kind.NOTIFICATIONS_FAILING, Severity.HIGH, "always");
    sender.step();
    assertThat(channel.taken)
        .extracting(line -> line.split(" ", -1)[1])
        .containsExactly("log-fork", "notifications-failing");
  }

  @Test
  void aDeadChannelIsAFindingUntilItTakesSomething() throws Exception {
    channel.isDead = true;
    ChannelSender sender = sender("failing-after: 1m\n");
    raise(Kind.LOG_FORK, Severity.CRITICAL, "waits");
    assertThat(sender.step()).isEqualTo(new ChannelSender.Turn(Duration.ofSeconds(1), false));
    assertThat(sender.step().pause()).isEqualTo(Duration.ofSeconds(2));
    assertThat(failing()).isEmpty();
    for (int i = 0; i < 5; i++) {
      sender.step();
    }
    assertThat(sender.step().pause()).isEqualTo(ChannelSender.RETRY_MAX);
    // Its process starts again meanwhile.
    ChannelSender next = sender("failing-after: 1m\n");
    clock.advance(Duration.ofMinutes(1));
    next.step();
    next.step();
    assertThat(failing()).containsExactly("open");
    assertThat(next.status().string("why")).isEqualTo("it is dead");
    assertThat(next.status().number("waiting")).isEqualTo(2);
    channel.isDead = false;
    next.step();
    next.step();
    assertThat(failing()).containsExactly("explained");
    assertThat(channel.taken)
        .extracting(line -> line.split(" ", -1)[1])
        .startsWith("log-fork", "notifications-failing");
    assertThat(next.status().has("failing_since_ms")).isFalse();
  }

  private void steps(ChannelSender sender, int count) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      sender.step();
    }
  }

  private List<String> kindsTaken() {
    return channel.taken.stream()
        .filter(line -> !line.equals("heartbeat"))
        .map(line -> line.split(" ", -1)[1])
        .toList();
  }

  @Test
  void whatIsRefusedForItsTextsIsToldWithoutThemAndWhatComesAfterIsTold() throws Exception {
    ChannelSender sender = sender("");
    channel.refusedText = "<script>";
    raise(Kind.SIGNER_AWAY, Severity.MEDIUM, "before");
    raise(Kind.FORGED_TOKEN, Severity.HIGH, "<script>");
    raise(Kind.LOG_FORK, Severity.CRITICAL, "after");
    steps(sender, ChannelSender.REFUSALS - 1);
    assertThat(kindsTaken()).as("once, and not the refused one").containsExactly("signer-away");
    assertThat(sender.status().string("why")).isEqualTo("it answered 400");
    steps(sender, 2);
    assertThat(kindsTaken()).containsExactly("signer-away", "forged-token", "log-fork");
    assertThat(failing()).as("it was told").isEmpty();
    // A flood of them is not a flood of pauses.
    raise(Kind.FORGED_TOKEN, Severity.HIGH, "<script> again");
    assertThat(sender.step().pause()).isZero();
    assertThat(kindsTaken()).hasSize(4);
  }

  @Test
  void whatIsRefusedForGoodIsPassedOverAndNamedByAFinding() throws Exception {
    ChannelSender sender = sender("");
    channel.refusedAlways = "forged-token";
    raise(Kind.FORGED_TOKEN, Severity.HIGH, "refused");
    raise(Kind.LOG_FORK, Severity.CRITICAL, "after");
    steps(sender, ChannelSender.REFUSALS);
    assertThat(failing()).containsExactly("open");
    steps(sender, 2);
    assertThat(kindsTaken()).containsExactly("log-fork", "notifications-failing");
    FindingStore.Kept finding = findings.list(FindingStore.Query.all()).getLast();
    assertThat(finding.json().string("summary"))
        .contains("does not tell finding-", "high: forged-token in acme", "it answered 400");
    assertThat(failing()).as("no success ends it").containsExactly("open");
  }

  /** It is the channel that fails then: nothing is lost. */
  @Test
  void whereEverythingIsRefusedAllOfItWaits() throws Exception {
    ChannelSender sender = sender("failing-after: 1m\n");
    channel.refusesAll = true;
    raise(Kind.FORGED_TOKEN, Severity.HIGH, "waits");
    raise(Kind.LOG_FORK, Severity.CRITICAL, "waits too");
    steps(sender, 3 * ChannelSender.REFUSALS);
    assertThat(sender.status().number("waiting")).isEqualTo(2);
    clock.advance(Duration.ofMinutes(1));
    sender.step();
    assertThat(failing()).containsExactly("open");
    channel.refusesAll = false;
    steps(sender, 2);
    assertThat(kindsTaken()).startsWith("forged-token", "log-fork");
  }

  @Test
  void whatWaitsIsCountedBySortTheGravestFirst() throws Exception {
    ChannelSender sender = sender("severity: high\n");
    for (int i = 0; i < 5; i++) {
      raise(Kind.FORGED_TOKEN, Severity.HIGH, "token " + i);
    }
    raise(Kind.SIGNER_AWAY, Severity.MEDIUM, "not asked for");
    raise(Kind.LOG_FORK, Severity.CRITICAL, "log");
    sender.step();
    assertThat(channel.behind)
        .containsExactly(
            new Channel.Waiting(
                "critical: log-fork in acme", Notification.gravityOf(false, Severity.CRITICAL), 1),
            new Channel.Waiting(
                "high: forged-token in acme", Notification.gravityOf(false, Severity.HIGH), 3));
  }

  /** One that has nothing to tell is looked at, too. */
  @Test
  void anIdleChannelIsProbed() throws Exception {
    ChannelSender sender = sender("heartbeat: 10m\nfailing-after: 1m\n");
    sender.step();
    channel.isDead = true;
    clock.advance(Duration.ofMinutes(10));
    sender.step();
    clock.advance(Duration.ofMinutes(1));
    sender.step();
    assertThat(failing()).containsExactly("open");
  }

  private List<String> failing() {
    return findings.list(FindingStore.Query.all()).stream()
        .map(FindingStore.Kept::json)
        .filter(one -> "notifications-failing".equals(one.get("kind")))
        .map(one -> String.valueOf(one.get("state")))
        .toList();
  }

  @Test
  void aChannelThatCannotWorkIsRefused() throws Exception {
    assertThat(settings("").name()).isEqualTo("on-call");
    for (String bad :
        List.of(
            "mail:\n  server: 127.0.0.1:25\n  from: a@b.c\n  to: [d@e.f]\n",
            "kinds: [forged-tokens]\n",
            "heartbeat: 0s\n")) {
      assertThatThrownBy(() -> settings(bad)).isInstanceOf(ConfigurationException.class);
    }
    String mail =
        """
        name: a
        mail:
          server: SERVER
          security: none
          from: a@b.c
          to: ["TO"]
        """;
    String here = mail.replace("SERVER", "127.0.0.1:25");
    assertThat(channel(here.replace("TO", "d@e.f")).mail()).isPresent();
    assertThatThrownBy(() -> channel(here.replace("TO", "d@e.f\\r\\nBcc: x@y.z")))
        .hasMessageContaining("is no mail address");
    assertThatThrownBy(
            () -> channel(mail.replace("SERVER", "mail.example:25").replace("TO", "d@e.f")))
        .hasMessageContaining("use starttls or tls");
  }

  private static NotificationChannel channel(String yaml) throws ConfigurationException {
    return Configuration.parse(Path.of("/tmp/channel.yaml"), yaml, NotificationChannel.class);
  }
}
