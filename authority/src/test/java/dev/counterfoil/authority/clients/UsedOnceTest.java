package dev.counterfoil.authority.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.log.disk.FailingDisk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was used before its time is not used again, whatever happens to the process. */
class UsedOnceTest {
  private static final int ENTRIES_MAX = 100_000;

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // by open
  private FailingDisk disk;

  private Instant now = Instant.parse("2026-11-25T12:00:00.500Z");

  private UsedOnce open() throws IOException {
    disk = new FailingDisk(FileDisk.privateFolder(folder));
    return new UsedOnce(
        new ReplayGuard(() -> now, ENTRIES_MAX),
        UsesOnDisk.open(disk, "used", UsedOnce.AHEAD, now),
        () -> now);
  }

  private UsedOnce.Use use(UsedOnce used, String user, String id, int aheadSeconds) {
    Instant issued = now.plusSeconds(aheadSeconds);
    return used.useHere(user, id, issued, issued.plusSeconds(300));
  }

  private Path file(String letter) {
    return folder.resolve("used-" + letter);
  }

  @Test
  void aSecondUseIsOneAlsoAfterARestart() throws Exception {
    Instant ahead = now.plusSeconds(10);
    Instant until = now.plusSeconds(300);
    try (UsedOnce used = open()) {
      assertThat(used.use("app", "1", ahead, until)).isEqualTo(UsedOnce.Use.FIRST);
      assertThat(used.use("app", "1", ahead, until)).isEqualTo(UsedOnce.Use.REPEATED);
      assertThat(used.use("app", "past", now, until)).isEqualTo(UsedOnce.Use.FIRST);
    }
    // Killed, not closed, is the same: each line is synced before its use takes effect.
    now = now.plusSeconds(3);
    try (UsedOnce used = open()) {
      assertThat(used.use("app", "1", ahead, until)).isEqualTo(UsedOnce.Use.REPEATED);
      assertThat(used.use("app", "2", ahead, until)).isEqualTo(UsedOnce.Use.FIRST);
      assertThat(used.use("other", "1", ahead, until)).isEqualTo(UsedOnce.Use.FIRST);
      // Of what was not ahead IssueTimes refuses whatever the last process may have taken.
      assertThat(used.use("app", "past", now, until)).isEqualTo(UsedOnce.Use.FIRST);
    }
  }

  @Test
  void atEveryMomentOfARestartEverythingIsRefusedOnce() throws Exception {
    // From each second of two periods on, restarted after 0 to 12 seconds.
    for (int start = 0; start < 40; start += 3) {
      for (int later = 0; later <= 12; later++) {
        String id = start + "." + later;
        Instant begun = now;
        Instant ahead = Instant.ofEpochSecond(begun.getEpochSecond() + 10);
        try (UsedOnce used = open()) {
          assertThat(used.use("app", id, ahead, begun.plusSeconds(300)))
              .isEqualTo(UsedOnce.Use.FIRST);
        }
        now = begun.plusSeconds(later);
        Instant startedAt = now;
        try (UsedOnce used = open()) {
          boolean refused =
              new IssueTimes(() -> now, startedAt).isBeforeStart(ahead)
                  || used.use("app", id, ahead, begun.plusSeconds(300)) == UsedOnce.Use.REPEATED;
          assertThat(refused).as(id).isTrue();
        }
      }
    }
  }

