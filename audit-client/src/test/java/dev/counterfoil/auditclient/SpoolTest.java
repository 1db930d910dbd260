package dev.counterfoil.auditclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.auditclient.EventFeed.NumberedEvent;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
  @TempDir Path folder;

  private Spool open() throws IOException {
    return Spool.open(new Spool.Settings(folder, "mail"), new Random(1));
  }

  /** Small enough to be filled: 40,000 bytes, 10,000 of them in reserve, in files of 8,000. */
  private Spool.Settings small() {
    return new Spool.Settings(folder, "mail", 40_000, 10_000, 8_000, false);
  }

  static JsonObject event(String entity) {
    return EventDraft.of(Operation.CLIENT_REGISTER)
        .part("test")
        .tenant("acme")
        .user("root")
        .socket("admin-socket")
        .entity("client", entity)
        .at(1_795_737_600_000L);
  }

  private static List<NumberedEvent> all(Spool spool) throws IOException {
    List<NumberedEvent> events = new ArrayList<>();
    List<NumberedEvent> page = spool.waiting(0, 7, 1 << 20);
    while (!page.isEmpty()) {
      events.addAll(page);
      page = spool.waiting(page.get(page.size() - 1).number() + 1, 7, 1 << 20);
    }
    return events;
  }

  private static String entity(NumberedEvent event) throws Exception {
    byte[] line = event.line().getBytes(StandardCharsets.UTF_8);
    // As the audit log reads it.
    return AuditEvent.parseReported(line).keys().entity().orElseThrow();
  }

  private Path lastSegment() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".events"))
          .max(Path::compareTo)
          .orElseThrow();
    }
  }

  @Test
  void whatIsRecordedIsThereAfterARestartWithTheSameNumbers() throws Exception {
    String name;
    try (Spool spool = open()) {
      name = spool.streamName();
      for (int i = 0; i < 20; i++) {
        spool.record(event("client-" + i));
      }
      assertThat(spool.size()).isEqualTo(20);
    }
    try (Spool spool = open()) {
      assertThat(spool.streamName()).isEqualTo(name).startsWith("mail-");
      spool.record(event("client-20"));
      List<NumberedEvent> events = all(spool);
      assertThat(events).hasSize(21);
      for (int i = 0; i < 21; i++) {
        assertThat(events.get(i).number()).isEqualTo(i);
        assertThat(entity(events.get(i))).isEqualTo("client-" + i);
        JsonObject metadata =
            StrictJson.object(events.get(i).line().getBytes(StandardCharsets.UTF_8), 1 << 16)
                .object("metadata");
        assertThat(metadata.number("sequence")).isEqualTo(i);
        assertThat(metadata.string("log_name")).isEqualTo(name);
      }
    }
  }

  @Test
  void whatWasDeliveredGoesAndItsNumbersAreNotUsedAgain() throws Exception {
    try (Spool spool = Spool.open(small(), new Random(1))) {
      for (int i = 0; i < 40; i++) {
        spool.record(event("client-" + i));
      }
      long before = spool.bytes();
      spool.acknowledge(39);
      assertThat(spool.bytes()).isLessThan(before);
      assertThat(spool.waiting(100, 1 << 20)).hasSize(1);
    }
    try (Spool spool = Spool.open(small(), new Random(1))) {
      assertThat(spool.acknowledged()).isEqualTo(39);
      spool.record(event("client-40"));
      assertThat(spool.waiting(100, 1 << 20))
          .extracting(NumberedEvent::number)
          .containsExactly(39L, 40L);
    }
  }

  @Test
  void aFullSpoolRefusesAllButWhatContainsATheft() throws Exception {
    try (Spool spool = Spool.open(small(), new Random(1))) {
      int kept = 0;
      String refused = "";
      while (refused.isEmpty() && kept < 10_000) {
        try {
          spool.record(event("client-" + kept));
          kept++;
        } catch (SpoolUnavailableException e) {
          refused = e.code();
        }
      }
      assertThat(refused).isEqualTo("spool-full");
      assertThat(spool.obstacle()).isPresent();
      spool.recordContainment(event("revoked"));
      assertThat(entity(all(spool).get(kept))).isEqualTo("revoked");
      // Once it is delivered there is room again.
      spool.acknowledge(spool.size());
      spool.record(event("later"));
      assertThat(spool.obstacle()).isEmpty();
    }
  }

  private static int fill(Spool spool) {
    for (int kept = 0; ; kept++) {
      try {
        // Shorter than all that come after.
        spool.record(event("a"), Share.REQUESTS);
      } catch (SpoolUnavailableException e) {
        return kept;
      }
    }
  }

  @Test
  void whatComesFasterThanItIsTakenWaitsAndIsKept() throws Exception {
    try (Spool spool = Spool.open(small(), new Random(1))) {
      int kept = fill(spool);
      // The audit log takes something, and too little to make room.
      spool.acknowledge(1);
      assertThatThrownBy(() -> spool.record(event("impatient"), Share.REQUESTS))
          .isInstanceOf(SpoolUnavailableException.class);
      CountDownLatch done = new CountDownLatch(3);
      for (int i = 0; i < 3; i++) {
        String name = "patient-" + i;
        new Thread(
                () -> {
                  try {
                    spool.recordPatiently(event(name), Share.REQUESTS);
                    done.countDown();
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                })
            .start();
      }
      assertThat(done.await(50, TimeUnit.MILLISECONDS)).isFalse();
      assertThat(spool.size()).isEqualTo(kept);

      spool.acknowledge(kept);

      assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(spool.waiting(100, 1 << 20)).hasSize(3);
    }
  }

  @Test
  void nobodyWaitsForAnAuditLogThatIsAwayOrForEver() throws Exception {
    try (Spool spool = Spool.open(small(), new Random(1))) {
      int kept = fill(spool);
      long before = System.nanoTime();
      assertThatThrownBy(() -> spool.recordPatiently(event("away"), Share.REQUESTS))
          .isInstanceOf(SpoolUnavailableException.class);
      long away = System.nanoTime() - before;
      spool.acknowledge(1);
      before = System.nanoTime();
      assertThatThrownBy(() -> spool.recordPatiently(event("slow"), Share.REQUESTS))
          .isInstanceOf(SpoolUnavailableException.class);
      assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(2_000_000_000L);
      assertThat(away).as("the control waited").isLessThan(System.nanoTime() - before);
      assertThat(spool.size()).isEqualTo(kept);
    }
  }

  @Test
  void theReserveHasAnEndToo() throws Exception {
    try (Spool spool = Spool.open(small(), new Random(1))) {
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 10_000; i++) {
                  spool.recordContainment(event("client-" + i));
                }
              })
          .isInstanceOf(SpoolUnavailableException.class);
      assertThat(spool.bytes()).isGreaterThan(30_000).isLessThanOrEqualTo(40_000);
    }
  }

  @Test
  void whereNobodyEverTookOneTheOldestGoAndAreCounted() throws Exception {
    try (Spool spool = Spool.open(small().forgettingOldest(), new Random(1))) {
      for (int i = 0; i < 500; i++) {
        spool.record(event("client-" + i));
      }
      assertThat(spool.lost()).isPositive();
      List<NumberedEvent> left = all(spool);
      assertThat(left.get(0).number()).isEqualTo(spool.lost());
      assertThat(left.get(left.size() - 1).number()).isEqualTo(499);
    }
  }

  @Test
  void aTornEndIsCutOffAndTheRestIsWhole() throws Exception {
    try (Spool spool = open()) {
      for (int i = 0; i < 5; i++) {
        spool.record(event("client-" + i));
      }
    }
    Path last = lastSegment();
    long whole = Files.size(last);
    for (long cut : new long[] {1, 7, 9, 100}) {
      byte[] bytes = Files.readAllBytes(last);
      try (FileChannel channel = FileChannel.open(last, StandardOpenOption.WRITE)) {
        channel.truncate(whole - cut);
      }
      try (Spool spool = open()) {
        assertThat(spool.size()).isEqualTo(4);
        assertThat(all(spool)).hasSize(4);
      }
      Files.write(last, bytes);
    }
    try (Spool spool = open()) {
      assertThat(spool.size()).isEqualTo(5);
    }
  }

  @Test
  void aRecordThatSomebodyChangedIsLeftOutAndItsNumberIsMissing() throws Exception {
    Spool.Settings settings = small();
    try (Spool spool = Spool.open(settings, new Random(1))) {
      for (int i = 0; i < 30; i++) {
        spool.record(event("client-" + i));
      }
    }
    Path first = folder.resolve("0000000000000000.events");
    byte[] bytes = Files.readAllBytes(first);
    bytes[bytes.length - 20] ^= 1;
    Files.write(first, bytes);
    try (Spool spool = Spool.open(settings, new Random(1))) {
      List<NumberedEvent> events = all(spool);
      assertThat(events.size()).isEqualTo(29);
      assertThat(events.get(28).number()).isEqualTo(29);
    }
  }

  @Test
  void aSpoolThatWasPutBackBeginsAnotherStream() throws Exception {
    String name;
    byte[] early;
    try (Spool spool = open()) {
      name = spool.streamName();
      spool.record(event("client-0"));
    }
    early = Files.readAllBytes(lastSegment());
    try (Spool spool = open()) {
      spool.record(event("client-1"));
      spool.acknowledge(2);
    }
    Files.write(lastSegment(), early);
    try (Spool spool = Spool.open(new Spool.Settings(folder, "mail"), new Random(2))) {
      assertThat(spool.streamName()).isNotEqualTo(name);
      assertThat(spool.size()).isZero();
    }
  }

  @Test
  void manyAtATimeAreAllKeptOnce() throws Exception {
    int threads = 8;
    int each = 50;
    try (Spool spool = open()) {
      CountDownLatch done = new CountDownLatch(threads);
      AtomicInteger failed = new AtomicInteger();
      for (int t = 0; t < threads; t++) {
        int own = t;
        new Thread(
                () -> {
                  try {
                    for (int i = 0; i < each; i++) {
                      spool.record(event(own + "-" + i));
                    }
                  } catch (IOException e) {
                    failed.incrementAndGet();
                  }
                  done.countDown();
                })
            .start();
      }
      done.await();
      assertThat(failed).hasValue(0);
      List<String> entities = new ArrayList<>();
      for (NumberedEvent event : all(spool)) {
        entities.add(entity(event));
      }
      assertThat(entities).hasSize(threads * each).doesNotHaveDuplicates();
    }
  }

  @Test
  void onlyOneProcessHasAFolderAndWhatIsNoEventIsRefused() throws Exception {
    try (Spool spool = open()) {
      assertThatThrownBy(this::open)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("belongs");
      assertThatThrownBy(() -> spool.record(JsonObject.builder().put("time", 1).build()))
          .isInstanceOf(IllegalArgumentException.class);
      spool.record(event("control"));
    }
    try (Spool spool = open()) {
      assertThat(spool.size()).isEqualTo(1);
    }
  }

  @Test
  void anInterruptedThreadRecordsAndTheSpoolGoesOn() throws Exception {
    try (Spool spool = open()) {
      Thread.currentThread().interrupt();
      spool.record(event("one"));
      assertThat(Thread.interrupted()).isTrue();
      spool.record(event("two"));
      assertThat(spool.size()).isEqualTo(2);
    }
  }
}
