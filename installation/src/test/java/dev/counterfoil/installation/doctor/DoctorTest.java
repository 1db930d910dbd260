package dev.counterfoil.installation.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.installation.doctor.Check.About;
import dev.counterfoil.process.settings.KeyProgramConfiguration;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.signer.settings.SignerConfiguration;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  private static final String BOTH =
      """
      domain: enterprise
      issuer: https://login.example
      folder: keys
      passphrase-file: passphrase
      service-socket: s.sock
      admin-socket: a.sock
      tenants: [acme]
      audiences: ["*"]
      log-folder: log
      """;

  @TempDir Path folder;

  @BeforeEach
  void passphrase() throws Exception {
    TrialRoot.openOrMakePassphrase(folder.resolve("passphrase"));
  }

  private KeyProgramConfiguration read(String own) throws Exception {
    return Doctor.read(Files.writeString(folder.resolve("own.yaml"), BOTH + own));
  }

  /** However YAML spells them, and wherever else the same words stand. */
  @Test
  void theKeysOfAConfigurationSayWhoseItIs() throws Exception {
    assertThat(read("signers: [{name: s1, socket: k.sock}]\n"))
        .isInstanceOf(RegistrarConfiguration.class);
    assertThat(read("\"signers\": [{name: s1, socket: k.sock}]\n"))
        .isInstanceOf(RegistrarConfiguration.class);
    assertThat(read("registrar-socket: k.sock\n")).isInstanceOf(SignerConfiguration.class);
    assertThat(read("registrar-socket: \"\nsigners: /../k.sock\"\n"))
        .isInstanceOf(SignerConfiguration.class);
  }

  @Test
  void whatIsNeithersIsRefusedAsTheNearerOne() {
    assertThatThrownBy(() -> read("signer-socket: k.sock\n"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("every signer has its own socket now");
    assertThatThrownBy(() -> read("signerss: []\n"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("did you mean 'signers'?");
    assertThatThrownBy(() -> read("registrar-sockets: k.sock\n"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("did you mean 'registrar-socket'?");
  }

  @Test
  void whatAProcessSaysOfItselfIsShownAsPlainText() {
    assertThat(Check.unknown(About.PROTECTION, "a", true, "\u001b[2J").seen())
        .isEqualTo("\\u{1b}[2J");
  }
}
