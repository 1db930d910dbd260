package dev.counterfoil.drills.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.drills.domain.ThrowawayInstallation;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.installation.Installation;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.InstallationClients;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The clients that an installation needs for itself, which another version may have registered. */
@Tag("turn-1")
class OwnClientsTest {
  private static final String DOMAIN = "main";

  @Test
  void anotherVersionsScopesAreBroughtToOurs() throws Exception {
    Path parent = Files.createTempDirectory(Path.of("/tmp"), "cf-");
    try {
      DataFolder data = new DataFolder(parent.resolve("data"));
      List<Integer> ports = FreePorts.find(2);
      var domain =
          new InstallationConfiguration.Domain(
                  DOMAIN,
                  ThrowawayInstallation.issuer(ports.getFirst()),
                  ThrowawayInstallation.listen(ports.getFirst()),
                  List.of("acme"),
                  List.of("mail"),
                  Duration.ofMinutes(5),
                  Duration.ofHours(24),
                  Map.of(),
                  List.of())
              .withSpareSigners(0);
      var configuration =
          new InstallationConfiguration(
              List.of(domain), ThrowawayInstallation.listen(ports.getLast()));
      ClientRegistration ours;
      try (Installation installation = start(data, configuration);
          AuthorityAdmin admin = installation.admin(DOMAIN)) {
        ours = admin.find(InstallationClients.MONITOR).orElseThrow();
        admin.update(
            ClientRegistration.withKeys(
                InstallationClients.MONITOR,
                InstallationConfiguration.OWN_TENANT,
                InstallationClients.keysOf(
                    data.domain(DOMAIN).privateKey(InstallationClients.MONITOR)),
                List.of(domain.issuer().toString()),
                List.of("counterfoil:custody")));
        assertThat(admin.find(InstallationClients.MONITOR)).get().isNotEqualTo(ours);
      }
      try (Installation installation = start(data, configuration);
          AuthorityAdmin admin = installation.admin(DOMAIN)) {
        assertThat(admin.find(InstallationClients.MONITOR)).contains(ours);
      }
    } finally {
      DrillFolder.deleteTree(parent);
    }
  }

  private static Installation start(DataFolder data, InstallationConfiguration configuration)
      throws Exception {
    return Installation.start(
        data, configuration, Programs.ofThisProcess(), InstantSource.system(), text -> {});
  }
}
