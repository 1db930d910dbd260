package dev.counterfoil.audit.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.names.EventPeople;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Events as long as they may be, more of them than the database has memory for: they are kept in
 * more files, and all of them are found. A source that reports such must not end the monitor.
 */
class LongEventsTest {
  /** 240 MB: sorted into one file they would take more than the database may have. */
  private static final int LONG = 8000;

  /** 36 MB; of 48 MB the auditor makes a file. */
  private static final int FILE = 1200;

  private static final Fence ACME = new Fence("trial", "acme");

  @TempDir Path folder;
  private final Random random = new Random(1);
  private long position;

  @SuppressWarnings("NullAway.Init") // each test starts with them
  private Names names;

  @BeforeEach
  void open() throws IOException {
    names = Names.open(FileDisk.privateFolder(folder.resolve("names")), true, new SecureRandom());
  }

  @AfterEach
  void close() throws IOException {
    names.close();
  }

  private List<StoredEvent> events(int count, int messageBytes) throws Exception {
    List<StoredEvent> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[messageBytes * 3 / 4];
      random.nextBytes(bytes);
      JsonObject event =
          SampleEvents.read("acme", position, "alice", "t" + position)
              .with("message", Base64.getEncoder().encodeToString(bytes));
      AuditEvent received = AuditEvent.of(event).received("trial/mail", SampleEvents.TIME);
      names.learn(EventPeople.namedIn(received));
      EventPeople people = EventPeople.of(names, received);
      events.add(new StoredEvent(position++, people.salt(received), received, Optional.of(people)));
    }
    return events;
  }

  private static void compact(EventStore store, long to) throws Exception {
    store.compact(to, JsonObject.builder().put("streams", List.of()).build());
    while (Compaction.mergeOnce(store, false)) {
      // Until no more is due.
    }
  }

  private static EventQuery query(String after) throws Exception {
    return EventQuery.parse(
        name ->
            switch (name) {
              case "order" -> Optional.of("oldest");
              case "limit" -> Optional.of("1000");
              case "after" -> after.equals("-1") ? Optional.empty() : Optional.of(after);
              default -> Optional.empty();
            });
  }

  private static long found(EventStore store) throws Exception {
    List<Long> positions = new ArrayList<>();
    store.walk(
        ACME, EventQuery.parse(name -> Optional.empty()), one -> positions.add(one.position()));
    assertThat(positions).isSorted().doesNotHaveDuplicates();
    return positions.size();
  }

  @Test
  void longEventsBecomeMoreFilesAndNoneIsMissing() throws Exception {
    try (EventStore store = EventStore.open(folder.resolve("store"), names)) {
      for (int i = 0; i < LONG; i += 1000) {
        store.add(events(1000, 30_000));
      }
      compact(store, position);
      assertThat(store.manifest().size()).isEqualTo(LONG);
      assertThat(store.manifest().files()).hasSizeGreaterThan(1);
      assertThat(found(store)).isEqualTo(LONG);
    }
    // As it is after a start.
    try (EventStore store = EventStore.open(folder.resolve("store"), names)) {
      assertThat(found(store)).isEqualTo(LONG);
    }
  }

  @Test
  void pageIsNoLongerThanThereIsMemoryForAndGoesOnBehindItsLast() throws Exception {
    try (EventStore store = EventStore.open(folder.resolve("store"), names)) {
      for (int i = 0; i < 8; i++) {
        store.add(events(FILE, 30_000));
        compact(store, position);
      }
      // One file of them would be more than a search has memory for.
      assertThat(store.manifest().files()).hasSize(8);
      EventStore.Found page = store.search(ACME, query("-1"));
      assertThat(page.more()).isTrue();
      assertThat(page.events()).hasSizeBetween(60, 80);
      long last = page.events().getLast().position();
      assertThat(store.search(ACME, query(Long.toString(last))).events().getFirst().position())
          .isEqualTo(last + 1);
      assertThat(store.search(ACME, query(Long.toString(position - 10))).more()).isFalse();
    }
  }

  @Test
  void usualEventsBecomeOneFileAndEightOfThemOne() throws Exception {
    try (EventStore store = EventStore.open(folder.resolve("store"), names)) {
      for (int i = 0; i < 8; i++) {
        store.add(events(1500, 300));
        compact(store, position);
      }
      assertThat(store.manifest().files()).hasSize(1);
      assertThat(found(store)).isEqualTo(12_000);
    }
  }
}
