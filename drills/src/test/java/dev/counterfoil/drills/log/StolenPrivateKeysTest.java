package dev.counterfoil.drills.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.signer.privatekeys.PrivateKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StolenPrivateKeysTest {
  @TempDir private Path parent = Path.of("unset");

  private static byte[] sign(PrivateKeys.Key key, byte[] input) throws Exception {
    return key.newSigning().sign(input);
  }

  @Test
  void worksInADrillsFolderAndGivesTheThiefTheFirstKeyAndNoOther() throws Exception {
    try (DrillFolder drill = DrillFolder.make(parent, new SecureRandom())) {
      var custody = new StolenPrivateKeys(drill.path());
      Path first = Files.createDirectory(drill.path().resolve("g1"));
      Path second = Files.createDirectory(drill.path().resolve("g2"));
      PrivateKeys.Key key = custody.make(first, "k1", PublicJwk.Algorithm.ES256);
      PrivateKeys.Key next = custody.make(second, "k1", PublicJwk.Algorithm.ES256);

      var stolen =
          PublicJwk.es256((ECPublicKey) StolenPrivateKeys.stolen(drill.path()).getPublic());
      assertThat(stolen).isEqualTo(key.publicKey()).isNotEqualTo(next.publicKey());

      byte[] input = "header.payload".getBytes(StandardCharsets.US_ASCII);
      Signature verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
      verifier.initVerify(custody.open(first, "k1").publicKey().javaKey());
      verifier.update(input);
      assertThat(verifier.verify(sign(key, input))).isTrue();

      custody.destroy(first, "k1");
      assertThatThrownBy(() -> custody.open(first, "k1")).isInstanceOf(IOException.class);
    }
  }

  @Test
  void refusesAFolderThatNoDrillMade() throws Exception {
    Path installation = Files.createDirectory(parent.resolve("installation"));
    assertThatThrownBy(() -> new StolenPrivateKeys(installation))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not a drill's folder");
  }

  @Test
  void refusesToMakeOrOpenAKeyOutsideTheDrillsFolder() throws Exception {
    Path installation = Files.createDirectory(parent.resolve("installation"));
    try (DrillFolder drill = DrillFolder.make(parent, new SecureRandom())) {
      var custody = new StolenPrivateKeys(drill.path());
      Path link = Files.createSymbolicLink(drill.path().resolve("way-out"), installation);
      for (Path outside : new Path[] {installation, link, drill.path().resolve("..")}) {
        assertThatThrownBy(() -> custody.make(outside, "k1", PublicJwk.Algorithm.ES256))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("not inside the drill's folder");
        assertThatThrownBy(() -> custody.open(outside, "k1")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> custody.destroy(outside, "k1")).isInstanceOf(IOException.class);
      }
      assertThat(installation).isEmptyDirectory();
    }
  }

  @Test
  void theProgramDoesNotStartForAFolderThatNoDrillMade() throws Exception {
    Path installation = Files.createDirectory(parent.resolve("installation"));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                StolenKeySigner.class.getName(),
                installation.toString(),
                "--config",
                installation.resolve("signer.yaml").toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isEqualTo(78);
    assertThat(said).contains("not a drill's folder");
    assertThat(installation).isEmptyDirectory();
  }
}
