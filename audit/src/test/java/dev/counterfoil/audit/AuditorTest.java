package dev.counterfoil.audit;

import static dev.counterfoil.audit.names.SampleEvents.lines;
import static dev.counterfoil.audit.names.SampleEvents.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.access.AuditBusyException;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.custody.TenantCount;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events through intake, store, search and export, over restarts, on a disk. */
class AuditorTest {
  private static final String ORIGIN = "monitor.example/audit";
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.ofEpochMilli(SampleEvents.TIME + 60_000));
  private static final Source MAIL = new Source("trial", "mail", Optional.of("acme"));
  private static final Source OTHER = new Source("trial", "files", Optional.of("globex"));
  private static final Source ANY = new Source("trial", "gateway", Optional.empty());
  private static final Fence ACME = new Fence("trial", "acme");
  private static final Reader ANALYST =
      new Reader("analyst", Optional.empty(), Optional.of("192.0.2.9"));

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private Auditor auditor;

  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  @BeforeEach
  void open() throws IOException {
    auditor =
        Auditor.start(
            new Auditor.Settings(
                folder, ORIGIN, new JournalOptions(1 << 20, 0), 1000, 1_000_000, 1L << 40),
            CLOCK,
            new SecureRandom(),
            failure::set);
  }

  @AfterEach
  void closeAndCheck() throws IOException {
    NoteKey key = auditor.key();
    long size = auditor.size();
    auditor.close();
    assertThat(failure).hasNullValue();
    try (LogReader reader = new LogReader(FileDisk.toRead(folder.resolve("public")))) {
      LogCheck check =
          new LogChecker(
                  reader,
                  key,
                  Optional.empty(),
                  Optional.of(FileDisk.toRead(folder.resolve("journal"))),
                  (done, all) -> {})
              .check();
      assertThat(check)
          .isInstanceOfSatisfying(
              LogCheck.Sound.class,
              sound -> {
                assertThat(sound.checkpoint().size()).isEqualTo(size);
                assertThat(sound.recordsChecked()).isEqualTo(size);
              });
    }
  }

  private void reopen() throws IOException {
    auditor.close();
    open();
  }

  private static EventQuery query(String... pairs) throws FormatException {
    Map<String, String> parameters = new HashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      parameters.put(pairs[i], pairs[i + 1]);
    }
    return EventQuery.parse(name -> Optional.ofNullable(parameters.get(name)));
  }

  /** Waits until all that is durable can be found. */
  private void indexed() throws InterruptedException {
    long size = auditor.size();
    while (auditor.indexed() < size) {
      assertThat(failure).hasNullValue();
      Thread.sleep(5);
    }
  }

  private List<Long> found(Fence fence, EventQuery query) throws Exception {
    indexed();
    return auditor.search(fence, query, ANALYST).events().stream()
        .map(one -> one.event().sequence())
        .toList();
  }

  private static IntakeAnswer.Taken taken(IntakeAnswer answer) {
    assertThat(answer).isInstanceOf(IntakeAnswer.Taken.class);
    return (IntakeAnswer.Taken) answer;
  }

  private static List<JsonObject> reads(long from, long to) {
    return LongStream.range(from, to)
        .mapToObj(n -> read("acme", n, "box" + n % 3 + "@acme.example", "s1g1." + n / 2 + ".x"))
        .toList();
  }

  /** A finding tells of texts that a stranger chose: what the log does not take is cut. */
  @Test
  void anEventOfOurOwnIsRecordedHoweverLongTheTextsInItAre() throws Exception {
    Map<String, Boolean> fits = new LinkedHashMap<>();
    fits.put("A".repeat(1024), true);
    fits.put("\uD83D\uDD11".repeat(512), true);
    fits.put("A".repeat(1025), false);
    fits.put("A" + "\uD83D\uDD11".repeat(600), false);
    fits.put("A".repeat(40_000), false);
    long number = 0;
    for (Map.Entry<String, Boolean> text : fits.entrySet()) {
      number++;
      EventDraft draft =
          EventDraft.of(Operation.FINDING_RAISE)
              .part("monitor")
              .tenant("acme")
              .message("critical: a token of " + text.getKey())
              .token(JsonObject.builder().put("uid", text.getKey()).build());
      auditor.recordOnce("trial", draft, SampleEvents.TIME, "findings-1", number);
      auditor.recordOnce("trial", draft, SampleEvents.TIME, "findings-1", number);
    }
    indexed();
    List<StoredEvent> said =
        auditor.search(ACME, query(), ANALYST).events().stream()
            .filter(one -> one.event().json().has("recorded_token"))
            .toList();
    assertThat(said).hasSize(fits.size());
    for (StoredEvent one : said) {
      JsonObject event = one.event().json();
      String uid = event.object("recorded_token").string("uid");
      if (Objects.requireNonNullElse(fits.get(uid), false)) {
        assertThat(event.string("message")).startsWith("critical: ");
      } else {
        assertThat(uid).hasSizeBetween(199, 200);
        assertThat(event.string("message"))
            .startsWith("(cut: member uid is longer than 1024) critical: ");
      }
    }
  }

  @Test
  void whatIsAnsweredIsFoundAlsoAfterAStart() throws Exception {
    IntakeAnswer.Taken answer = taken(auditor.take(MAIL, lines(reads(0, 10))));
    assertThat(answer.recorded()).isEqualTo(10);
    assertThat(answer.refused()).isEmpty();
    assertThat(found(ACME, query("token", "s1g1.2.x"))).containsExactly(5L, 4L);
    reopen();
    assertThat(found(ACME, query("token", "s1g1.2.x", "order", "oldest"))).containsExactly(4L, 5L);
    assertThat(found(ACME, query("entity", "box1@acme.example"))).containsExactly(7L, 4L, 1L);
    assertThat(found(ACME, query("text", "NUMBER 3"))).containsExactly(3L);
    assertThat(
            found(
                ACME,
                query(
                    "source", "trial/mail",
                    "from", Long.toString(SampleEvents.TIME + 2),
                    "to", Long.toString(SampleEvents.TIME + 5))))
        .containsExactly(4L, 3L, 2L);
    assertThat(found(ACME, query("token", "s1g1.77.x"))).isEmpty();
  }

  @Test
  void whatIsSentAgainStandsOnce() throws Exception {
    auditor.take(MAIL, lines(reads(0, 5)));
    IntakeAnswer.Taken again = taken(auditor.take(MAIL, lines(reads(3, 8))));
    assertThat(again.repeated()).isEqualTo(2);
    assertThat(again.recorded()).isEqualTo(3);
    reopen();
    IntakeAnswer.Taken afterStart = taken(auditor.take(MAIL, lines(reads(0, 8))));
    assertThat(afterStart.repeated()).isEqualTo(8);
    assertThat(auditor.size()).isEqualTo(8);
  }

  @Test
  void aNumberThatIsUsedTwiceIsRefusedAlsoAfterAStart() throws Exception {
    auditor.take(MAIL, lines(reads(0, 2)));
    byte[] other = lines(read("acme", 1, "stolen@acme.example", "s1g1.0.x"));
    assertThat(taken(auditor.take(MAIL, other)).refused())
        .extracting(IntakeAnswer.RefusedLine::code)
        .containsExactly("sequence-reused");
    reopen();
    assertThat(taken(auditor.take(MAIL, other)).refused()).hasSize(1);
    // The control: the same number of another log of the source.
    String named =
        new String(other, StandardCharsets.UTF_8)
            .replace("\"sequence\":1", "\"log_name\":\"b\",\"sequence\":1");
    assertThat(taken(auditor.take(MAIL, named.getBytes(StandardCharsets.UTF_8))).recorded())
        .isEqualTo(1);
  }

  @Test
  void aBadEventIsNamedAndQuarantinedAndBlocksNoGoodOne() throws Exception {
    JsonObject late = read("acme", 4, "a", "t");
    String off = late.toString().replace("" + (SampleEvents.TIME + 4), "1000");
    String batch =
        read("acme", 0, "a", "t")
            + "\n{\"no\":\n"
            + read("globex", 2, "a", "t")
            + "\n"
            + off
            + "\n"
            + read("acme", 5, "a", "t");
    IntakeAnswer.Taken answer = taken(auditor.take(MAIL, batch.getBytes(StandardCharsets.UTF_8)));
    assertThat(answer.recorded()).isEqualTo(2);
    assertThat(answer.refused())
        .extracting(one -> one.line() + " " + one.code())
        .containsExactly("2 malformed", "3 foreign-tenant", "4 time-off");
    assertThat(auditor.quarantined(MAIL))
        .extracting(one -> one.get("code"))
        .containsExactly("malformed", "foreign-tenant", "time-off");
    assertThat(auditor.quarantined(OTHER)).isEmpty();
    assertThat(auditor.refusedLines()).isEqualTo(3);
    // The control: who may report for any tenant may for that one.
    assertThat(taken(auditor.take(ANY, lines(read("globex", 2, "a", "t")))).recorded())
        .isEqualTo(1);
  }

  @Test
  void aGapIsAnEventAndIsSaidOnce() throws Exception {
    auditor.take(MAIL, lines(reads(0, 2)));
    auditor.take(MAIL, lines(reads(6, 8)));
    auditor.take(MAIL, lines(reads(8, 9)));
    indexed();
    List<StoredEvent> gaps =
        auditor.search(ACME, query("class", "" + AuditEvent.SOURCE_ACTIVITY), ANALYST).events();
    assertThat(gaps).hasSize(1);
    JsonObject about = gaps.getFirst().event().json().object("event_source");
    assertThat(about.string("uid")).isEqualTo("trial/mail");
    assertThat(about.number("first_sequence")).isEqualTo(2);
    assertThat(about.number("last_sequence")).isEqualTo(5);
    reopen();
    assertThat(found(ACME, query("class", "" + AuditEvent.SOURCE_ACTIVITY))).hasSize(1);
    // What was missing may still come.
    assertThat(taken(auditor.take(MAIL, lines(reads(2, 6)))).recorded()).isEqualTo(4);
  }

  @Test
  void aTenantSeesHisOwnAndWhoLooked() throws Exception {
    auditor.take(MAIL, lines(reads(0, 3)));
    auditor.take(OTHER, lines(read("globex", 0, "box1@acme.example", "s1g1.0.x")));
    auditor.take(
        new Source("other-domain", "mail", Optional.of("acme")),
        lines(read("acme", 9, "box1@acme.example", "s1g1.0.x")));
    assertThat(found(ACME, query("token", "s1g1.0.x"))).containsExactly(1L, 0L);
    assertThat(found(new Fence("trial", "globex"), query("token", "s1g1.0.x"))).containsExactly(0L);
    assertThat(found(new Fence("other-domain", "acme"), query("token", "s1g1.0.x")))
        .containsExactly(9L);
    indexed();
    List<StoredEvent> looks =
        auditor.search(ACME, query("class", "6003", "order", "oldest"), ANALYST).events();
    assertThat(looks.getFirst().event().keys().client()).contains("analyst");
    assertThat(looks.getFirst().event().json().string("message")).contains("s1g1.0.x");
  }

  @Test
  void aQueryIsNoStatement() throws Exception {
    auditor.take(MAIL, lines(reads(0, 3)));
    auditor.take(OTHER, lines(read("globex", 0, "x", "s1g1.0.x")));
    for (String poison : List.of("' OR 1=1 --", "s1g1.0.x' OR tenant = 'globex", "%", "?")) {
      assertThat(found(ACME, query("token", poison))).isEmpty();
      assertThat(found(ACME, query("text", "x' OR '" + poison, "class", "6005"))).isEmpty();
    }
    assertThatThrownBy(() -> query("limit", "1001")).isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> query("order", "random")).isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> query("token", "")).isInstanceOf(FormatException.class);
  }

  @Test
  void filesAndMemoryAreSearchedAsOneAndPagesStayWhileEventsArrive() throws Exception {
    for (long file = 0; file < 9; file++) {
      auditor.take(MAIL, lines(reads(file * 10, file * 10 + 10)));
      indexed();
      auditor.compact();
    }
    auditor.take(MAIL, lines(reads(90, 100)));
    // Eight files became one.
    try (Stream<Path> files = Files.list(folder.resolve("store"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".parquet"))).hasSize(2);
    }
    List<Long> all = new ArrayList<>();
    String before = Long.toString(AuditEvent.NUMBER_MAX);
    for (int page = 0; page < 4; page++) {
      indexed();
      List<StoredEvent> events =
          auditor
              .search(ACME, query("before", before, "limit", "30", "class", "6005"), ANALYST)
              .events();
      events.forEach(one -> all.add(one.event().sequence()));
      before = Long.toString(events.getLast().position());
      auditor.take(MAIL, lines(reads(100 + page, 101 + page)));
    }
    assertThat(all)
        .containsExactlyElementsOf(LongStream.range(0, 100).map(n -> 99 - n).boxed().toList());
    reopen();
    assertThat(found(ACME, query("class", "6005", "limit", "1000"))).hasSize(104);
    assertThat(taken(auditor.take(MAIL, lines(reads(0, 104)))).repeated()).isEqualTo(104);
  }

  private byte[] export(EventQuery query) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    auditor.export(ACME, query, ANALYST, out);
    return out.toByteArray();
  }

  /** What stands behind the events is looked for in the same place, so it has to end first. */
  @Test
  void anExportHasItsPlaceUntilWhatIsBehindItIsWritten() throws Exception {
    auditor.take(MAIL, lines(reads(0, 5)));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    EventQuery reads = query("class", "6005");
    Auditor.Rest rest =
        behind -> {
          assertThat(out.size()).as("the events come first").isPositive();
          assertThatThrownBy(() -> export(reads))
              .isInstanceOf(AuditBusyException.class)
              .hasMessageContaining("a tenant has 1 exports at one time");
          auditor.export(
              new Fence("trial", "globex"), reads, ANALYST, OutputStream.nullOutputStream());
          behind.write('x');
        };
    auditor.export(ACME, reads, 0, ANALYST, out, _ -> List.of(), rest);
    assertThat(out.toString(StandardCharsets.UTF_8)).endsWith("\nx");
    assertThat(check(export(reads)).events()).isEqualTo(5);
  }

  private AuditBundle.Proved check(byte[] bundle) throws Exception {
    return AuditBundle.check(new ByteArrayInputStream(bundle), auditor.key(), one -> {});
  }

  @Test
  void anExportIsProvedAndAChangedOneIsNot() throws Exception {
    auditor.take(MAIL, lines(reads(0, 20)));
    auditor.take(OTHER, lines(read("globex", 0, "x", "s1g1.0.x")));
    indexed();
    auditor.compact();
    auditor.take(MAIL, lines(reads(20, 30)));
    byte[] bundle = export(query("class", "6005"));
    AuditBundle.Proved proved = check(bundle);
    assertThat(proved.events()).isEqualTo(30);
    assertThat(proved.tenant()).isEqualTo("acme");
    assertThat(proved.origin()).isEqualTo(ORIGIN);
    assertThat(proved.firstMillis()).isEqualTo(SampleEvents.TIME);
    assertThat(proved.lastMillis()).isEqualTo(SampleEvents.TIME + 29);
    String text = new String(bundle, StandardCharsets.UTF_8);
    String[] lines = text.split("\n", -1);
    String third = lines[3];
    Map<String, String> changed = new HashMap<>();
    changed.put(text.replace("number 7\"", "number 8\""), "one is not what the log holds");
    changed.put(text.replace(third + "\n", ""), "one is not what the log holds");
    changed.put(text.replace(third, lines[2]), "does not follow");
    changed.put(text.substring(0, text.length() - 40), "breaks off");
    changed.put(text + "{}\n", "goes on after its end");
    changed.put(
        text.replaceFirst("\"tenant\":\"acme\"", "\"tenant\":\"globex\""),
        "not the one that the log's key states of the tenant");
    changed.put(
        text.replaceFirst("\"salt\":\"[0-9a-f]{32}\"", "\"salt\":\"" + "0".repeat(32) + "\""),
        "one is not what the log holds");
    for (Map.Entry<String, String> one : changed.entrySet()) {
      assertThat(one.getKey()).isNotEqualTo(text);
      assertThatThrownBy(() -> check(one.getKey().getBytes(StandardCharsets.UTF_8)))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining(one.getValue());
    }
    NoteKey other = new NoteKey(ORIGIN, Hash.sha256(new byte[1]));
    assertThatThrownBy(() -> AuditBundle.check(new ByteArrayInputStream(bundle), other, one -> {}))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("not signed by the key");
  }

  private byte[] exportAll(long since) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    auditor.export(ACME, query(), since, ANALYST, out);
    return out.toByteArray();
  }

  @Test
  void anExportOfEverythingIsCompleteAndGoesOnWhereTheLastOneEnded() throws Exception {
    auditor.take(MAIL, lines(reads(0, 20)));
    auditor.take(OTHER, lines(read("globex", 0, "x", "s1g1.0.x")));
    indexed();
    auditor.compact();
    auditor.take(MAIL, lines(reads(20, 25)));
    AuditBundle.Proved first = check(exportAll(0));
    // The look itself is an event of the tenant.
    assertThat(first.complete()).isTrue();
    assertThat(first.events()).isEqualTo(26);
    assertThat(first.total()).isEqualTo(26);
    reopen();
    auditor.take(MAIL, lines(reads(25, 27)));
    AuditBundle.Proved second = check(exportAll(first.size()));
    assertThat(second.complete()).isTrue();
    assertThat(second.since()).isEqualTo(first.size());
    assertThat(second.events()).isEqualTo(3);
    assertThat(second.total()).isEqualTo(29);
    AuditBundle.Proved selection = check(export(query("class", "6005")));
    assertThat(selection.complete()).isFalse();
    assertThat(selection.events()).isEqualTo(27);
    AuditBundle.Proved none = check(export(query("before", "3")));
    assertThat(none.complete()).isFalse();
  }

  @Test
  void theCountsOfAllTenantsMakeTheLogAlsoThoseOfAnEarlierState() throws Exception {
    auditor.take(MAIL, lines(reads(0, 4)));
    indexed();
    auditor.compact();
    auditor.take(OTHER, lines(read("globex", 0, "x", "s1g1.0.x")));
    auditor.take(MAIL, lines(reads(4, 6)));
    indexed();
    for (long size = 1; size <= 7; size++) {
      JsonObject all = auditor.totals(Optional.of(size));
      CustodyStatement statement =
          CustodyStatement.verify(
              all.string("statement").getBytes(StandardCharsets.UTF_8), auditor.key());
      assertThat(statement.checkpoint().size()).isEqualTo(size);
      List<TenantCount> counts = new ArrayList<>();
      long acme = 0;
      for (JsonObject one : all.objects("counts")) {
        counts.add(
            new TenantCount(
                one.string("tenant"), one.number("count"), Hash.parseBase64(one.string("salt"))));
        acme += one.string("tenant").equals("trial/acme") ? one.number("count") : 0;
      }
      assertThat(statement.faultOf(counts)).isEmpty();
      assertThat(acme).isEqualTo(size > 4 ? size - 1 : size);
      // The same each time: two that differ would convict the key.
      assertThat(auditor.totals(Optional.of(size))).isEqualTo(all);
    }
    assertThatThrownBy(() -> auditor.totals(Optional.of(8L)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whoSendsTooMuchIsToldAndLosesNothing() throws Exception {
    IntakeAnswer last = auditor.take(MAIL, lines(reads(0, 1)));
    long next = 1;
    while (last instanceof IntakeAnswer.Taken) {
      last = auditor.take(MAIL, lines(reads(next, next + 1000)));
      next += 1000;
    }
    assertThat(last).isEqualTo(new IntakeAnswer.Again("quota", true));
    assertThat(auditor.refusedByQuota()).isEqualTo(1000);
    // Another source is not touched by it.
    assertThat(taken(auditor.take(ANY, lines(read("acme", 0, "a", "t")))).recorded()).isEqualTo(1);
    assertThat(auditor.take(MAIL, new byte[0])).isInstanceOf(IntakeAnswer.Malformed.class);
    assertThat(
            auditor.take(
                new Source("trial", Source.AUDITOR, Optional.empty()),
                lines(read("acme", 0, "a", "t"))))
        .isInstanceOf(IntakeAnswer.Malformed.class);
  }
}
