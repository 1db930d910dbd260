package dev.counterfoil.audit;

import static dev.counterfoil.audit.access.AuditorFixture.ACME;
import static dev.counterfoil.audit.access.AuditorFixture.GLOBEX;
import static dev.counterfoil.audit.access.AuditorFixture.MAIL;
import static dev.counterfoil.audit.access.AuditorFixture.filesWith;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.access.AuditDamagedException;
import dev.counterfoil.audit.access.AuditorFixture;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.forget.ForgettingRequests;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.disk.FailingDisk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One person is forgotten, and the proofs of everybody else, and of how many there were, hold. */
class ForgettingTest {
  private static final Reader OPERATOR =
      new Reader("counterfoil", Optional.of("root"), Optional.empty());
  private static final String ALICE = "alice@acme.example";
  private static final String BOB = "bob@acme.example";
  private static final String GROUND = "request 12 of the person concerned";
  private static final int SLOT_BYTES = 128;

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private AuditorFixture fixture;

  @BeforeEach
  void open() throws IOException {
    fixture = new AuditorFixture(folder, OPERATOR, new FailingDisk.Faults());
  }

  @AfterEach
  void close() throws IOException {
    fixture.close();
  }

  private void reopen() throws IOException {
    fixture.close();
    fixture.open();
  }

