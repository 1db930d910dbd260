package dev.counterfoil.audit.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.journal.JournalOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A source that says from time to time that it is there, and then does not. */
class SilenceTest {
  private static final Source MAIL = new Source("trial", "mail", Optional.of("acme"));
  private static final Fence ACME = new Fence("trial", "acme");
  private static final Reader ANALYST = new Reader("a", Optional.empty(), Optional.empty());
  private static final long EVERY_SECONDS = 10;

  @TempDir Path folder;
  private final AtomicLong now = new AtomicLong(SampleEvents.TIME);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private Auditor auditor;

  @BeforeEach
  void open() throws IOException {
    auditor =
        Auditor.start(
            new Auditor.Settings(
                folder,
                "monitor.example/audit",
                new JournalOptions(1 << 20, 0),
                1000,
                1_000_000,
                1L << 40),
            () -> Instant.ofEpochMilli(now.get()),
            new SecureRandom(),
            failure::set);
  }

  @AfterEach
  void close() throws IOException {
    auditor.close();
    assertThat(failure).hasNullValue();
  }

  private void report(long sequence) throws IOException {
    report(MAIL, 1, "acme", sequence);
  }

  private void report(Source source, long activity, String tenant, long sequence)
      throws IOException {
    JsonObject ofItself =
        JsonObject.builder()
            .put("activity_id", activity)
            .put("category_uid", 6)
            .put("class_uid", AuditEvent.SOURCE_ACTIVITY)
            .put("type_uid", AuditEvent.SOURCE_ACTIVITY * 100 + activity)
            .put("severity_id", 1)
            .put("time", now.get())
            .put(
                "metadata",
                JsonObject.builder()
                    .put("version", "1.8.0")
                    .put("product", JsonObject.builder().put("name", "Example mail").build())
                    .put("tenant_uid", tenant)
                    .put("sequence", sequence)
                    .build())
            .put(
                "event_source",
                JsonObject.builder()
                    .put("uid", "trial/mail")
                    .put("name", "")
                    .put("heartbeat_seconds", EVERY_SECONDS)
                    .build())
            .build();
    assertThat(auditor.take(source, SampleEvents.lines(ofItself)))
        .isInstanceOfSatisfying(
            IntakeAnswer.Taken.class, taken -> assertThat(taken.recorded()).isEqualTo(1));
  }

  private List<AuditEvent> said(long activity) throws Exception {
    EventQuery query =
        EventQuery.parse(
            name ->
                name.equals("class")
                    ? Optional.of(Long.toString(AuditEvent.SOURCE_ACTIVITY))
                    : Optional.empty());
    return auditor.search(ACME, query, ANALYST).events().stream()
        .map(StoredEvent::event)
        .filter(event -> event.activityId() == activity)
        .toList();
  }

  private void awaitSaid(long activity, int count) throws Exception {
    for (int i = 0; i < 1200 && said(activity).size() < count; i++) {
      assertThat(failure).hasNullValue();
      Thread.sleep(50);
    }
    assertThat(said(activity)).hasSize(count);
  }

  @Test
  void silenceIsAnEventAndSoIsItsEndAndEachIsSaidOnce() throws Exception {
    report(0);
    awaitSaid(1, 1);
    now.addAndGet(EVERY_SECONDS * 1000 * Sequences.BEATS_MISSED_MAX + 1);
    awaitSaid(OwnEvents.SILENCE, 1);
    JsonObject about = said(OwnEvents.SILENCE).getFirst().json().object("event_source");
    assertThat(about.string("uid")).isEqualTo("trial/mail");
    assertThat(about.number("last_time")).isEqualTo(SampleEvents.TIME);

    // Said once, also when the auditor starts again.
    auditor.close();
    open();
    now.addAndGet(EVERY_SECONDS * 1000 * Sequences.BEATS_MISSED_MAX + 1);
    report(1);
    awaitSaid(OwnEvents.RESUME, 1);
    assertThat(said(OwnEvents.SILENCE)).hasSize(1);

    // And again.
    now.addAndGet(EVERY_SECONDS * 1000 * Sequences.BEATS_MISSED_MAX + 1);
    awaitSaid(OwnEvents.SILENCE, 2);
  }

  @Test
  void whoNeverSaidThatItWouldSpeakIsNotSilent() throws Exception {
    assertThat(auditor.take(MAIL, SampleEvents.lines(SampleEvents.read("acme", 0, "alice", "t"))))
        .isInstanceOf(IntakeAnswer.Taken.class);
    now.addAndGet(1_000_000_000);
    // The control: another stream that did, is.
    auditor.close();
    open();
    report(1);
    awaitSaid(1, 1);
    now.addAndGet(EVERY_SECONDS * 1000 * Sequences.BEATS_MISSED_MAX + 1);
    awaitSaid(OwnEvents.SILENCE, 1);
  }

  /** A client's name may have slashes, and end as the auditor's does. */
  @Test
  void silenceIsTheAuditorsWordAndNoSourceSaysItForAnother() throws Exception {
    report(0);
    awaitSaid(1, 1);
    Source other = new Source("trial", "mail/@auditor", Optional.of("globex"));
    report(other, OwnEvents.SILENCE, "globex", 0);
    while (auditor.indexed() < auditor.size()) {
      Thread.sleep(10);
    }
    assertThat(said(OwnEvents.SILENCE)).isEmpty();
    now.addAndGet(EVERY_SECONDS * 1000 * Sequences.BEATS_MISSED_MAX + 1);
    awaitSaid(OwnEvents.SILENCE, 1);
  }

  @Test
  void nobodyReportsUnderANameOfTheInstallationsOwn() throws Exception {
    byte[] event = SampleEvents.lines(SampleEvents.read("acme", 0, "alice", "t"));
    for (String name : List.of("@auditor", "@signer")) {
      assertThat(auditor.take(new Source("trial", name, Optional.of("acme")), event))
          .isInstanceOf(IntakeAnswer.Malformed.class);
    }
    assertThat(auditor.take(new Source("trial", "signer", Optional.of("acme")), event))
        .isInstanceOf(IntakeAnswer.Taken.class);
  }
}
