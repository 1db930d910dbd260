package dev.counterfoil.scan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.scan.key.KeyFolders;
import dev.counterfoil.scan.key.OwnKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which public halves are taken up. */
final class KeyFoldersTest {
  @TempDir Path folder;

  private static PublicKey made(String algorithm) throws Exception {
    return KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPublic();
  }

  @Test
  void takesTheKeysOfLogsAndOfCosigners() throws Exception {
    Files.writeString(
        folder.resolve("log.vkey"), NoteKey.of("log.example", made("Ed25519")) + "\n");
    Files.writeString(
        folder.resolve("w.vkey"),
        CosignerKey.of("w.example", CosignerKey.Algorithm.ED25519, made("Ed25519")) + "\n");
    Files.writeString(
        folder.resolve("w-ml-dsa.vkey"),
        CosignerKey.of("w-ml-dsa.example", CosignerKey.Algorithm.ML_DSA_44, made("ML-DSA-44"))
            + "\n");
    KeyFolders read = KeyFolders.read(List.of(folder));
    assertThat(read.unread()).isEmpty();
    assertThat(read.keys().stream().map(OwnKey::kid))
        .containsExactlyInAnyOrder("log.example", "w.example", "w-ml-dsa.example");
  }

  @Test
  void aKeyUnderTwoNamesIsOneAndTwoKeysUnderOneNameAreTwo() throws Exception {
    PlantedKey key = PlantedKey.ed25519();
    PublicJwk.Ed25519 jwk = (PublicJwk.Ed25519) key.own().publicKey();
    Files.write(folder.resolve("a.jwk"), jwk.toJson().canonicalBytes());
    Files.writeString(folder.resolve("b.vkey"), new NoteKey("same.example", jwk.x()) + "\n");
    Files.writeString(folder.resolve("b.hint"), key.own().hint().orElseThrow().text());
    Files.writeString(folder.resolve("c.vkey"), NoteKey.of("same.example", made("Ed25519")) + "\n");
    KeyFolders read = KeyFolders.read(List.of(folder));
    assertThat(read.keys()).hasSize(2);
    assertThat(read.keys()).filteredOn(own -> own.hint().isPresent()).hasSize(1);
    assertThat(read.keys()).extracting(OwnKey::publicKey).contains(jwk).doesNotHaveDuplicates();
  }

  @Test
  void saysWhatItCannotTake() throws Exception {
    Files.writeString(folder.resolve("bent.vkey"), "log.example+00000000+AAAA\n");
    KeyFolders read = KeyFolders.read(List.of(folder));
    assertThat(read.keys()).isEmpty();
    assertThat(read.unread()).singleElement().asString().contains("bent.vkey");
  }
}