  private void report() throws Exception {
    List<JsonObject> events = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      events.add(SampleEvents.read("acme", i, i % 2 == 0 ? ALICE : BOB, "s1g1." + i + ".x"));
    }
    events.add(SampleEvents.read("globex", 20, ALICE, "s1g1.20.x"));
    take(events);
    fixture.settle();
  }

  private void take(List<JsonObject> events) throws IOException {
    assertThat(fixture.auditor().take(MAIL, SampleEvents.lines(events)))
        .isInstanceOfSatisfying(
            IntakeAnswer.Taken.class,
            taken -> assertThat(taken.recorded()).isEqualTo(events.size()));
  }

  private ForgottenPerson forget(String name) throws IOException {
    return fixture.auditor().forget(ACME, name, GROUND, OPERATOR);
  }

  private ForgottenPerson look(String name) throws IOException {
    return fixture.auditor().lookForForgetting(ACME, name, OPERATOR);
  }

  private List<Long> found(String column, String value) throws Exception {
    return fixture.found(ACME, Map.of(column, value, "class", "6005"));
  }

  /** Slots of the file of names, each as it lies there. */
  private List<String> slots() throws IOException {
    byte[] people = Files.readAllBytes(folder.resolve("names/people"));
    List<String> slots = new ArrayList<>();
    for (int at = 0; at < people.length; at += SLOT_BYTES) {
      slots.add(
          new String(Arrays.copyOfRange(people, at, at + SLOT_BYTES), StandardCharsets.ISO_8859_1));
    }
    return slots;
  }

  @Test
  void whoIsForgottenIsGoneAndEveryProofHolds() throws Exception {
    report();
    assertThat(found("entity", ALICE)).hasSize(10);
    assertThat(found("text", "message of alice")).isNotEmpty();
    assertThat(found("token", "s1g1.4.x")).hasSize(1);
    List<String> before = new ArrayList<>();
    assertThat(fixture.export(ACME, before).deleted()).isZero();
    assertThat(before).anyMatch(event -> event.contains("\"message\":\"message of alice"));
    ForgottenPerson look = look(ALICE);
    assertThat(look.events()).isEqualTo(10);
    assertThat(look.young()).isEqualTo(10);
    assertThat(forget(ALICE).refusal()).isEmpty();

    for (String again : List.of("now", "after a start")) {
      assertThat(found("entity", ALICE)).as(again).isEmpty();
      assertThat(found("text", "message of alice")).isEmpty();
      assertThat(found("token", "s1g1.4.x")).isEmpty();
      assertThat(found("entity", BOB)).hasSize(10);
      assertThat(fixture.found(GLOBEX, Map.of("entity", ALICE))).as("another tenant's").hasSize(1);
      List<String> events = new ArrayList<>();
      AuditBundle.Proved proved = fixture.export(ACME, events);
      assertThat(proved.complete()).isTrue();
      assertThat(proved.deleted()).isEqualTo(10);
      assertThat(proved.total()).isEqualTo(proved.events() + 10);
      assertThat(events)
          .noneMatch(event -> event.contains("alice"))
          .anyMatch(
              event ->
                  event.contains("\"event_code\":\"audit.forget\"")
                      && event.contains(look.pseudonyms().getFirst())
                      && event.contains(GROUND));
      fixture.nothingDiffers();
      reopen();
    }
    // Whoever comes by that name is somebody else, and is found.
    take(List.of(SampleEvents.read("acme", 21, ALICE, "s1g1.21.x")));
    assertThat(found("entity", ALICE)).containsExactly(21L);
    // What was recorded once is not taken again.
    assertThat(
            fixture
                .auditor()
                .take(MAIL, SampleEvents.lines(SampleEvents.read("acme", 4, ALICE, "s1g1.4.x"))))
        .isInstanceOfSatisfying(
            IntakeAnswer.Taken.class, taken -> assertThat(taken.repeated()).isEqualTo(1));
  }

  /** The key was what it took: with it, all that is kept opens; and no file has it any more. */
  @Test
  void whatIsKeptOpensWithTheKeyAloneAndTheKeyIsInNoFile(@TempDir Path copies) throws Exception {
    report();
    // So that the operator's own name is known by then.
    assertThat(look(ALICE).events()).isEqualTo(10);
    List<String> before = slots();
    AuditorFixture.copy(folder.resolve("names"), copies.resolve("names"));
    assertThat(forget(ALICE).refusal()).isEmpty();
    List<String> after = slots();
    List<String> overwritten = before.stream().filter(slot -> !after.contains(slot)).toList();
    assertThat(overwritten).hasSize(1);
    assertThat(filesWith(folder, overwritten.getFirst())).isEmpty();
    assertThat(filesWith(copies, overwritten.getFirst()))
        .as("where it would be seen")
        .containsExactly(copies.resolve("names/people"));
    fixture.close();
    removeFiles(folder);
    Path stolen = copies.resolve("stolen");
    AuditorFixture.copy(folder, stolen);
    Files.copy(
        copies.resolve("names/people"),
        stolen.resolve("names/people"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    AuditorFixture thief = new AuditorFixture(stolen, OPERATOR, new FailingDisk.Faults());
    assertThat(thief.found(ACME, Map.of("entity", ALICE))).hasSize(10);
    thief.close();
    fixture.open();
    assertThat(found("entity", ALICE)).isEmpty();
    assertThat(found("entity", BOB)).hasSize(10);
    assertThat(look(BOB).events()).isEqualTo(10);
    assertThat(fixture.export(ACME, new ArrayList<>()).deleted()).isEqualTo(10);
    fixture.nothingDiffers();
  }

  /** They are made again from the journal. */
  private static void removeFiles(Path of) throws IOException {
    try (Stream<Path> files = Files.list(of.resolve("store"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
  }

  /** It is an ordinary duty: what it takes from an export under way is no damage. */
  @Test
  void whoIsForgottenDuringAnExportEndsItAndIsNoDamage() throws Exception {
    for (int from = 0; from < 6000; from += 1000) {
      List<JsonObject> events = new ArrayList<>();
      for (int i = from; i < from + 1000; i++) {
        events.add(SampleEvents.read("acme", i, i % 2 == 0 ? ALICE : BOB, "s1g1." + i + ".x"));
      }
      take(events);
    }
    fixture.settle();
    fixture.auditor().compact();
    boolean[] begun = {false, false};
    OutputStream reading =
        new OutputStream() {
          @Override
          public void write(int one) {}

          @Override
          public void write(byte[] bytes, int from, int length) throws IOException {
            // The header, and then the first section, while rows are read.
            if (begun[0] && !begun[1]) {
              begun[1] = true;
              assertThat(forget(ALICE).refusal()).isEmpty();
            }
            begun[0] = true;
          }
        };
    assertThatThrownBy(
            () ->
                fixture
                    .auditor()
                    .export(ACME, EventQuery.parse(name -> Optional.empty()), OPERATOR, reading))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(AuditDamagedException.class)
        .hasMessageContaining("export again");
    AuditBundle.Proved again = fixture.export(ACME, new ArrayList<>());
    assertThat(again.complete()).isTrue();
    assertThat(again.deleted()).isEqualTo(3000);
  }

  @Test
  void whatSomebodyLookedForIsRecordedByPseudonymsAndForgottenWithHim() throws Exception {
    report();
    take(List.of(SampleEvents.read("acme", 30, "dora", "s1g1.30.x")));
    // Nobody has some of these names yet.
    List<Map<String, String>> asked =
        List.of(
            Map.of("entity", ALICE),
            Map.of("actor", "carol@acme.example"),
            Map.of("text", "Letters of Carol"),
            Map.of("text", "something else"),
            Map.of("address", "203.0.113.7"),
            Map.of("session", "session-of-carol"));
    for (Map<String, String> one : asked) {
      fixture.found(ACME, one);
    }
    List<String> events = new ArrayList<>();
    fixture.export(ACME, events);
    List<String> searches =
        events.stream().filter(event -> event.contains("audit.search")).toList();
    assertThat(searches)
        .hasSize(asked.size())
        .noneMatch(event -> event.toLowerCase(java.util.Locale.ROOT).contains("carol"))
        .noneMatch(event -> event.contains("alice"))
        .noneMatch(event -> event.contains("something"))
        .noneMatch(event -> event.contains("203.0.113.7"))
        .allMatch(event -> event.contains("\\\":\\\"~"));
    assertThat(searches.getFirst()).contains("~" + look(ALICE).pseudonyms().getFirst());
    // The same text has the same one, also after a start.
    String carol = look("carol@acme.example").pseudonyms().getFirst();
    reopen();
    assertThat(look("carol@acme.example").pseudonyms()).containsExactly(carol);
    assertThat(fixture.found(ACME, Map.of("actor", "carol@acme.example"))).isEmpty();

    // Who has no event is forgotten too, with a text that has a word of the name.
    List<String> before = slots();
    assertThat(forget("carol@acme.example").refusal()).isEmpty();
    assertThat(look("carol@acme.example").pseudonyms()).isEmpty();
    assertThat(look("Letters of Carol").pseudonyms()).isEmpty();
    assertThat(look("something else").pseudonyms()).hasSize(1);
    List<String> gone = before.stream().filter(slot -> !fixtureHas(slot)).toList();
    assertThat(gone).hasSize(2 + 1);
    events.clear();
    assertThat(fixture.export(ACME, events).deleted()).isZero();
    assertThat(events)
        .anyMatch(event -> event.contains("audit.forget") && event.contains("\"count\":0"));
    // An address of hers goes with Alice.
    assertThat(look("203.0.113.7").pseudonyms()).hasSize(1);
    assertThat(forget(ALICE).refusal()).isEmpty();
    assertThat(look("203.0.113.7").pseudonyms()).isEmpty();
    reopen();
    assertThat(look("203.0.113.7").pseudonyms()).isEmpty();
    assertThat(look("something else").pseudonyms()).hasSize(1);
    fixture.nothingDiffers();
  }

  private boolean fixtureHas(String slot) {
    try {
      return slots().contains(slot);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void nobodyIsForgottenWithoutGroundOnHoldOrForWhatHeDidWithPower() throws Exception {
    report();
    assertThat(fixture.auditor().forget(ACME, ALICE, " ", OPERATOR).refusal().orElseThrow())
        .contains("name the tenant's ground");
    assertThat(
            fixture
                .auditor()
                .forget(ACME, ALICE, "asked by Alice@acme.example", OPERATOR)
                .refusal())
        .hasValueSatisfying(why -> assertThat(why).contains("without his name"));
    assertThat(forget("carol").refusal().orElseThrow())
        .contains("no event of the tenant has that name");
    found("entity", ALICE);
    assertThat(forget("root").refusal().orElseThrow()).contains("stays on record");
    fixture.auditor().hold(ACME, "a dispute", OPERATOR);
    assertThat(forget(ALICE).refusal().orElseThrow()).contains("on hold");
    assertThat(found("entity", ALICE)).hasSize(10);
    fixture.auditor().endHold(ACME, "settled", OPERATOR);
    assertThat(forget(ALICE).refusal()).isEmpty();
    assertThat(found("entity", ALICE)).isEmpty();
  }

  private Path pending() {
    return folder.resolve("names").resolve(ForgettingRequests.FILE);
  }

  private void leavePending(List<String> pseudonyms) throws IOException {
    Files.writeString(
        pending(),
        JsonObject.builder()
            .put(
                "requests",
                List.of(
                    JsonObject.builder()
                        .put("domain", "trial")
                        .put("tenant", "acme")
                        .put("people", pseudonyms)
                        .put("texts", List.of())
                        .put("ground", GROUND)
                        .put("client", "counterfoil")
                        .build()))
            .build()
            .toString());
  }

  @Test
  void whatACrashBrokeOffIsDoneAtTheNextStart() throws Exception {
    report();
    List<String> people =
        List.of(look(ALICE).pseudonyms().getFirst(), look(BOB).pseudonyms().getFirst());
    fixture.close();
    leavePending(people);
    fixture.open();
    assertThat(pending()).doesNotExist();
    assertThat(found("entity", ALICE)).isEmpty();
    assertThat(found("entity", BOB)).isEmpty();
    assertThat(fixture.export(ACME, new ArrayList<>()).deleted()).isEqualTo(20);
    fixture.nothingDiffers();
  }

  @Test
  void whatABuildBrokeOffThatWroteOnePersonAtATimeIsDoneAtTheNextStart() throws Exception {
    report();
    JsonObject.Builder one =
        JsonObject.builder()
            .put("domain", "trial")
            .put("tenant", "acme")
            .put("pseudonym", look(ALICE).pseudonyms().getFirst())
            .put("first", 0)
            .put("last", 18)
            .put("count", 10)
            .put("client", "counterfoil")
            .put("user", "root");
    fixture.close();
    // Without its ground it is none: nobody starts with somebody half forgotten.
    Files.writeString(pending(), one.build().toString());
    assertThatThrownBy(
            () -> new ForgettingRequests(FileDisk.privateFolder(folder.resolve("names"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("somebody is half forgotten");
    Files.writeString(pending(), one.put("ground", GROUND).build().toString());
    fixture.open();
    assertThat(pending()).doesNotExist();
    assertThat(found("entity", ALICE)).isEmpty();
    assertThat(found("entity", BOB)).hasSize(10);
    assertThat(fixture.export(ACME, new ArrayList<>()).deleted()).isEqualTo(10);
    fixture.nothingDiffers();
  }

  @Test
  void whatACrashBrokeOffWaitsForTheEndOfAHold() throws Exception {
    report();
    List<String> people = look(ALICE).pseudonyms();
    fixture.auditor().hold(ACME, "a dispute", OPERATOR);
    fixture.close();
    leavePending(people);
    fixture.open();
    assertThat(pending()).exists();
    assertThat(found("entity", ALICE)).hasSize(10);
    // Whoever comes by her name meanwhile is somebody else; another tenant's is forgotten.
    take(List.of(SampleEvents.read("acme", 22, ALICE, "s1g1.22.x")));
    assertThat(look(ALICE).pseudonyms()).hasSize(2).containsAll(people);
    assertThat(fixture.auditor().forget(GLOBEX, ALICE, GROUND, OPERATOR).refusal()).isEmpty();
    reopen();
    assertThat(pending()).exists();
    assertThat(found("entity", ALICE)).hasSize(11);
    fixture.nothingDiffers();

    fixture.auditor().endHold(ACME, "settled", OPERATOR);
    for (int i = 0; i < 12_000 && Files.exists(pending()); i++) {
      Thread.sleep(10);
    }
    assertThat(pending()).doesNotExist();
    assertThat(found("entity", ALICE)).containsExactly(22L);
    assertThat(fixture.export(ACME, new ArrayList<>()).deleted()).isEqualTo(10);
    fixture.nothingDiffers();
  }

  /** Somebody empties a row by a tool of his own, under cover of a person who is forgotten. */
  @Test
  void aRowThatIsEmptiedForSomebodyElseIsFound() throws Exception {
    report();
    String alice = look(ALICE).pseudonyms().getFirst();
    assertThat(forget(ALICE).refusal()).isEmpty();
    fixture.nothingDiffers();
    fixture.close();
    edit("CASE WHEN position = 1 THEN NULL ELSE \"%1$s\" END", "tenant", alice);
    edit("CASE WHEN position = 2 THEN 'globex' ELSE tenant END", null, alice);
    fixture.open();
    List<String> differences = new ArrayList<>();
    assertThat(fixture.auditor().check(differences::add).differences()).isEqualTo(2);
    assertThat(differences)
        .anyMatch(
            text -> text.contains("event 1 is emptied for somebody who is forgotten and is not in"))
        .anyMatch(text -> text.contains("event 2 is emptied, and stands for another tenant"));
  }

  /**
   * Somebody writes the pseudonym of a person who is forgotten into rows of others, which no search
   * finds then. The control is a row of her own, as it is until it is emptied.
   */
  @Test
  void aRowThatIsHiddenForSomebodyElseIsFound(@TempDir Path copies) throws Exception {
    report();
    String alice = look(ALICE).pseudonyms().getFirst();
    Path before = copies.resolve("store");
    AuditorFixture.copy(folder.resolve("store"), before);
    assertThat(forget(ALICE).refusal()).isEmpty();
    assertThat(found("entity", BOB)).hasSize(10);
    fixture.close();
    write(
        file ->
            ("SELECT * REPLACE (CASE WHEN position = 1 THEN '~%1$s' ELSE entity END AS entity,"
                    + " CASE WHEN position = 3 THEN '~%1$s' ELSE actor END AS actor) FROM"
                    + " (SELECT * FROM '%2$s' WHERE position <> 0 UNION ALL BY NAME"
                    + " SELECT * FROM '%3$s/*.parquet' WHERE position IN"
                    + " (SELECT position FROM '%2$s' WHERE position = 0))")
                .formatted(alice, file, before));
    fixture.open();
    assertThat(found("entity", BOB)).as("which is why it is to be told").hasSize(8);
    List<String> differences = new ArrayList<>();
    assertThat(fixture.auditor().check(differences::add).differences())
        .as("%s", differences)
        .isEqualTo(2);
    for (int position : List.of(1, 3)) {
      assertThat(differences)
          .anyMatch(
              text ->
                  text.contains(
                      "event %d is hidden for somebody who is forgotten and is not in it"
                          .formatted(position)));
    }
  }

  /** Writes each file again with what a statement makes of it. */
  private void write(UnaryOperator<String> statementOf) throws IOException, SQLException {
    try (Connection tool = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = tool.createStatement();
        Stream<Path> files = Files.list(folder.resolve("store"))) {
      Path edited = folder.resolve("edited");
      for (Path file : files.filter(one -> one.toString().endsWith(".parquet")).toList()) {
        statement.execute(
            "COPY (%s) TO '%s' (FORMAT parquet)"
                .formatted(statementOf.apply(file.toString()), edited));
        Files.move(edited, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  /** Changes each file: all columns but one and whose it is, or the tenant's alone. */
  private void edit(String change, @org.jspecify.annotations.Nullable String but, String forgotten)
      throws IOException, SQLException {
    try (Connection tool = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = tool.createStatement();
        Stream<Path> files = Files.list(folder.resolve("store"))) {
      for (Path file : files.filter(one -> one.toString().endsWith(".parquet")).toList()) {
        List<String> replaced = new ArrayList<>();
        if (but == null) {
          replaced.add(change + " AS tenant");
        } else {
          try (ResultSet columns =
              statement.executeQuery("DESCRIBE SELECT * FROM '" + file + "'")) {
            while (columns.next()) {
              String column = columns.getString(1);
              if (column.equals("forgotten")) {
                replaced.add(
                    "CASE WHEN position = 1 THEN '"
                        + forgotten
                        + "' ELSE forgotten END"
                        + " AS forgotten");
              } else if (!List.of("domain", "position", but).contains(column)) {
                replaced.add(change.formatted(column) + " AS \"" + column + "\"");
              }
            }
          }
        }
        Path edited = folder.resolve("edited");
        statement.execute(
            "COPY (SELECT * REPLACE (%s) FROM '%s') TO '%s' (FORMAT parquet)"
                .formatted(String.join(", ", replaced), file, edited));
        Files.move(edited, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }
}