  @Test
  void theFilesDoNotGrow() throws Exception {
    try (UsedOnce used = open()) {
      for (int second = 0; second < 400; second++) {
        for (int i = 0; i < 5; i++) {
          assertThat(use(used, "app", second + "." + i, 5)).isEqualTo(UsedOnce.Use.FIRST);
        }
        now = now.plusSeconds(1);
      }
    }
    assertThat(Files.readAllLines(file("a"))).hasSizeLessThanOrEqualTo(100);
    assertThat(Files.readAllLines(file("b"))).hasSizeLessThanOrEqualTo(100);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file("a"))))
        .isEqualTo("rw-------");
  }

  @Test
  void aClientWhoseClockIsAheadUsesUpItsOwnShare() throws Exception {
    try (UsedOnce used = open()) {
      for (int i = 0; i < UsedOnce.AHEAD_OF_USER_MAX; i++) {
        assertThat(use(used, "ahead", "id" + i, 5)).isEqualTo(UsedOnce.Use.FIRST);
      }
      assertThat(use(used, "ahead", "more", 5)).isEqualTo(UsedOnce.Use.AHEAD_FULL);
      assertThat(use(used, "other", "one", 5)).isEqualTo(UsedOnce.Use.FIRST);
      assertThat(use(used, "ahead", "in time", 0)).isEqualTo(UsedOnce.Use.FIRST);
      now = now.plusSeconds(20);
      assertThat(use(used, "ahead", "later", 5)).isEqualTo(UsedOnce.Use.FIRST);
    }
  }

  @Test
  void aLineThatWasCutTookNoEffectAndOneThatIsDamagedStopsTheStart() throws Exception {
    try (UsedOnce used = open()) {
      assertThat(use(used, "app", "1", 10)).isEqualTo(UsedOnce.Use.FIRST);
    }
    Path written = Files.size(file("a")) > 0 ? file("a") : file("b");
    Files.writeString(written, "{\"user\":\"app\",\"id\":\"2\",\"ia", StandardOpenOption.APPEND);
    try (UsedOnce used = open()) {
      assertThat(use(used, "app", "1", 10)).isEqualTo(UsedOnce.Use.REPEATED);
      assertThat(use(used, "app", "3", 10)).isEqualTo(UsedOnce.Use.FIRST);
    }
    // What was written behind the cut line is read, too.
    try (UsedOnce used = open()) {
      assertThat(use(used, "app", "3", 10)).isEqualTo(UsedOnce.Use.REPEATED);
    }
    byte[] bytes = Files.readAllBytes(written);
    bytes[3] = '"';
    Files.write(written, bytes);
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is damaged");
    Files.writeString(written, "", StandardCharsets.UTF_8);
    open().close();
  }

  /** As when a disk is full for a moment, or fails. */
  @Test
  void whatAFailedWriteLeftSpoilsNoLaterLine() throws Exception {
    Instant ahead = now.plusSeconds(10);
    Instant until = now.plusSeconds(300);
    String longest = "torn".repeat(100);
    try (UsedOnce used = open()) {
      assertThat(used.use("app", "1", ahead, until)).isEqualTo(UsedOnce.Use.FIRST);
      disk.faults().writesAreShort = true;
      assertThat(used.use("app", longest, ahead, until)).isEqualTo(UsedOnce.Use.AHEAD_FULL);
      disk.faults().writesAreShort = false;
      disk.faults().syncsFail = true;
      assertThat(used.use("app", longest + "2", ahead, until)).isEqualTo(UsedOnce.Use.AHEAD_FULL);
      disk.faults().syncsFail = false;
      disk.faults().unwritable = true;
      assertThat(used.use("app", "not mended", ahead, until)).isEqualTo(UsedOnce.Use.AHEAD_FULL);
      disk.faults().unwritable = false;
      assertThat(used.use("app", "3", ahead, until)).isEqualTo(UsedOnce.Use.FIRST);
      assertThat(used.use("app", "4", ahead, until)).isEqualTo(UsedOnce.Use.FIRST);
    }
    try (UsedOnce used = open()) {
      for (String id : List.of("1", "3", "4")) {
        assertThat(used.use("app", id, ahead, until)).as(id).isEqualTo(UsedOnce.Use.REPEATED);
      }
    }
  }

  /** One that is started again and again gives nobody a new share. */
  @Test
  void whatWasWrittenBeforeARestartIsCounted() throws Exception {
    for (int i = 0; i < UsedOnce.AHEAD_OF_USER_MAX; i += 100) {
      try (UsedOnce used = open()) {
        for (int j = 0; j < 100; j++) {
          assertThat(use(used, "ahead", "id" + (i + j), 5)).isEqualTo(UsedOnce.Use.FIRST);
        }
      }
    }
    try (UsedOnce used = open()) {
      assertThat(use(used, "ahead", "more", 5)).isEqualTo(UsedOnce.Use.AHEAD_FULL);
    }
  }
}
