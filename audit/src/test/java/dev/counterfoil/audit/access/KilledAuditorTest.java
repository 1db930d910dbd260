package dev.counterfoil.audit.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.KilledAuditor;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nothing that was answered for is lost, and nothing is found that is not proved: looked at from
 * outside after each {@code kill -9} of a process that takes batches.
 */
class KilledAuditorTest {
  private static final int KILLS = 2;
  private static final long SEED = 20261127;

  @TempDir Path folder;

  /**
   * Starts one, kills it after a while, and gives the first number that it had not answered for.
   */
  private long kill(long seed, long next, int answers) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                KilledAuditor.class.getName(),
                folder.toString(),
                Long.toString(seed),
                Long.toString(next))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    long answered = next;
    try (BufferedReader said =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(said.readLine()).isEqualTo("started");
      for (int i = 0; i < answers; i++) {
        answered = Long.parseLong(said.readLine());
      }
      // By its handle: the process itself would close the stream that is still to be read.
      process.toHandle().destroyForcibly();
      // What it still said before it was killed counts.
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        answered = line.matches("\\d+") ? Math.max(answered, Long.parseLong(line)) : answered;
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
    return answered;
  }

  @Test
  void whatWasAnsweredForIsThereAndWhatIsThereIsProved() throws Exception {
    Random random = new Random(SEED);
    long next = 0;
    for (int i = 0; i < KILLS; i++) {
      next = kill(random.nextLong(), next, 5 + random.nextInt(60));
      look(next);
    }
    assertThat(next).isGreaterThan(10);
  }

  private void look(long answered) throws Exception {
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    try (Auditor auditor =
        Auditor.start(
            KilledAuditor.settings(folder),
            InstantSource.fixed(Instant.ofEpochMilli(SampleEvents.TIME + 60_000)),
            new SecureRandom(),
            failures::add)) {
      TreeSet<Long> found = new TreeSet<>();
      for (String tenant : List.of("acme", "globex")) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        auditor.export(
            new Fence("trial", tenant),
            EventQuery.parse(name -> Optional.empty()),
            new Reader("analyst", Optional.empty(), Optional.empty()),
            out);
        List<JsonObject> own = new ArrayList<>();
        AuditBundle.Proved proved =
            AuditBundle.check(
                new ByteArrayInputStream(out.toByteArray()),
                auditor.key(),
                one -> {
                  if (one.event().reporter().equals(Optional.of("trial/mail"))) {
                    own.add(one.event().json());
                    assertThat(found.add(one.event().sequence())).as("twice").isTrue();
                  }
                });
        assertThat(proved.complete()).isTrue();
        assertThat(own).isNotEmpty();
      }
      for (long n = 0; n < answered; n++) {
        assertThat(found).as("answered for, and lost").contains(n);
      }
      List<String> differences = new ArrayList<>();
      assertThat(auditor.check(differences::add).differences()).as("%s", differences).isZero();
      // What it took and did not answer for stands once when it comes again.
      if (found.last() >= answered) {
        IntakeAnswer again =
            auditor.take(KilledAuditor.MAIL, SampleEvents.lines(KilledAuditor.event(found.last())));
        assertThat(again)
            .isInstanceOfSatisfying(
                IntakeAnswer.Taken.class, taken -> assertThat(taken.repeated()).isEqualTo(1));
      }
    }
    assertThat(failures).isEmpty();
  }
}
