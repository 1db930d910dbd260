package dev.counterfoil.auditclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.auditclient.FaultySpoolDisk.CrashError;
import dev.counterfoil.auditclient.SpoolReader.Kept;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A spool on a disk that is full, that fails, and that loses what was not synced. */
class SpoolFaultsTest {
  private static final int STEPS = 300;
  private static final int SEGMENT_BYTES = 2000;

  /** What must be there: content by number; and what may be there, since it failed. */
  private static final class Model {
    final Map<Long, String> kept = new HashMap<>();
    final Set<String> failed = new HashSet<>();
    final Random random;
    final FaultySpoolDisk disk;
    SpoolFiles files;
    long delivered;
    int crashes;
    int failures;
    int fromReserve;
    int made;

    Model(long seed) throws IOException {
      random = new Random(seed);
      disk = new FaultySpoolDisk(random);
      files = SpoolFiles.open(disk, "test", random);
    }

    private List<byte[]> some(List<String> texts) {
      int count = 1 + random.nextInt(3);
      List<byte[]> contents = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String text = made++ + "-" + "x".repeat(random.nextInt(400));
        texts.add(text);
        contents.add(text.getBytes(StandardCharsets.US_ASCII));
      }
      return contents;
    }

    void append() {
      List<String> texts = new ArrayList<>();
      List<byte[]> contents = some(texts);
      long first = files.size();
      failed.addAll(texts);
      try {
        files.roll(SEGMENT_BYTES);
        try {
          files.append(contents);
        } catch (IOException e) {
          failures++;
          if (random.nextBoolean()) {
            return;
          }
          files.appendToReserve(contents);
          fromReserve++;
        }
      } catch (IOException e) {
        failures++;
        return;
      }
      for (int i = 0; i < texts.size(); i++) {
        kept.put(first + i, texts.get(i));
        failed.remove(texts.get(i));
      }
      assertThat(files.size()).isEqualTo(first + texts.size());
    }

    void acknowledge() {
      if (files.size() > delivered) {
        delivered += 1 + random.nextInt((int) (files.size() - delivered));
        try {
          files.acknowledge(delivered);
        } catch (IOException e) {
          failures++;
        }
      }
    }

    /** What is read is what was kept, and nothing else but after a crash. */
    void check(boolean crashed) throws IOException {
      long end = kept.keySet().stream().mapToLong(n -> n + 1).max().orElse(0);
      assertThat(files.size()).isGreaterThanOrEqualTo(end);
      if (!crashed) {
        assertThat(files.size()).isEqualTo(Math.max(end, files.acknowledged()));
      }
      long next = files.acknowledged();
      for (Kept one : files.read(next, Integer.MAX_VALUE, Long.MAX_VALUE)) {
        assertThat(one.number()).isEqualTo(next++);
        String text = new String(one.content(), StandardCharsets.US_ASCII);
        String expected = kept.get(one.number());
        if (expected == null) {
          assertThat(failed).contains(text);
          kept.put(one.number(), text);
        } else {
          assertThat(text).isEqualTo(expected);
        }
      }
      assertThat(next).isEqualTo(files.size());
      assertThat(files.acknowledged()).isLessThanOrEqualTo(delivered);
    }

