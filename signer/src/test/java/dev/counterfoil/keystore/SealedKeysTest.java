package dev.counterfoil.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.hardening.StartRefusedException;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.privatekeys.PrivateKeys;
import dev.counterfoil.signer.privatekeys.SoftwarePrivateKeys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys at rest: every refusal beside a key that opens. */
class SealedKeysTest {
  @TempDir Path folder;

  private SealedKeys keys(String name) throws Exception {
    return TestMaking.sealed(TrialRoot.openOrMakePassphrase(folder.resolve(name)));
  }

  private KeyForKeys secret(String name) throws Exception {
    return new KeyForKeys.PassphraseFile(TrialRoot.openOrMakePassphrase(folder.resolve(name)));
  }

  private SoftwarePrivateKeys custody(String passphrase) throws Exception {
    return new SoftwarePrivateKeys(keys(passphrase), "enterprise");
  }

  @Test
  void aKeyOpensAgainAndItsFileDoesNotShowIt() throws Exception {
    FileDisk disk = FileDisk.privateFolder(folder.resolve("keys"));
    byte[] secret = "not a key but nothing looks at it".getBytes(StandardCharsets.US_ASCII);
    byte[] given = secret.clone();
    disk.replace("a.sealed", SealedKeys.seal(secret("p"), "purpose", given));
    assertThat(given).as("zeroed").containsOnly(0);
    assertThat(keys("p").open(disk, "a.sealed", "purpose")).isEqualTo(secret);
    Path file = folder.resolve("keys/a.sealed");
    assertThat(HexFormat.of().formatHex(Files.readAllBytes(file)))
        .doesNotContain(HexFormat.of().formatHex("not a key".getBytes(StandardCharsets.US_ASCII)));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void everyChangedByteIsNoticed() throws Exception {
    FileDisk disk = FileDisk.privateFolder(folder.resolve("keys"));
    disk.replace("a.sealed", SealedKeys.seal(secret("p"), "purpose", new byte[40]));
    byte[] good = disk.read("a.sealed", 4096);
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 1;
      disk.replace("a.sealed", bad);
      assertThatThrownBy(() -> keys("p").open(disk, "a.sealed", "purpose"))
          .as("byte " + i)
          .isInstanceOf(GeneralSecurityException.class)
          .hasMessageContaining("a.sealed")
          .hasMessageContaining("back");
    }
    disk.replace("a.sealed", good);
    assertThat(keys("p").open(disk, "a.sealed", "purpose")).hasSize(40);
  }

  @Test
  void anotherPassphraseOrPurposeOrAMissingFileIsRefused() throws Exception {
    FileDisk disk = FileDisk.privateFolder(folder.resolve("keys"));
    disk.replace("a.sealed", SealedKeys.seal(secret("p"), "purpose", new byte[40]));
    assertThatThrownBy(() -> keys("other").open(disk, "a.sealed", "purpose"))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("cannot be decrypted");
    assertThatThrownBy(() -> keys("p").open(disk, "a.sealed", "another purpose"))
        .isInstanceOf(GeneralSecurityException.class);
    assertThatThrownBy(() -> keys("p").open(disk, "b.sealed", "purpose"))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("missing");
    assertThat(keys("p").open(disk, "a.sealed", "purpose")).hasSize(40);
  }

  @Test
  void aPassphraseThatIsShortOrOpenToOthersIsRefused() throws Exception {
    Path file = folder.resolve("mine");
    Files.writeString(file, "x".repeat(KeyForKeys.SECRET_BYTES_MIN) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThat(TestMaking.sealed(SecretFile.at(file))).isNotNull();
    Files.writeString(file, "x".repeat(KeyForKeys.SECRET_BYTES_MIN - 1) + "\n");
    assertThatThrownBy(() -> TestMaking.sealed(SecretFile.at(file)))
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("32");
    Files.writeString(file, "x".repeat(64));
    SecretFile reference = SecretFile.at(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> SealedKeys.with(reference))
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("chmod 600");
  }

  @ParameterizedTest
  @EnumSource(PublicJwk.Algorithm.class)
  void aTokenKeySignsUntilItIsForgottenAndIsGoneWhenDestroyed(PublicJwk.Algorithm algorithm)
      throws Exception {
    SoftwarePrivateKeys custody = custody("p");
    Path keys = folder.resolve("g1");
    PrivateKeys.Key made = custody.make(keys, "k1", algorithm);
    assertThat(made.publicKey().algorithm()).isEqualTo(algorithm);
    assertThat(custody.open(keys, "k1").publicKey()).isEqualTo(made.publicKey());
    for (PrivateKeys.Key key : List.of(made, custody.open(keys, "k1"))) {
      PrivateKeys.Signing signing = key.newSigning();
      for (int i = 0; i < 3; i++) {
        assertThat(isGood(made.publicKey(), new byte[] {1}, signing.sign(new byte[] {1}))).isTrue();
        assertThat(isGood(made.publicKey(), new byte[] {2}, signing.sign(new byte[] {1})))
            .isFalse();
        byte[] ofHash = signing.sign(new byte[] {1}, Hash.sha256(new byte[] {1}));
        assertThat(isGood(made.publicKey(), new byte[] {1}, ofHash)).isTrue();
      }
    }
    made.forget();
    assertThatThrownBy(() -> made.newSigning().sign(new byte[] {1}))
        .isInstanceOf(IllegalStateException.class);
    assertThat(custody.open(keys, "k1").newSigning().sign(new byte[] {1}))
        .hasSize(made.publicKey().signatureBytes());
    custody.destroy(keys, "k1");
    custody.destroy(keys, "k1");
    assertThatThrownBy(() -> custody.open(keys, "k1")).isInstanceOf(GeneralSecurityException.class);
    assertThat(Files.exists(keys.resolve("k1.sealed"))).isFalse();
  }

  private static boolean isGood(PublicJwk key, byte[] input, byte[] signature) throws Exception {
    Signature verifier = Signature.getInstance(key.algorithm().javaSignature());
    verifier.initVerify(key.javaKey());
    verifier.update(input);
    return verifier.verify(signature);
  }

  @Test
  void aKeyOfAnotherPlaceCannotTakeAPlace() throws Exception {
    SoftwarePrivateKeys custody = custody("p");
    Path keys = folder.resolve("g1");
    custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    custody.make(keys, "k2", PublicJwk.Algorithm.ES256);
    Files.copy(keys.resolve("k1.sealed"), keys.resolve("k3.sealed"));
    Files.copy(keys.resolve("k1.jwk"), keys.resolve("k3.jwk"));
    assertThatThrownBy(() -> custody.open(keys, "k3")).isInstanceOf(GeneralSecurityException.class);
    SoftwarePrivateKeys elsewhere = new SoftwarePrivateKeys(keys("p"), "consumer");
    assertThatThrownBy(() -> elsewhere.open(keys, "k1"))
        .isInstanceOf(GeneralSecurityException.class);
    assertThat(custody.open(keys, "k1")).isNotNull();
  }

  @Test
  void nothingPrintsAKey() throws Exception {
    PrivateKeys.Key key = custody("p").make(folder.resolve("g1"), "k1", PublicJwk.Algorithm.ES256);
    assertThat(key.toString()).contains(key.publicKey().thumbprint()).doesNotContain("Evp");
  }
}
