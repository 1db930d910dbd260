package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.AuthorityConfiguration;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.custodian.CustodianConfiguration;
import dev.counterfoil.guard.GuardConfiguration;
import dev.counterfoil.installation.ContextFile;
import dev.counterfoil.installation.InstallationConfiguration;
import dev.counterfoil.monitor.MonitorConfiguration;
import dev.counterfoil.signer.SignerConfiguration;
import dev.counterfoil.witness.WitnessConfiguration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The tables in docs/configuration.md are the ones that the records make. {@code -Dregenerate=true}
 * writes them anew.
 */
class ConfigurationPageTest {
  private static final Path PAGE =
      Path.of(System.getProperty("counterfoil.root"), "docs/configuration.md");

  private static final Map<String, Class<? extends Record>> TABLES = new LinkedHashMap<>();

  static {
    TABLES.put("installation", InstallationConfiguration.class);
    TABLES.put("signer", SignerConfiguration.class);
    TABLES.put("authority", AuthorityConfiguration.class);
    TABLES.put("monitor", MonitorConfiguration.class);
    TABLES.put("custodian", CustodianConfiguration.class);
    TABLES.put("witness", WitnessConfiguration.class);
    TABLES.put("guard", GuardConfiguration.class);
    TABLES.put("cli", ContextFile.class);
  }

  @Test
  void theTablesAreTheOnesOfTheRecords() throws Exception {
    String page = Files.readString(PAGE);
    String generated = page;
    for (Map.Entry<String, Class<? extends Record>> table : TABLES.entrySet()) {
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
      Files.writeString(PAGE, generated);
    }
    assertThat(generated).isEqualTo(Files.readString(PAGE));
  }
}