    void restart() throws IOException {
      if (random.nextBoolean()) {
        disk.restartProcess();
      } else {
        disk.restartMachine();
      }
      String name = files.streamName();
      files = SpoolFiles.open(disk, "test", random);
      assertThat(files.streamName()).isEqualTo(name);
      delivered = files.acknowledged();
      crashes++;
      check(true);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void whatWasAcknowledgedIsThereAfterEveryFault(long seed) throws Exception {
    Model model = new Model(seed);
    for (int step = 0; step < STEPS; step++) {
      switch (model.random.nextInt(12)) {
        case 1 -> model.disk.hazards(2 + model.random.nextInt(8), 40);
        case 2 -> model.disk.hazards(Integer.MAX_VALUE, Integer.MAX_VALUE);
        case 3 -> model.disk.leave(model.random.nextInt(2000));
        case 4 -> model.disk.makeRoom();
        case 5 -> {
          model.disk.restartProcess();
          model.files.layBy();
        }
        default -> {}
      }
      try {
        model.append();
        if (model.random.nextInt(4) == 0) {
          model.acknowledge();
        }
      } catch (CrashError e) {
        model.restart();
      }
      model.check(false);
      if (model.random.nextInt(30) == 0) {
        model.restart();
      }
    }
    assertThat(model.crashes).isPositive();
    assertThat(model.failures).isPositive();
    assertThat(model.fromReserve).isPositive();
    assertThat(model.kept).hasSizeGreaterThan(STEPS / 3);
  }

  private static final Spool.Settings SETTINGS = new Spool.Settings(Path.of("simulated"), "mail");

  private static void until(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 12_000 && !condition.getAsBoolean(); i++) {
      Thread.sleep(10);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  private static long records(Spool spool) throws IOException {
    return spool.waiting(0, 10_000, 1 << 24).size();
  }

  @Test
  void aFullDiskRefusesAllButWhatContainsATheftAndTheSpoolGoesOnByItself() throws Exception {
    FaultySpoolDisk disk = new FaultySpoolDisk(new Random(1));
    try (Spool spool = Spool.open(SETTINGS, disk, new Random(1))) {
      spool.record(SpoolTest.event("before"));
      disk.leave(100);
      assertThatThrownBy(() -> spool.record(SpoolTest.event("refused")))
          .isInstanceOfSatisfying(
              SpoolUnavailableException.class,
              e -> assertThat(e.code()).isEqualTo("spool-unwritable"))
          .hasMessageContaining("No space left on device")
          .hasMessageContaining("make room");
      assertThat(spool.obstacle()).isPresent();
      assertThat(spool.offer(SpoolTest.event("counted elsewhere"), Share.REFUSALS)).isFalse();
      for (int i = 0; i < 50; i++) {
        spool.recordContainment(SpoolTest.event("revoked-" + i));
      }
      assertThat(records(spool)).isEqualTo(51);
      assertThatThrownBy(() -> spool.record(SpoolTest.event("refused")))
          .isInstanceOf(SpoolUnavailableException.class);

      disk.makeRoom();
      until(() -> spool.obstacle().isEmpty());
      spool.record(SpoolTest.event("after"));
      assertThat(records(spool)).isEqualTo(52);
      // And there is a reserve again.
      disk.leave(100);
      spool.recordContainment(SpoolTest.event("revoked"));
    }
    disk.restartMachine();
    try (Spool spool = Spool.open(SETTINGS, disk, new Random(1))) {
      assertThat(records(spool)).isEqualTo(53);
    }
  }

  @Test
  void theReserveHasAnEndAndThenAContainmentHearsThatItIsNotRecorded() throws Exception {
    FaultySpoolDisk disk = new FaultySpoolDisk(new Random(1));
    try (Spool spool = Spool.open(SETTINGS, disk, new Random(1))) {
      disk.leave(0);
      int kept = 0;
      String refused = "";
      while (refused.isEmpty()) {
        try {
          spool.recordContainment(SpoolTest.event("revoked-" + kept));
          kept++;
        } catch (SpoolUnavailableException e) {
          refused = e.code();
        }
      }
      assertThat(kept).isGreaterThan(1000);
      assertThat(refused).isEqualTo("spool-unwritable");
    }
  }

  @Test
  void afterASyncThatFailedNothingOfItCountsAndTheNextOneSucceeds() throws Exception {
    FaultySpoolDisk disk = new FaultySpoolDisk(new Random(3));
    try (Spool spool = Spool.open(SETTINGS, disk, new Random(1))) {
      spool.record(SpoolTest.event("before"));
      disk.failSyncs(true);
      assertThatThrownBy(() -> spool.record(SpoolTest.event("refused")))
          .isInstanceOf(SpoolUnavailableException.class)
          .hasMessageContaining("input/output error");
      assertThat(records(spool)).isEqualTo(1);
      spool.recordLater(SpoolTest.event("lost"));
      until(() -> spool.lost() == 1);
      disk.failSyncs(false);
      spool.record(SpoolTest.event("after"));
      assertThat(spool.obstacle()).isEmpty();
      assertThat(records(spool)).isEqualTo(2);
    }
    disk.restartMachine();
    try (Spool spool = Spool.open(SETTINGS, disk, new Random(1))) {
      assertThat(records(spool)).isEqualTo(2);
    }
  }

  @Test
  void onAFullDiskWhatWasDeliveredGoesAndMakesRoom() throws Exception {
    FaultySpoolDisk disk = new FaultySpoolDisk(new Random(1));
    Spool.Settings small =
        new Spool.Settings(Path.of("simulated"), "mail", 400_000, 10_000, 8_000, false);
    try (Spool spool = Spool.open(small, disk, new Random(1))) {
      for (int i = 0; i < 100; i++) {
        spool.record(SpoolTest.event("client-" + i));
      }
      disk.leave(0);
      assertThatThrownBy(() -> spool.record(SpoolTest.event("refused")))
          .isInstanceOf(SpoolUnavailableException.class);
      spool.acknowledge(90);
      spool.record(SpoolTest.event("after"));
      assertThat(spool.acknowledged()).isEqualTo(90);
    }
  }

  @Test
  void refusalsFillAQuarterRequestsThreeAndAdministrationGoesOn() throws Exception {
    FaultySpoolDisk disk = new FaultySpoolDisk(new Random(1));
    Spool.Settings small =
        new Spool.Settings(Path.of("simulated"), "mail", 400_000, 40_000, 8_000, false);
    try (Spool spool = Spool.open(small, disk, new Random(1))) {
      int refusals = 0;
      while (spool.offer(SpoolTest.event("refusal-" + refusals), Share.REFUSALS)) {
        refusals++;
      }
      assertThat(refusals).isGreaterThan(50);
      int requests = 0;
      String refused = "";
      while (refused.isEmpty()) {
        try {
          spool.record(SpoolTest.event("request-" + requests), Share.REQUESTS);
          requests++;
        } catch (SpoolUnavailableException e) {
          refused = e.code();
        }
      }
      assertThat(refused).isEqualTo("spool-full");
      assertThat(requests).isBetween(refusals * 3 / 2, refusals * 5 / 2);
      assertThat(spool.bytes()).isLessThanOrEqualTo(270_000);
      for (int i = 0; i < refusals / 2; i++) {
        spool.record(SpoolTest.event("administration-" + i));
      }
      assertThat(spool.offer(SpoolTest.event("refusal"), Share.REFUSALS)).isFalse();
      spool.acknowledge(spool.size());
      assertThat(spool.offer(SpoolTest.event("refusal"), Share.REFUSALS)).isTrue();
    }
  }
}
