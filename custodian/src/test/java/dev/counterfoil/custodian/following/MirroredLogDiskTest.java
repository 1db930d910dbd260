package dev.counterfoil.custodian.following;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.custodian.CustodyScrubbing;
import dev.counterfoil.custodian.following.LogFollower.Progress;
import dev.counterfoil.custodian.held.MirroredTree;
import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.custodian.issuer.RecordLogIssuer;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.care.HashedLeaves;
import dev.counterfoil.log.care.Scrubber;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.verifier.SettableClock;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The disk of a custodian that holds a record log: what changed on it is found, and not gone on
 * with.
 */
@Timeout(60)
final class MirroredLogDiskTest {
  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final List<Alarm> alarms = new ArrayList<>();
  private final RecordLogIssuer published = new RecordLogIssuer();

  private MirroredLog open() throws IOException {
    return new MirroredLog(
        "acme",
        published.stated(),
        published,
        folder,
        alarms::add,
        _ -> {},
        clock,
        Duration.ofSeconds(10));
  }

  private static void follow(MirroredLog log) throws IOException {
    while (log.look() == Progress.BEHIND) {
      // There is more.
    }
  }

  @Test
  void whatIsDamagedIsNotGoneOnWith() throws Exception {
    published.grow(9);
    try (MirroredLog log = open()) {
      follow(log);
    }
    Path digests = folder.resolve("tree/digests");
    byte[] good = Files.readAllBytes(digests);
    byte[] bad = good.clone();
    bad[70] ^= (byte) 1;
    Files.write(digests, bad);
    assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("damaged");
    // What a crash left behind what counts is no damage.
    byte[] torn = Arrays.copyOf(good, good.length + 40);
    Files.write(digests, torn);
    try (MirroredLog log = open()) {
      published.grow(2);
      follow(log);
      assertThat(log.vouchedSize()).isEqualTo(11);
    }
    assertThat(alarms).isEmpty();
  }

  /** Reads all that is held again, once. */
  private static Scrubber.Progress scrubbed(MirroredLog log) throws IOException {
    Scrubber scrubber = log.scrubber();
    while (scrubber.step() > 0) {
      // There is more.
    }
    return scrubber.progress();
  }

  private static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= (byte) 1;
    Files.write(file, bytes);
  }

  @Test
  void whatIsHeldIsReadAgainAndWhatChangedIsFound() throws Exception {
    published.grow(600);
    try (MirroredLog log = open()) {
      follow(log);
      assertThat(scrubbed(log))
          .satisfies(progress -> assertThat(progress.passes()).isEqualTo(1))
          .satisfies(progress -> assertThat(progress.position()).isEqualTo(600))
          .satisfies(progress -> assertThat(progress.difference()).isEmpty());

      flip(folder.resolve("tree/nodes-3"), 70);
      Scrubber.Progress mended = scrubbed(log);
      assertThat(mended.damage()).isEmpty();
      assertThat(mended.repairedPlaces()).isEqualTo(1);
      assertThat(scrubbed(log).difference()).isEmpty();

      flip(folder.resolve("tree/digests"), 500 * Hash.BYTES);
      assertThat(scrubbed(log).damage()).isPresent();
      flip(folder.resolve("tree/digests"), 500 * Hash.BYTES);
      assertThat(scrubbed(log).damage()).isEmpty();

      byte[] whole = Files.readAllBytes(folder.resolve("tree/digests"));
      Files.write(folder.resolve("tree/digests"), Arrays.copyOf(whole, whole.length - 1));
      assertThat(scrubbed(log).damage())
          .hasValueSatisfying(
              damage -> assertThat(damage.description()).contains("end before position 599"));
    }
  }

  /** What was mended is worth a look at the disk: who keeps custody hears of it. */
  @Test
  void hashesThatWereMendedAreAnAlarmToo() throws Exception {
    published.grow(600);
    BlockingQueue<Alarm> raised = new LinkedBlockingQueue<>();
    try (MirroredLog log = open();
        CustodyScrubbing scrubbing = new CustodyScrubbing(raised::add)) {
      follow(log);
      flip(folder.resolve("tree/nodes-3"), 70);
      scrubbing.start("acme", log.log(), log.scrubber());
      Alarm mended = raised.take();
      assertThat(mended.kind()).isEqualTo(Alarm.Kind.CUSTODY_REPAIRED);
      assertThat(mended.summary())
          .startsWith(
              "Hashes of what the custodian holds of log d1g1 were wrong and have been"
                  + " rewritten. Check the disk: ")
          .contains("nodes-3");
      assertThat(scrubbing.damage(log.log())).isEmpty();
    }
    try (MirroredLog log = open();
        CustodyScrubbing scrubbing = new CustodyScrubbing(raised::add)) {
      flip(folder.resolve("tree/digests"), 500 * Hash.BYTES);
      scrubbing.start("acme", log.log(), log.scrubber());
      assertThat(raised.take().kind()).isEqualTo(Alarm.Kind.COUNTERFOIL_DAMAGED);
    }
  }

  /** A look at the tree's files is a system call or three: not one for each entry. */
  @Test
  void entriesAreReadAgainManyAtOnce() throws Exception {
    Disk files = FileDisk.privateFolder(folder);
    AtomicInteger opened = new AtomicInteger();
    Disk counting =
        (Disk)
            Proxy.newProxyInstance(
                Disk.class.getClassLoader(),
                new Class<?>[] {Disk.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("openToRead")) {
                    opened.incrementAndGet();
                  }
                  return method.invoke(files, arguments);
                });
    try (MirroredTree tree = new MirroredTree(counting, "d1g1", Optional.empty())) {
      for (int i = 0; i < 600; i++) {
        tree.append(RecordLogIssuer.digest(i));
      }
      tree.sync();
      opened.set(0);
      List<Hash> read = new ArrayList<>();
      long bytes =
          tree.scan(
              100,
              600,
              new HashedLeaves.Derived() {
                @Override
                public void leaf(long position, Hash row) {
                  assertThat(row).isEqualTo(RecordLogIssuer.digest(position));
                  read.add(row);
                }

                @Override
                public void bytes(String file, long offset, byte[] right) {}
              });
      assertThat(bytes).isEqualTo(500L * Hash.BYTES);
      assertThat(read).hasSize(500);
      assertThat(opened).hasValue(1);
    }
  }
}
