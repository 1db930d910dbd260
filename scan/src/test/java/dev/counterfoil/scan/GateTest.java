package dev.counterfoil.scan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.scan.gate.Gate;
import dev.counterfoil.scan.gate.GateDecision;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GateTest {
  private static final InstantSource NOON =
      InstantSource.fixed(Instant.parse("2027-03-01T12:00:00Z"));

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path given;

  private final List<String> systemLog = new ArrayList<>();

  @SuppressWarnings("NullAway.Init") // made before each
  private Path folder;

  @SuppressWarnings("NullAway.Init")
  private PlantedKey key;

  @SuppressWarnings("NullAway.Init")
  private Gate gate;

  @BeforeEach
  void makeGate() throws Exception {
    folder = given.toRealPath();
    key = PlantedKey.es256();
    gate =
        new Gate(
            folder.resolve("gate"),
            List.of(key.own()),
            ScanLimits.standard(),
            NOON,
            new SecureRandom(),
            systemLog::add);
    Files.createDirectory(folder.resolve("out"));
  }

  private Path file(String name, byte[] content) throws Exception {
    return Files.write(folder.resolve(name), content);
  }

  private byte[] dirty() {
    return Writing.concat(new byte[500], key.secrets().values().iterator().next(), new byte[50]);
  }

  private GateDecision pass(Path from, String to) throws Exception {
    return gate.pass(from, folder.resolve(to), Progress.none());
  }

  private String code(Path from, String to) throws Exception {
    return pass(from, to) instanceof GateDecision.Refused refused ? refused.code() : "none";
  }

  private List<JsonObject> record() throws Exception {
    List<JsonObject> lines = new ArrayList<>();
    for (String line : Files.readAllLines(gate.record())) {
      lines.add(StrictJson.object(line.getBytes(StandardCharsets.UTF_8), 1 << 20));
    }
    return lines;
  }

  @Test
  void letsACleanFileOutForItsOwnerAlone() throws Exception {
    byte[] content = Writing.bytes("nothing of interest");
    GateDecision decision = pass(file("bundle", content), "out/bundle");
    assertThat(decision).isInstanceOf(GateDecision.Released.class);
    Path out = folder.resolve("out/bundle");
    assertThat(out).hasBinaryContent(content);
    assertThat(Files.getPosixFilePermissions(out))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(folder.resolve("bundle")).exists();
    assertThat(names("out")).containsExactly("bundle");
    assertThat(names("gate/staging")).isEmpty();
    assertThat(record()).hasSize(1);
    JsonObject line = record().getFirst();
    assertThat(line.string("decision")).isEqualTo("released");
    assertThat(line.string("sha256")).isEqualTo(Hash.sha256(content).hex());
    assertThat(systemLog).singleElement().asString().contains("released");
  }

  @Test
  void quarantinesWhatHoldsAKeyAndRemovesTheOriginal() throws Exception {
    byte[] content = dirty();
    Path from = file("dump", content);
    var kept = (GateDecision.Quarantined) pass(from, "out/dump");
    assertThat(kept.originalRemoved()).isTrue();
    assertThat(from).doesNotExist();
    assertThat(folder.resolve("out/dump")).doesNotExist();
    assertThat(names("out")).isEmpty();
    assertThat(kept.quarantined()).hasBinaryContent(content);
    assertThat(Files.getPosixFilePermissions(kept.quarantined()))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    JsonObject line = record().getFirst();
    assertThat(line.string("decision")).isEqualTo("quarantined");
    assertThat(line.objects("found").getFirst().string("kid")).isEqualTo(key.kid());
    assertThat(systemLog).singleElement().asString().contains("quarantined");
  }

  @Test
  void quarantinesWhatCannotBeLookedInto() throws Exception {
    byte[] sevenZip = {'7', 'z', (byte) 0xbc, (byte) 0xaf, 0x27, 0x1c, 0, 4};
    assertThat(pass(file("packed", sevenZip), "out/packed"))
        .isInstanceOf(GateDecision.Quarantined.class);
    assertThat(names("out")).isEmpty();
  }

  @Test
  void theRecordIsAChain() throws Exception {
    pass(file("a", new byte[10]), "out/a");
    pass(file("b", dirty()), "out/b");
    pass(file("c", new byte[20]), "out/c");
    List<String> lines = Files.readAllLines(gate.record());
    assertThat(lines).hasSize(3);
    assertThat(record().get(0).string("previous")).isEqualTo("0".repeat(64));
    for (int i = 1; i < 3; i++) {
      assertThat(record().get(i).string("previous"))
          .isEqualTo(Hash.sha256(Writing.bytes(lines.get(i - 1))).hex());
    }
  }

  @Test
  void aLineThatACrashCutStaysAndTheNextOneIsWhole() throws Exception {
    pass(file("a", new byte[10]), "out/a");
    Files.writeString(gate.record(), Files.readString(gate.record()) + "{\"cut\":");
    pass(file("b", new byte[10]), "out/b");
    List<String> lines = Files.readAllLines(gate.record());
    assertThat(lines).hasSize(3);
    assertThat(lines.get(2)).contains(Hash.sha256(Writing.bytes("{\"cut\":")).hex());
  }

  @Test
  void refusesPathsThatDoNotMeanWhatTheySay() throws Exception {
    Path clean = file("clean", new byte[10]);
    Files.createSymbolicLink(folder.resolve("link"), clean);
    Files.createSymbolicLink(folder.resolve("linked"), folder.resolve("out"));
    Files.write(folder.resolve("out/taken"), new byte[1]);
    Files.createSymbolicLink(folder.resolve("out/dangling"), folder.resolve("nowhere"));
    Files.write(folder.resolve("out/inner"), new byte[1]);
    assertThat(code(folder.resolve("link"), "out/x")).isEqualTo("not-a-file");
    assertThat(code(folder.resolve("linked/inner"), "out/x")).isEqualTo("path-has-links");
    assertThat(code(clean, "linked/x")).isEqualTo("path-has-links");
    assertThat(code(clean, "missing/x")).isEqualTo("no-target-folder");
    assertThat(code(clean, "out/taken")).isEqualTo("target-exists");
    assertThat(code(clean, "out/dangling")).isEqualTo("target-exists");
    assertThat(code(folder.resolve("out"), "x")).isEqualTo("not-a-file");
    assertThat(folder.resolve("nowhere")).doesNotExist();
    assertThat(gate.record()).doesNotExist();
    assertThat(code(clean, "out/x")).isEqualTo("none");
    assertThat(code(gate.record(), "out/y")).isEqualTo("in-the-gate");
  }

  /** The bytes that were scanned go out, whatever becomes of the original meanwhile. */
  @Test
  void whatIsSwappedDuringTheScanDoesNotGoOut() throws Exception {
    byte[] content = new byte[2 << 20];
    Path from = file("bundle", content);
    GateDecision decision =
        gate.pass(
            from,
            folder.resolve("out/bundle"),
            read -> {
              try {
                Files.write(from, dirty());
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    assertThat(decision).isInstanceOf(GateDecision.Released.class);
    assertThat(folder.resolve("out/bundle")).hasBinaryContent(content);
  }

  @Test
  void anotherFileThatTookTheNameIsNotRemoved() throws Exception {
    Path from = file("dump", dirty());
    GateDecision decision =
        gate.pass(
            from,
            folder.resolve("out/dump"),
            read -> {
              try {
                Files.deleteIfExists(from);
                Files.write(from, new byte[3]);
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    assertThat(((GateDecision.Quarantined) decision).originalRemoved()).isFalse();
    assertThat(from).hasBinaryContent(new byte[3]);
  }

  @Test
  void whatACrashLeftInStagingIsDeleted() throws Exception {
    pass(file("a", new byte[1]), "out/a");
    Files.write(folder.resolve("gate/staging/0000.staged"), dirty());
    pass(file("b", new byte[1]), "out/b");
    assertThat(names("gate/staging")).isEmpty();
  }

  private List<String> names(String of) throws Exception {
    try (Stream<Path> files = Files.list(folder.resolve(of))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
