package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FailingDisk;
import dev.counterfoil.registrar.signers.SignersOwn;
import dev.counterfoil.registrar.signers.SignersWatch;
import dev.counterfoil.signer.MemoryDisk;
import dev.counterfoil.signerprotocol.Commands;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The alarms about signers stand over a restart of the registrar, also over one that was killed.
 */
class SignersWatchTest extends RegistrarWorld {
  private final Disk folderDisk = new MemoryDisk();

  private SignersWatch watch() throws Exception {
    return SignersWatch.open(folderDisk, configuration, now);
  }

  private void flood(SignersWatch watch) {
    while (watch.alarms(now).isEmpty()) {
      watch.stated("s1", Commands.STATE_LOG, 1, now);
    }
  }

  @Test
  void aFloodIsStillSeenAfterARestartUntilAnOperatorTookSomethingBack() throws Exception {
    assertThat(watch().alarms(now)).isEmpty();
    flood(watch());
    SignersWatch again = watch();
    assertThat(texts(again.alarms(now))).contains("signer s1", "rotation needs");
    again.tookBack("s1");
    assertThat(again.alarms(now)).isEmpty();
    assertThat(watch().alarms(now)).as("nor does that come back").isEmpty();
  }

  /** Who watches has a finding for each day on which it goes on, and none for one on which not. */
  @Test
  void aFloodSaysWhenItHappenedLastAndAlsoAfterARestart() throws Exception {
    SignersWatch watch = watch();
    while (watch.objection("s1", Commands.STATE_LOG, now).isEmpty()) {
      watch.stated("s1", Commands.STATE_LOG, 1, now);
    }
    Instant first = now;
    now = first.plus(DAY);
    assertThat(floodedLast(watch)).as("it stands, and nothing came").isEqualTo(first);
    watch.stated("s1", Commands.STATE_LOG, 0, now);
    assertThat(floodedLast(watch)).isEqualTo(first);
    watch.stated("s1", Commands.STATE_LOG, 1, now);
    assertThat(floodedLast(watch)).isEqualTo(now);
    assertThat(floodedLast(watch())).as("after a restart").isEqualTo(now);
  }

  private Instant floodedLast(SignersWatch watch) throws Exception {
    JsonObject alarm = watch.alarms(now).getFirst().toJson();
    assertThat(alarm.string("cause")).isEqualTo("flood");
    return Instant.ofEpochSecond(alarm.number("last"));
  }

  @Test
  void aFloodThatGoesOnOverRestartsIsSeen() throws Exception {
    int stated = 0;
    while (watch().alarms(now).isEmpty()) {
      assertThat(stated).isLessThan(1_000);
      SignersWatch watch = watch();
      for (int i = 0; i < 10; i++) {
        watch.stated("s1", Commands.STATE_LOG, 1, now);
      }
      stated += 10;
    }
    // Killed in each: an eighth of the room is forgotten at the most.
    assertThat(stated).isGreaterThan(60);
  }

  @Test
  void timeThatPassedWhileItWasAwayCounts() throws Exception {
    flood(watch());
    now = now.plus(DAY.multipliedBy(4));
    assertThat(watch().alarms(now)).isNotEmpty();
    now = now.plus(DAY.multipliedBy(6));
    assertThat(watch().alarms(now)).isEmpty();
  }

  @Test
  void aSignerThatAskedForAnothersIsRememberedForDays() throws Exception {
    assertThat(watch().trespassed("s1", Commands.END_LOG, "end-log of log s2g1", now)).isOne();
    Instant then = now;
    now = then.plus(SignersWatch.TRESPASS_STANDS).minusSeconds(1);
    assertThat(texts(watch().alarms(now))).contains("end-log of log s2g1", then.toString());
    assertThat(watch().alarms(now))
        .singleElement()
        .satisfies(
            alarm -> {
              assertThat(alarm.toJson().string("cause")).isEqualTo("not-its-own");
              assertThat(alarm.toJson().string("signer")).isEqualTo("s1");
              assertThat(alarm.toJson().number("last")).isEqualTo(then.getEpochSecond());
            });
    now = then.plus(SignersWatch.TRESPASS_STANDS);
    assertThat(watch().alarms(now)).isEmpty();
  }

  @Test
  void aFullDiskLosesNoAlarmWhileTheRegistrarRuns() throws Exception {
    FailingDisk full = new FailingDisk(folderDisk);
    SignersWatch watch = SignersWatch.open(full, configuration, now);
    full.faults().unwritable = true;
    flood(watch);
    assertThat(watch.alarms(now)).isNotEmpty();
    assertThat(watch().alarms(now)).as("what could not be written").isEmpty();
    full.faults().unwritable = false;
    watch.keep();
    assertThat(watch().alarms(now)).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{}",
        "{\"signers\":[{\"name\":\"s1\"}]}",
        "{\"signers\":[{\"name\":\"s1\",\"room_thousandths\":\"0\",\"seen\":0,\"exceeded\":true}]}",
        "{\"signers\":{}}"
      })
  void whatCannotBeReadIsBegunAnewAndTheRegistrarStarts(String text) throws Exception {
    flood(watch());
    folderDisk.replace(SignersWatch.FILE, text.getBytes(StandardCharsets.UTF_8));
    assertThat(texts(watch().alarms(now)))
        .contains("could not be read")
        .doesNotContain("rotation needs");
    Instant then = now;
    now = then.plus(DAY);
    assertThat(watch().alarms(now))
        .as("after a restart")
        .singleElement()
        .satisfies(alarm -> assertThat(alarm.last()).contains(then));
    assertThat(new String(folderDisk.read(SignersWatch.UNREADABLE, 1_000), StandardCharsets.UTF_8))
        .isEqualTo(text);
    folderDisk.delete(SignersWatch.UNREADABLE);
    SignersWatch watch = watch();
    assertThat(watch.alarms(now)).isEmpty();
    flood(watch);
    assertThat(watch().alarms(now)).isNotEmpty();
  }

  @Test
  void recordLogsThatWereASignersAreRememberedUntilTheyAreAnothers() throws Exception {
    signers = List.of(signer("s1", List.of("d1", "d2")), signer("s2", List.of("d3")));
    configuration = withRoot(root);
    assertThat(watch().own(signers.getFirst()))
        .isEqualTo(new SignersOwn("s1", Set.of("d1", "d2"), Set.of()));
    signers = List.of(signer("s1", List.of("d1")), signer("s2", List.of()));
    configuration = withRoot(root);
    assertThat(watch().own(signers.getFirst()))
        .isEqualTo(new SignersOwn("s1", Set.of("d1"), Set.of("d2")));
    signers = List.of(signer("s1", List.of()), signer("s2", List.of("d2")));
    configuration = withRoot(root);
    assertThat(watch().own(signers.getFirst()))
        .isEqualTo(new SignersOwn("s1", Set.of(), Set.of("d1")));
    assertThat(watch().own(signers.getLast()))
        .isEqualTo(new SignersOwn("s2", Set.of("d2"), Set.of("d3")));
  }

  @Test
  void aSignerThatIsNotConfiguredAnyMoreIsForgotten() throws Exception {
    flood(watch());
    signers = List.of(signer("s2", List.of()));
    configuration = withRoot(root);
    assertThat(watch().alarms(now)).isEmpty();
  }
}
