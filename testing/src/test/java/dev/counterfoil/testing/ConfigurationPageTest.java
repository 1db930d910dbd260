package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.settings.AuthorityConfiguration;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.console.ConsoleConfiguration;
import dev.counterfoil.custodian.CustodianConfiguration;
import dev.counterfoil.disclosure.desk.DisclosureConfiguration;
import dev.counterfoil.guard.GuardConfiguration;
import dev.counterfoil.installation.layout.ContextFile;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.monitor.settings.MonitorConfiguration;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.response.ResponseConfiguration;
import dev.counterfoil.response.playbooks.Playbook;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.witness.WitnessConfiguration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The tables in docs/reference/configuration.md and configuration-processes.md are the ones that
 * the records make. {@code -Dregenerate=true} writes them anew.
 */
class ConfigurationPageTest {
  private static final Path REFERENCE =
      Path.of(System.getProperty("counterfoil.root"), "docs/reference");

  @Test
  void theTablesAreTheOnesOfTheRecords() throws Exception {
    Map<String, Class<? extends Record>> installation = new LinkedHashMap<>();
    installation.put("installation", InstallationConfiguration.class);
    installation.put("cli", ContextFile.class);
    areOnThePage(installation, REFERENCE.resolve("configuration.md"));
    Map<String, Class<? extends Record>> processes = new LinkedHashMap<>();
    processes.put("signer", SignerConfiguration.class);
    processes.put("registrar", RegistrarConfiguration.class);
    processes.put("authority", AuthorityConfiguration.class);
    processes.put("monitor", MonitorConfiguration.class);
    processes.put("custodian", CustodianConfiguration.class);
    processes.put("witness", WitnessConfiguration.class);
    processes.put("disclosure", DisclosureConfiguration.class);
    processes.put("console", ConsoleConfiguration.class);
    processes.put("guard", GuardConfiguration.class);
    processes.put("response", ResponseConfiguration.class);
    areOnThePage(processes, REFERENCE.resolve("configuration-processes.md"));
    areOnThePage(
        Map.of("playbook", Playbook.class), REFERENCE.resolveSibling("operate/response.md"));
  }

  private static void areOnThePage(Map<String, Class<? extends Record>> tables, Path page)
      throws Exception {
    String generated = Files.readString(page);
    for (Map.Entry<String, Class<? extends Record>> table : tables.entrySet()) {
      String start = "<!-- keys of " + table.getKey() + " -->\n";
      String end = "<!-- end of keys -->";
      int from = generated.indexOf(start);
      assertThat(from).as("marker for " + table.getKey()).isNotNegative();
      int to = generated.indexOf(end, from);
      generated =
          generated.substring(0, from + start.length())
              + Configuration.table(table.getValue())
              + generated.substring(to);
    }
    if (Boolean.getBoolean("regenerate")) {
      Files.writeString(page, generated);
    }
    assertThat(generated).isEqualTo(Files.readString(page));
  }
}
