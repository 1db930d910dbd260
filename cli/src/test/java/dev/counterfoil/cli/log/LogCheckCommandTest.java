package dev.counterfoil.cli.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.SampleLog;
import dev.counterfoil.cli.ServedIssuer;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.SampleContext;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.RootPin;
import dev.counterfoil.installation.layout.DataFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All logs of an installation, of which one has just begun. */
class LogCheckCommandTest {
  // Port 1 is nobody's: what the key log states is not known.
  private static final String ISSUER = "http://127.0.0.1:1/main";

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private CommandRun check(String... more) {
    List<Object> words = new java.util.ArrayList<>(List.of("log", "check", "--data", folder));
    words.addAll(List.of(more));
    return CommandRun.of(words.toArray());
  }

  @Test
  void aLogWhoseKeyIsNotKnownIsNamedAndTheOthersAreChecked() throws Exception {
    DataFolder.DomainFolder domain = new DataFolder(folder).domain("main");
    SampleContext.write(folder, "main", "s1");
    Files.createDirectories(domain.log());
    try (SampleLog keyLog = new SampleLog(folder.resolve("a"), KeyLog.origin(ISSUER));
        SampleLog fresh = new SampleLog(folder.resolve("b"), "127.0.0.1:1/main/logs/s1g2")) {
      keyLog.issue(3);
      fresh.issue(3);
      Files.writeString(
          domain.policy(),
          new TrustPolicy("main", ISSUER, new RootPin(1, Hash.sha256()), List.of(keyLog.key()))
              .text());
      Files.createSymbolicLink(domain.log().resolve(KeyLog.NAME), keyLog.published());
      CommandRun control = check();
      assertThat(control.exitCode()).as(control.err()).isEqualTo(ExitCode.OK);
      assertThat(control.out()).contains("SOUND");

      // It comes before the other, by its name.
      Path unknown = domain.log().resolve("a1g2");
      Files.createSymbolicLink(unknown, fresh.published());
      CommandRun incomplete = check();
      assertThat(incomplete.exitCode()).as("incomplete").isEqualTo(ExitCode.UNAVAILABLE);
      assertThat(incomplete.out()).contains("NOT CHECKED  " + unknown, "SOUND");
      assertThat(incomplete.out())
          .as("whether the key is stated is not known")
          .contains("cannot read the key log")
          .doesNotContain("The key of a new log");
      assertThat(check("--json").out()).contains("\"checked\":false", "\"sound\":true");
    }
  }

  @Test
  void aLogWhoseKeyIsNotStatedYetIsCheckedLater() throws Exception {
    DataFolder.DomainFolder domain = new DataFolder(folder).domain("main");
    SampleContext.write(folder, "main", "s1");
    Files.createDirectories(domain.log());
    try (ServedIssuer served = new ServedIssuer("main")) {
      String origin = served.issuer().issuer().replace("http://", "") + "/logs/s1g7";
      try (SampleLog fresh = new SampleLog(folder.resolve("b"), origin)) {
        fresh.issue(3);
        served.issuer().publish();
        Files.writeString(domain.policy(), served.issuer().policy().text());
        Files.createSymbolicLink(domain.log().resolve("s1g7"), fresh.published());
        CommandRun early = check();
        assertThat(early.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(early.out())
            .contains("NOT CHECKED", "no key is known for log " + origin)
            .contains("The key of a new log is stated within minutes");
      }
    }
  }

  @Test
  void whatBelongsToOneLogNeedsItsName() throws Exception {
    SampleContext.write(folder, "main", "s1");
    for (String option : List.of("--journal", "--checkpoint")) {
      CommandRun run = check(option, folder.toString());
      assertThat(run.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
      assertThat(run.err()).contains("Name the log");
    }
    assertThat(check().err()).as("the control").doesNotContain("Name the log");
  }

  @Test
  void aLogWithoutItsCounterfoilsIsNotCalledSound() throws Exception {
    DataFolder.DomainFolder domain = new DataFolder(folder).domain("main");
    SampleContext.write(folder, "main", "s1");
    Files.createDirectories(domain.log());
    try (SampleLog log = new SampleLog(folder.resolve("a"), "127.0.0.1:1/main/logs/s1g1")) {
      log.issue(3);
      Files.writeString(
          domain.policy(),
          new TrustPolicy("main", ISSUER, new RootPin(1, Hash.sha256()), List.of(log.key()))
              .text());
      Files.createSymbolicLink(domain.log().resolve("s1g1"), log.published());
      Path generation = Files.createDirectories(domain.signer().resolve("g1"));
      Files.createSymbolicLink(generation.resolve("journal"), log.journal());
      CommandRun control = check();
      assertThat(control.exitCode()).as(control.err()).isEqualTo(ExitCode.OK);
      assertThat(control.out()).contains("SOUND", "3 counterfoils compared with their leaves");

      Files.delete(generation.resolve("journal"));
      CommandRun gone = check();
      assertThat(gone.exitCode()).as(gone.out()).isEqualTo(ExitCode.UNAVAILABLE);
      assertThat(gone.out())
          .startsWith("INCOMPLETE")
          .contains("g1/journal is missing", "custodian's copy of the log can replace it")
          .doesNotContain("SOUND");
      assertThat(check("--json").out())
          .startsWith("{\"log\":")
          .contains("\"checked\":false,\"reason\":\"its journal ");

      // Nobody can tell what is behind a link to itself, as behind a folder that is barred.
      Path loop = generation.resolve("journal");
      Files.createSymbolicLink(loop, loop);
      CommandRun barred = check();
      assertThat(barred.exitCode()).as(barred.out()).isEqualTo(ExitCode.UNAVAILABLE);
      assertThat(barred.out())
          .startsWith("INCOMPLETE")
          .contains("this user may not read its journal " + loop)
          .doesNotContain("missing", "replace");
    }
  }
}
