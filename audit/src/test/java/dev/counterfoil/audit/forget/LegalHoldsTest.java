package dev.counterfoil.audit.forget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tenants are on hold up to a number, all of some or none, and are so after a start. */
class LegalHoldsTest {
  @TempDir Path folder;

  private static LegalHolds.Hold hold(int number, String reason) {
    return new LegalHolds.Hold(new Fence("trial", "tenant" + number), reason, SampleEvents.TIME);
  }

  @Test
  void moreThanAStartReadsIsRefused() throws Exception {
    LegalHolds holds = new LegalHolds(FileDisk.privateFolder(folder));
    String reason = "\u20ac".repeat(1024);
    holds.addAll(IntStream.range(0, 5000).mapToObj(i -> hold(i, reason)).toList());
    assertThatThrownBy(
            () -> holds.addAll(IntStream.range(5000, 6000).mapToObj(i -> hold(i, reason)).toList()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("take more than");
    assertThat(new LegalHolds(FileDisk.privateFolder(folder)).all()).hasSize(5000);
  }

  @Test
  void oneMoreThanThereMayBeIsRefused() throws Exception {
    LegalHolds holds = new LegalHolds(FileDisk.privateFolder(folder));
    holds.addAll(
        IntStream.range(0, LegalHolds.HOLDS_MAX - 1).mapToObj(i -> hold(i, "Case 17")).toList());
    assertThatThrownBy(() -> holds.addAll(List.of(hold(20_000, "a"), hold(20_001, "b"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("there are 9999 holds, of 10000 at most");
    assertThat(holds.has(hold(20_000, "a").fence())).as("none of them").isFalse();
    holds.add(hold(20_000, "the last one that has room"));
    assertThatThrownBy(() -> holds.add(hold(20_001, "b"))).isInstanceOf(IOException.class);
    holds.add(hold(3, "another reason of one that is on hold"));
    assertThat(new LegalHolds(FileDisk.privateFolder(folder)).all())
        .isEqualTo(holds.all())
        .hasSize(LegalHolds.HOLDS_MAX)
        .contains(hold(3, "another reason of one that is on hold"));
  }
}
