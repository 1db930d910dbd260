package dev.counterfoil.audit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.names.EventPeople;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.disk.FileDisk;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompactionTest {
  private static final Fence ACME = new Fence("trial", "acme");
  private static final long EVENTS = 20;

  @TempDir Path folder;

  private static List<StoreManifest.Part> files(long... events) {
    List<StoreManifest.Part> files = new ArrayList<>();
    long from = 0;
    for (long one : events) {
      files.add(new StoreManifest.Part(from, from + one));
      from += one;
    }
    return files;
  }

  private static List<Long> due(long... events) {
    return Compaction.due(files(events), false).stream().map(StoreManifest.Part::events).toList();
  }

  @Test
  void theOldestNeighboursOfAboutOneSizeAreDue() {
    assertThat(due(1, 1, 1, 1, 1, 1, 1)).isEmpty();
    assertThat(due(1, 1, 1, 1, 1, 1, 1, 1)).hasSize(8);
    assertThat(due(9, 1, 1, 1, 1, 1, 1, 1)).isEmpty();
    assertThat(due(99, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
        .as("what waited is merged from its beginning on")
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
    assertThat(due(62_501, 62_501, 62_501, 62_501, 62_501, 62_501, 62_501, 62_501)).isEmpty();
  }

  @Test
  void whileEventsComeFastAFewFilesWaitAndNoMore() {
    long[] most = new long[Compaction.WAITING_MAX - 1];
    long[] oneMore = new long[Compaction.WAITING_MAX];
    Arrays.fill(most, 1);
    Arrays.fill(oneMore, 1);
    assertThat(Compaction.due(files(most), true)).isEmpty();
    assertThat(Compaction.due(files(oneMore), true)).hasSize(8);
    assertThat(Compaction.due(files(most), false)).as("the control").hasSize(8);
    long[] behindLarge = new long[2 * Compaction.WAITING_MAX];
    Arrays.fill(behindLarge, 400_000);
    Arrays.fill(behindLarge, Compaction.WAITING_MAX + 1, behindLarge.length, 1);
    assertThat(Compaction.due(files(behindLarge), true)).as("behind many large ones").isEmpty();
    behindLarge[Compaction.WAITING_MAX] = 1;
    assertThat(Compaction.due(files(behindLarge), true)).hasSize(8);
  }

  @Test
  void neighboursBecomeOneFileWhereverTheyStand() throws Exception {
    try (Names names =
            Names.open(FileDisk.privateFolder(folder.resolve("names")), true, new SecureRandom());
        EventStore store = EventStore.open(folder.resolve("store"), names)) {
      long position = 0;
      for (int file = 0; file < 11; file++) {
        List<StoredEvent> events = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
          AuditEvent received =
              AuditEvent.of(SampleEvents.read("acme", position, "alice", "t" + position))
                  .received("trial/mail", SampleEvents.TIME);
          names.learn(EventPeople.namedIn(received));
          EventPeople people = EventPeople.of(names, received);
          events.add(
              new StoredEvent(position++, people.salt(received), received, Optional.of(people)));
        }
        store.add(events);
        store.compact(position, JsonObject.builder().put("streams", List.of()).build());
      }
      List<StoreManifest.Part> files = store.manifest().files();
      store.merge(files.subList(2, 4));
      assertThat(store.manifest().files())
          .hasSize(10)
          .contains(new StoreManifest.Part(2 * EVENTS, 4 * EVENTS));
      assertThatThrownBy(() -> store.merge(files.subList(2, 4)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> store.merge(List.of(files.get(5), files.get(7))))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(Compaction.mergeOnce(store, true)).isFalse();
      assertThat(Compaction.mergeOnce(store, false)).isTrue();
      assertThat(Compaction.mergeOnce(store, false)).isFalse();
      assertThat(store.manifest().files())
          .containsExactly(
              new StoreManifest.Part(0, 9 * EVENTS),
              new StoreManifest.Part(9 * EVENTS, 10 * EVENTS),
              new StoreManifest.Part(10 * EVENTS, 11 * EVENTS));
      List<Long> positions = new ArrayList<>();
      store.walk(
          ACME, EventQuery.parse(name -> Optional.empty()), one -> positions.add(one.position()));
      assertThat(positions).isSorted().doesNotHaveDuplicates().hasSize((int) position);
    }
  }
}
