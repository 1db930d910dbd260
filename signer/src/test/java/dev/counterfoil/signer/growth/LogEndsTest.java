package dev.counterfoil.signer.growth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.process.settings.KeySchedule;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.rotation.KeyFolder;
import dev.counterfoil.signer.rotation.TestKeys;
import dev.counterfoil.signer.rotation.TokenKey;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signer.settings.TestConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the registrar is told of the log before. */
class LogEndsTest {
  private static final Instant T0 = TestKeys.T0;

  private static final Answer DONE = new Answer.Done(JsonObject.builder().build());

  @TempDir Path folder;
  private Instant now = T0;
  private final List<Request.Command> told = new ArrayList<>();
  private Generation first;
  private Generation second;
  private TokenKey key;
  private Answer answer = DONE;

  @BeforeEach
  void aSealedLogAndTheNext() throws Exception {
    first = Generation.of("s1", folder.resolve("signer"), 1);
    second = Generation.of("s1", folder.resolve("signer"), 2);
    FileDisk.privateFolder(second.folder());
    FileDisk.privateFolder(first.journal())
        .replace(Generation.SEALED, "7\n".getBytes(StandardCharsets.US_ASCII));
    key = TestKeys.key(1, T0.minusSeconds(60), T0.plus(Duration.ofHours(1)));
    new KeyFolder(FileDisk.privateFolder(first.keys())).keep(1, key.statement());
    TrialRoot.openOrMakePassphrase(folder.resolve("passphrase"));
  }

  private LogEnds ends() throws Exception {
    SignerConfiguration configuration = TestConfiguration.signer(folder);
    Files.createDirectories(folder.resolve("log/s1g1"));
    return LogEnds.before(
        configuration,
        second,
        () -> now,
        command -> {
          told.add(command);
          return answer;
        });
  }

  private static Request.Command end(String reason) throws Exception {
    return Commands.endLog("s1g1", 7, Optional.of("s1g2"), KeyLogEvent.EndReason.parse(reason));
  }

  @Test
  void aLogThatWasReplacedHasEndedAndItsKeysAreSomebodyElsesToRevoke() throws Exception {
    LogEnds ends = ends();
    ends.step();
    now = T0.plus(KeySchedule.RETIRE_AFTER);
    ends.step();
    assertThat(told).containsExactly(end("replaced"));
  }

  @Test
  void aLogThatWasFollowedAsPlannedHasEndedAndItsKeysRetireWhenNoClockIsBehind() throws Exception {
    second.announce(T0);
    LogEnds ends = ends();
    ends.step();
    ends.step();
    assertThat(told).containsExactly(end("planned"));
    now = T0.plus(KeySchedule.RETIRE_AFTER);
    ends.step();
    ends.step();
    assertThat(told).containsExactly(end("planned"), Commands.retireKey(key.kid()));
  }

  @Test
  void whatAnOperatorMaySetRightIsToldAgainAndWhatStandsIsNot() throws Exception {
    LogEnds ends = ends();
    answer = new Answer.Refused(Answer.Code.NOT_ITS_OWN, "its record log is not named");
    ends.step();
    ends.step();
    assertThat(told).as("not at each step").containsExactly(end("replaced"));
    now = now.plus(LogEnds.TOLD_AGAIN_AFTER);
    answer = new Answer.Refused(Answer.Code.CONFLICT, "it has ended at another size");
    ends.step();
    assertThat(told).containsExactly(end("replaced"), end("replaced"));
    now = now.plus(LogEnds.TOLD_AGAIN_AFTER);
    answer = DONE;
    ends.step();
    assertThat(told).as("the control: a conflict stays one").hasSize(2);
  }
}
