package dev.counterfoil.audit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.names.EventPeople;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSketchTest {
  private static final Fence ACME = new Fence("trial", "acme");
  private static final Fence GLOBEX = new Fence("trial", "globex");
  private static final int EVENTS = 20;

  @TempDir Path folder;

  private static FileSketch sketch(int events, int bitsMax) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE file AS SELECT 1000 + range AS time, 'trial' AS domain, 'acme' AS tenant,"
              + " '~box' || range AS entity, 't' || range AS token FROM range("
              + events
              + ")");
      statement.execute("INSERT INTO file VALUES (NULL, 'trial', 'acme', NULL, NULL)");
      return FileSketch.of(connection, "file", bitsMax);
    }
  }

  @Test
  void itNeverSaysNoOfWhatIsThereAndSeldomYesOfWhatIsNot() throws Exception {
    FileSketch sketch = sketch(5000, FileSketch.BITS_MAX);

    assertThat(IntStream.range(0, 5000))
        .allMatch(i -> sketch.mayHaveToken("t" + i))
        .allMatch(i -> sketch.mayHaveEntity(ACME, List.of("=box" + i, "~box" + i)));
    assertThat(IntStream.range(5000, 15_000).filter(i -> sketch.mayHaveToken("t" + i)).count())
        .isLessThan(400);
    assertThat(
            IntStream.range(0, 5000)
                .filter(i -> sketch.mayHaveEntity(GLOBEX, List.of("~box" + i)))
                .count())
        .as("another tenant's mailbox of the same name")
        .isLessThan(200);
  }

  @Test
  void itKnowsFromWhenToWhenItsEventsAre() throws Exception {
    FileSketch sketch = sketch(10, FileSketch.BITS_MAX);

    assertThat(sketch.mayHaveIn(0, 1000)).isFalse();
    assertThat(sketch.mayHaveIn(0, 1001)).isTrue();
    assertThat(sketch.mayHaveIn(1009, 2000)).isTrue();
    assertThat(sketch.mayHaveIn(1010, 2000)).isFalse();
    assertThat(sketch.mayHaveIn(0, AuditEvent.NUMBER_MAX)).isTrue();
    assertThat(sketch(0, FileSketch.BITS_MAX).mayHaveIn(0, AuditEvent.NUMBER_MAX))
        .as("nothing is left of its events")
        .isFalse();
  }

  @Test
  void withMoreThanAFilterIsGoodForItMayHaveAnything() throws Exception {
    FileSketch sketch = sketch(5000, 1 << 12);

    assertThat(sketch.bytes()).isZero();
    assertThat(sketch.mayHaveToken("another")).isTrue();
    assertThat(sketch.mayHaveEntity(GLOBEX, List.of("=another"))).isTrue();
    assertThat(sketch(100, 1 << 12).mayHaveToken("another")).as("the control").isFalse();
  }

  private static int found(EventStore store, Map<String, String> asked)
      throws IOException, FormatException {
    return store
        .search(ACME, EventQuery.parse(name -> Optional.ofNullable(asked.get(name))))
        .events()
        .size();
  }

  /** A file of which it is known that it has nothing of it may as well be gone. */
  @Test
  void aSearchOpensThoseFilesAloneThatMayHaveWhatItIsFor() throws Exception {
    try (Names names =
        Names.open(FileDisk.privateFolder(folder.resolve("names")), true, new SecureRandom())) {
      try (EventStore store = EventStore.open(folder.resolve("store"), names)) {
        for (int file = 0; file < 3; file++) {
          addFile(store, names, file);
        }
        sketchAll(store);
        for (int file = 0; file < 3; file++) {
          assertThat(found(store, Map.of("entity", "box" + file))).isEqualTo(EVENTS);
          assertThat(found(store, Map.of("token", "t" + file * EVENTS))).isEqualTo(1);
        }
        Files.delete(folder.resolve("store").resolve(store.manifest().files().get(0).name()));

        assertThat(found(store, Map.of("token", "t45"))).isEqualTo(1);
        assertThat(found(store, Map.of("token", "t4500"))).isZero();
        assertThat(found(store, Map.of("entity", "box2"))).isEqualTo(EVENTS);
        assertThat(found(store, Map.of("from", Long.toString(SampleEvents.TIME + EVENTS))))
            .isEqualTo(2 * EVENTS);
        assertThatThrownBy(() -> found(store, Map.of("token", "t5")))
            .as("the control: the file that would have it")
            .isInstanceOf(IOException.class);
      }
      try (EventStore store = EventStore.open(folder.resolve("store"), names)) {
        assertThatThrownBy(() -> found(store, Map.of("token", "t45")))
            .as("the control: nothing is known of the files yet")
            .isInstanceOf(IOException.class);
      }
    }
  }

  private static void sketchAll(EventStore store) throws IOException {
    while (store.sketchOne()) {
      // Until all are looked into.
    }
  }

  private Path file(EventStore store, int number) {
    return folder.resolve("store").resolve(store.manifest().files().get(number).name());
  }

  /** The monitor goes on, and searches do without a sketch of it. */
  @Test
  void aFileThatSomebodyChangedEndsNothing() throws Exception {
    try (Names names =
            Names.open(FileDisk.privateFolder(folder.resolve("names")), true, new SecureRandom());
        EventStore store = EventStore.open(folder.resolve("store"), names)) {
      addFile(store, names, 0);
      addFile(store, names, 1);
      Path changed = folder.resolve("changed");
      try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
          Statement statement = connection.createStatement()) {
        statement.execute(
            "COPY (SELECT * REPLACE (CAST(NULL AS VARCHAR) AS tenant) FROM '%s') TO '%s' (FORMAT parquet)"
                .formatted(file(store, 1), changed));
      }
      Files.move(changed, file(store, 1), StandardCopyOption.REPLACE_EXISTING);
      sketchAll(store);
      assertThat(found(store, Map.of("token", "t5"))).isEqualTo(1);
    }
  }

  @Test
  void aFileThatCouldNotBeReadIsReadAgainWhenThereIsAnother() throws Exception {
    try (Names names =
            Names.open(FileDisk.privateFolder(folder.resolve("names")), true, new SecureRandom());
        EventStore store = EventStore.open(folder.resolve("store"), names)) {
      addFile(store, names, 0);
      Path away = folder.resolve("away");
      Files.move(file(store, 0), away);
      sketchAll(store);
      Files.move(away, file(store, 0));
      sketchAll(store);
      addFile(store, names, 1);
      sketchAll(store);
      Files.delete(file(store, 0));
      assertThat(found(store, Map.of("token", "t25")))
          .as("it is known that the first has nothing of it")
          .isEqualTo(1);
      assertThatThrownBy(() -> found(store, Map.of("token", "t5")))
          .as("the control")
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void theOldestFilesGoWithoutAFilterWhereThereIsNoRoom() throws Exception {
    try (Names names =
            Names.open(FileDisk.privateFolder(folder.resolve("names")), true, new SecureRandom());
        Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
      Path store = folder.resolve("store");
      try (EventStore opened = EventStore.open(store, names)) {
        for (int number = 0; number < 3; number++) {
          addFile(opened, names, number);
        }
      }
      StoreFiles files = StoreFiles.open(store, FileDisk.privateFolder(store));
      StoreManifest all = files.manifest();
      List<StoreManifest.Part> parts = all.files();
      files.replace(new StoreManifest(2 * EVENTS, parts.subList(0, 2), all.sequences()));
      FileSketches sketches = new FileSketches(files, 1);
      sketchAll(sketches, connection);
      assertThat(mayHaveAbsent(sketches, parts, names))
          .as("the newest has a filter, and of one there is no sketch")
          .containsExactly(parts.get(0), parts.get(2));
      files.replace(all);
      sketchAll(sketches, connection);
      assertThat(mayHaveAbsent(sketches, parts, names)).containsExactly(parts.get(0), parts.get(1));
    }
  }

  private static void sketchAll(FileSketches sketches, Connection connection) {
    while (sketches.makeOne(connection)) {
      // Until all are looked into.
    }
  }

  private static List<StoreManifest.Part> mayHaveAbsent(
      FileSketches sketches, List<StoreManifest.Part> parts, Names names) throws FormatException {
    EventQuery query =
        EventQuery.parse(name -> Optional.ofNullable(Map.of("token", "t4500").get(name)));
    return sketches.candidates(parts, ACME, query, names);
  }

  private static void addFile(EventStore store, Names names, int file) throws Exception {
    List<StoredEvent> events = new ArrayList<>();
    for (long position = (long) file * EVENTS; position < (file + 1L) * EVENTS; position++) {
      AuditEvent received =
          AuditEvent.of(SampleEvents.read("acme", position, "box" + file, "t" + position))
              .received("trial/mail", SampleEvents.TIME);
      names.learn(EventPeople.namedIn(received));
      EventPeople people = EventPeople.of(names, received);
      events.add(new StoredEvent(position, people.salt(received), received, Optional.of(people)));
    }
    store.add(events);
    store.compact((file + 1L) * EVENTS, JsonObject.builder().put("streams", List.of()).build());
  }
}
