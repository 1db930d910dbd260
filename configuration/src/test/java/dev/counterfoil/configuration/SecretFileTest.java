package dev.counterfoil.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretFileTest {
  @TempDir Path folder;

  private Path file(String permissions) throws IOException {
    Path file = Files.writeString(folder.resolve("passphrase"), "secret");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  @Test
  void aCredentialOfTheServiceManagerMayShowTheEntryThatLetsTheServiceRead() throws Exception {
    Optional<Path> credentials = Optional.of(folder);
    assertThat(SecretFile.at(file("r--r-----"), credentials).readText()).isEqualTo("secret");
    assertThat(SecretFile.at(file("r--------"), credentials).readText()).isEqualTo("secret");
    for (String open : new String[] {"r--rw----", "r--r--r--", "r-----r--", "rw-r---w-"}) {
      Path file = file(open);
      assertThatThrownBy(() -> SecretFile.at(file, credentials))
          .as(open)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("open to others");
    }
  }

  @Test
  void elsewhereNobodyButTheOwnerMayRead() throws Exception {
    Path file = file("r--r-----");
    for (Optional<Path> credentials :
        java.util.List.of(
            Optional.<Path>empty(),
            Optional.of(folder.resolve("other")),
            Optional.of(folder.getRoot()))) {
      assertThatThrownBy(() -> SecretFile.at(file, credentials))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("chmod 600");
    }
    assertThat(SecretFile.at(file("r--------"), Optional.empty()).readText()).isEqualTo("secret");
  }

  /** A command of root has no folder of credentials of its own, and asks about units that have. */
  @ParameterizedTest
  @CsvSource({
    "/run/credentials/counterfoil-signer.service/passphrase, true",
    "/run/credentials/passphrase, false",
    "/run/credentials/a.service/b/passphrase, false",
    "/run/credentials/../credentials/a.service/../../passphrase, false",
    "/home/run/credentials/a.service/passphrase, false",
    "/etc/counterfoil/passphrase, false"
  })
  void theFoldersOfSystemServicesHoldCredentials(Path path, boolean is) {
    assertThat(SecretFile.isCredential(path, Optional.empty())).isEqualTo(is);
  }
}
