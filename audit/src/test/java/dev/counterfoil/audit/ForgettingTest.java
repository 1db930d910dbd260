package dev.counterfoil.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.log.JournalOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One person is forgotten, and the proofs of everybody else, and of how many there were, hold. */
class ForgettingTest {
  private static final Source MAIL = new Source("trial", "mail", Optional.empty());
  private static final Fence ACME = new Fence("trial", "acme");
  private static final Fence GLOBEX = new Fence("trial", "globex");
  private static final Reader OPERATOR =
      new Reader("counterfoil", Optional.of("root"), Optional.empty());
  private static final String ALICE = "alice@acme.example";
  private static final String GROUND = "request 12 of the person concerned";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private Auditor auditor;

  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  @BeforeEach
  void open() throws IOException {
    auditor =
        Auditor.start(
            new Auditor.Settings(
                folder,
                "monitor.example/audit",
                new JournalOptions(1 << 20, 0),
                1_000_000,
                1_000_000,
                1L << 40),
            InstantSource.fixed(Instant.ofEpochMilli(SampleEvents.TIME + 60_000)),
            new SecureRandom(),
            failure::set);
  }

  @AfterEach
  void close() throws IOException {
    auditor.close();
    assertThat(failure).hasNullValue();
  }

  private void report() throws Exception {
    List<JsonObject> events = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      events.add(
          SampleEvents.read(
              "acme", i, i % 2 == 0 ? ALICE : "bob@acme.example", "s1g1." + i + ".x"));
    }
    events.add(SampleEvents.read("globex", 20, ALICE, "s1g1.20.x"));
    assertThat(auditor.take(MAIL, SampleEvents.lines(events)))
        .isInstanceOfSatisfying(
            IntakeAnswer.Taken.class, taken -> assertThat(taken.recorded()).isEqualTo(21));
    while (auditor.indexed() < auditor.size()) {
      assertThat(failure).hasNullValue();
      Thread.sleep(5);
    }
  }

  private List<Long> found(Fence fence, Map<String, String> asked) throws Exception {
    while (auditor.indexed() < auditor.size()) {
      assertThat(failure).hasNullValue();
      Thread.sleep(5);
    }
    return auditor
        .search(fence, EventQuery.parse(name -> Optional.ofNullable(asked.get(name))), OPERATOR)
        .events()
        .stream()
        .map(one -> one.event().sequence())
        .toList();
  }

  private AuditBundle.Proved export(List<String> events) throws IOException, FormatException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    auditor.export(ACME, EventQuery.parse(name -> Optional.empty()), OPERATOR, out);
    return AuditBundle.check(
        new ByteArrayInputStream(out.toByteArray()),
        auditor.key(),
        one -> events.add(new String(one.event().canonicalBytes(), StandardCharsets.UTF_8)));
  }

  private void nothingDiffers() throws Exception {
    List<String> differences = new ArrayList<>();
    assertThat(auditor.check(differences::add).differences()).as("%s", differences).isZero();
  }

  private List<Path> filesWith(String text) throws IOException {
    List<Path> with = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text)) {
          with.add(file);
        }
      }
    }
    return with;
  }

  @Test
  void whoIsForgottenIsGoneAndEveryProofHolds() throws Exception {
    report();
    assertThat(found(ACME, Map.of("entity", ALICE))).hasSize(10);
    assertThat(found(ACME, Map.of("text", "message of alice", "class", "6005"))).isNotEmpty();
    assertThat(found(ACME, Map.of("token", "s1g1.4.x"))).hasSize(1);
    List<String> before = new ArrayList<>();
    assertThat(export(before).deleted()).isZero();
    assertThat(before).anyMatch(event -> event.contains("\"message\":\"message of alice"));
    Auditor.Forgotten look = auditor.lookForForgetting(ACME, ALICE, OPERATOR);
    assertThat(look.events()).isEqualTo(10);
    assertThat(look.young()).isEqualTo(10);
    assertThat(auditor.forget(ACME, ALICE, GROUND, OPERATOR).refusal()).isEmpty();

    for (String again : List.of("now", "after a start")) {
      assertThat(found(ACME, Map.of("entity", ALICE))).as(again).isEmpty();
      assertThat(found(ACME, Map.of("text", "message of alice", "class", "6005"))).isEmpty();
      assertThat(found(ACME, Map.of("token", "s1g1.4.x"))).isEmpty();
      assertThat(found(ACME, Map.of("entity", "bob@acme.example"))).hasSize(10);
      assertThat(found(GLOBEX, Map.of("entity", ALICE))).as("another tenant's").hasSize(1);
      List<String> events = new ArrayList<>();
      AuditBundle.Proved proved = export(events);
      assertThat(proved.complete()).isTrue();
      assertThat(proved.deleted()).isEqualTo(10);
      assertThat(proved.total()).isEqualTo(proved.events() + 10);
      assertThat(events)
          .noneMatch(event -> event.contains("\"message\":\"message of alice"))
          .anyMatch(
              event ->
                  event.contains("\"event_code\":\"audit.forget\"")
                      && event.contains(look.pseudonyms().getFirst())
                      && event.contains(GROUND)
                      && !event.contains("alice"));
      nothingDiffers();
      assertThat(filesWith("alice")).isEmpty();
      auditor.close();
      open();
    }
    // Whoever comes by that name is somebody else, and is found.
    auditor.take(MAIL, SampleEvents.lines(SampleEvents.read("acme", 21, ALICE, "s1g1.21.x")));
    assertThat(found(ACME, Map.of("entity", ALICE))).containsExactly(21L);
    // What was recorded once is not taken again.
    assertThat(
            auditor.take(MAIL, SampleEvents.lines(SampleEvents.read("acme", 4, ALICE, "s1g1.4.x"))))
        .isInstanceOfSatisfying(
            IntakeAnswer.Taken.class, taken -> assertThat(taken.repeated()).isEqualTo(1));
  }

  @Test
  void theFilesCanBeMadeAgainWithoutHim() throws Exception {
    report();
    assertThat(auditor.forget(ACME, ALICE, GROUND, OPERATOR).refusal()).isEmpty();
    auditor.close();
    try (Stream<Path> files = Files.list(folder.resolve("store"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
    open();
    assertThat(found(ACME, Map.of("entity", "bob@acme.example"))).hasSize(10);
    assertThat(auditor.lookForForgetting(ACME, "bob@acme.example", OPERATOR).events())
        .isEqualTo(10);
    assertThat(export(new ArrayList<>()).deleted()).isEqualTo(10);
    nothingDiffers();
  }

  @Test
  void nobodyIsForgottenWithoutGroundOnHoldOrForWhatHeDidWithPower() throws Exception {
    report();
    assertThat(auditor.forget(ACME, ALICE, " ", OPERATOR).refusal().orElseThrow())
        .contains("name the tenant's ground");
    assertThat(auditor.forget(ACME, ALICE, "asked by Alice@acme.example", OPERATOR).refusal())
        .hasValueSatisfying(why -> assertThat(why).contains("without his name"));
    assertThat(auditor.forget(ACME, "carol", GROUND, OPERATOR).refusal().orElseThrow())
        .contains("no event of the tenant has that name");
    found(ACME, Map.of("entity", ALICE));
    assertThat(auditor.forget(ACME, "root", GROUND, OPERATOR).refusal().orElseThrow())
        .contains("stays on record");
    auditor.hold(ACME, "a dispute", OPERATOR);
    assertThat(auditor.forget(ACME, ALICE, GROUND, OPERATOR).refusal().orElseThrow())
        .contains("on hold");
    assertThat(found(ACME, Map.of("entity", ALICE))).hasSize(10);
    auditor.endHold(ACME, "settled", OPERATOR);
    assertThat(auditor.forget(ACME, ALICE, GROUND, OPERATOR).refusal()).isEmpty();
    assertThat(found(ACME, Map.of("entity", ALICE))).isEmpty();
  }

  @Test
  void whatACrashBrokeOffIsDoneAtTheNextStart() throws Exception {
    report();
    Auditor.Forgotten look = auditor.lookForForgetting(ACME, ALICE, OPERATOR);
    auditor.close();
    Files.writeString(
        folder.resolve("names/forgetting.json"),
        JsonObject.builder()
            .put("domain", "trial")
            .put("tenant", "acme")
            .put("pseudonym", look.pseudonyms().getFirst())
            .put("first", look.first())
            .put("last", look.last())
            .put("count", look.events())
            .put("ground", GROUND)
            .put("client", "counterfoil")
            .build()
            .toString());
    open();
    assertThat(folder.resolve("names/forgetting.json")).doesNotExist();
    assertThat(found(ACME, Map.of("entity", ALICE))).isEmpty();
    assertThat(export(new ArrayList<>()).deleted()).isEqualTo(10);
    nothingDiffers();
  }
}
