package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.testing.Distribution.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The doctor and the diagnosis, on an installation that {@code up} started. */
@Tag("turn-2")
class SignerDoctorTest {
  /** What depends on the machine and on there being one user for all of them. */
  private static final Set<String> OF_THE_MACHINE =
      Set.of(
          "own-user",
          "not-swapped",
          "landlock",
          "empty-core",
          "seen-own-user",
          "seen-not-dumpable",
          "seen-not-swapped",
          "passphrase-elsewhere",
          "disk-reserve");

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @Test
  void everythingIsHeldOnAnOrdinaryStartAndABundleSaysSo() throws Exception {
    int port = Distribution.freePort();
    Path configuration =
        Files.writeString(
            folder.resolve("counterfoil.yaml"),
            """
            monitor-listen: "127.0.0.1:%d"
            domains:
              - {name: d, issuer: "http://127.0.0.1:%d", listen: "127.0.0.1:%d", tenants: [acme], audiences: [api], spare-signers: 0}
            """
                .formatted(Distribution.freePort(), port, port));
    try (Distribution.Running running = Distribution.Running.start(folder, configuration)) {
      Result doctor = Distribution.run(folder, "signer", "doctor", "--json");
      assertThat(doctor.exitCode()).as(doctor.out() + doctor.err()).isZero();
      List<JsonObject> processes = doctor.json().objects("processes");
      assertThat(processes).hasSize(2);
      for (JsonObject process : processes) {
        assertThat(process.number("pid")).isEqualTo(running.pid(process.string("role") + "-d"));
        Set<String> notHeld = new TreeSet<>();
        for (JsonObject check : process.objects("checks")) {
          if (!check.string("state").equals("held") && !check.string("about").equals("machine")) {
            notHeld.add(check.string("name"));
          }
        }
        assertThat(OF_THE_MACHINE).containsAll(notHeld);
      }
      assertThat(Distribution.run(folder, "signer", "doctor").out())
          .contains("held     *not-dumpable", "Every essential protection (*) holds.");

      // A folder that others can enter is seen.
      Path signer = folder.resolve("counterfoil-data/domains/d/signer");
      Files.setPosixFilePermissions(signer, PosixFilePermissions.fromString("rwxr-xr-x"));
      assertThat(Distribution.run(folder, "signer", "doctor").out())
          .containsPattern("NOT HELD +folder");

      Result diagnose = Distribution.run(folder, "signer", "diagnose", "--json");
      assertThat(diagnose.exitCode()).as(diagnose.err()).isZero();
      List<JsonObject> bundles = diagnose.json().objects("bundles");
      assertThat(bundles).hasSize(2);
      for (JsonObject bundle : bundles) {
        assertThat(bundle.string("gate")).isEqualTo("released");
        Path file = folder.resolve(bundle.string("file"));
        assertThat(folder.resolve("counterfoil-data/gate/record.jsonl")).exists();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .isEqualTo("rw-------");
        try (ZipFile zip = new ZipFile(file.toFile())) {
          assertThat(zip.stream().map(entry -> entry.getName()))
              .contains(
                  "summary.txt",
                  "said/threads.json",
                  "said/status.json",
                  "seen/threads.txt",
                  "doctor.json",
                  "log.txt");
        }
      }
    }
    // Nobody answers any more: it says so, and the exit code too.
    Result after = Distribution.run(folder, "signer", "doctor", "--json");
    assertThat(after.exitCode()).isEqualTo(1);
    Result bundle = Distribution.run(folder, "signer", "diagnose", "--json");
    assertThat(bundle.exitCode()).isZero();
    assertThat(bundle.json().objects("bundles").getFirst().strings("could_not"))
        .anyMatch(why -> why.contains("does not answer"))
        .anyMatch(why -> why.contains("no process with this configuration was seen"));
  }
}
