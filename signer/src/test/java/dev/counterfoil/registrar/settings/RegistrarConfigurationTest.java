package dev.counterfoil.registrar.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.registrar.root.TrialRoot;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistrarConfigurationTest {
  private static final String REGISTRAR =
      """
      domain: enterprise
      issuer: https://login.example/tenant
      folder: registrar
      passphrase-file: passphrase
      service-socket: s.sock
      admin-socket: a.sock
      tenants: [acme]
      audiences: ["*"]
      signers: [{name: s1, socket: k.sock}]
      log-folder: log
      """;

  @TempDir Path folder;

  @BeforeEach
  void passphrase() throws Exception {
    TrialRoot.openOrMakePassphrase(folder.resolve("passphrase"));
  }

  private RegistrarConfiguration read(String yaml) throws ConfigurationException {
    return Configuration.parse(
        folder.resolve("registrar.yaml"), yaml, RegistrarConfiguration.class);
  }

  @Test
  void theRegistrarsKeysAreItsOwn() throws Exception {
    String registrar =
        REGISTRAR
            + "root: "
            + TrialRoot.openOrMake(folder.resolve("root"), java.time.InstantSource.system()).pin()
            + "\n";
    assertThat(read(registrar).rootPin()).isPresent();
    String two =
        "signers: [{name: s1, socket: k.sock, users: [a], record-logs: [d1]}, {name: s2, socket: l.sock, users: [b]}]";
    assertThat(read(registrar.replaceFirst("signers: .*", two)).signers())
        .extracting(SignerEntry::name)
        .containsExactly("s1", "s2");
    for (String indistinct :
        List.of(
            "# none",
            "signers: []",
            "signers: [{name: x, socket: k.sock}]",
            "signers: [{name: s1, socket: s.sock}]",
            "signers: [{name: s1, socket: a.sock}]",
            two.replace("s2", "s1"),
            two.replace("l.sock", "k.sock"),
            two.replace("l.sock", "x/../k.sock"),
            two.replace("[b]", "[c, a]"),
            two.replace("[b]", "[b], record-logs: [d1]"),
            two.replace("[d1]", "[s1]"))) {
      assertThatThrownBy(() -> read(registrar.replaceFirst("signers: .*", indistinct)))
          .as(indistinct)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageMatching("(?s).*(signer|record log).*");
    }
    String service = registrar.replaceFirst("signers: .*", two) + "service-users: ";
    assertThat(read(service + "[c]\n").process().serviceUsers()).containsExactly("c");
    assertThatThrownBy(() -> read(service + "[c, a]\n"))
        .as("the authority would be the signer")
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("service-users");
    assertThatThrownBy(() -> read(registrar + "signer-socket: k.sock\n"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageMatching("(?s).*:[0-9]+: .*signer-socket.*one entry for each signer.*");
    for (String former : List.of("signer-users: [a]", "role: registrar", "pkcs11: {}")) {
      assertThatThrownBy(() -> read(registrar + former + "\n"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(former.substring(0, 4));
    }
    assertThatThrownBy(() -> read(registrar.replaceFirst("root: .*", "root: 1 x+y+z")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("hash");
  }
}
