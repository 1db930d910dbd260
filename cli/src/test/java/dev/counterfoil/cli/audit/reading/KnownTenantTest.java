package dev.counterfoil.cli.audit.reading;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.ScriptedMonitor;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tenant that the domain does not have is not taken for one without events. */
final class KnownTenantTest {
  @Test
  void aDomainHasItsTenantsAndWithAStarAny() {
    assertThat(KnownTenant.isOf(List.of("acme"), "acme")).isTrue();
    assertThat(KnownTenant.isOf(List.of("acme"), "acmee")).isFalse();
    assertThat(KnownTenant.isOf(List.of("acme"), "counterfoil")).isTrue();
    assertThat(KnownTenant.isOf(List.of("*"), "acmee")).isTrue();
    assertThat(KnownTenant.isOf(List.of(), "acmee")).isTrue();
  }

  @Test
  void anExportAndAnImportOfASlipAreRefused(@TempDir Path folder) throws Exception {
    try (ScriptedMonitor monitor = new ScriptedMonitor(folder)) {
      Path contexts = folder.resolve("cli.yaml");
      Files.writeString(
          contexts,
          Files.readString(contexts)
              .replace("    domain: trial\n", "    domain: trial\n    tenants: [acme]\n"));
      JsonObject former = JsonObject.builder().put("tenant", "former").put("count", 3).build();
      monitor.says("audit-tenants", JsonObject.builder().put("counts", List.of(former)).build());
      monitor.says("audit-export");
      monitor.says("status", JsonObject.builder().put("ready", true).build());
      for (String tenant : List.of("acme", "former")) {
        assertThat(
                CommandRun.of(
                        "audit",
                        "export",
                        "--data",
                        folder,
                        "--tenant",
                        tenant,
                        "--out",
                        folder.resolve(tenant))
                    .exitCode())
            .as(tenant)
            .isEqualTo(ExitCode.OK);
      }
      Path out = folder.resolve("slip");
      CommandRun slip =
          CommandRun.of("audit", "export", "--data", folder, "--tenant", "acmee", "--out", out);
      assertThat(slip.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
      assertThat(slip.err()).contains("domain trial has no tenant acmee. It has acme");
      assertThat(out).doesNotExist();
    }
  }

  @Test
  void anImportForASlipIsRefusedAndTheSameFileIsTakenForATenant(@TempDir Path folder)
      throws Exception {
    try (ScriptedMonitor monitor = new ScriptedMonitor(folder)) {
      Path contexts = folder.resolve("cli.yaml");
      Files.writeString(
          contexts,
          Files.readString(contexts)
              .replace("    domain: trial\n", "    domain: trial\n    tenants: [acme]\n"));
      monitor.says("audit-tenants", JsonObject.builder().put("counts", List.of()).build());
      monitor.says(
          "audit-import",
          JsonObject.builder()
              .put("recorded", 1)
              .put("repeated", 0)
              .put("refused", List.of())
              .build());
      Path event =
          Files.writeString(folder.resolve("event"), "{\"class_uid\":6003,\"metadata\":{}}\n");
      Path record =
          Files.writeString(
              folder.resolve("record"),
              "{\"CreationTime\":\"2023-06-16T08:16:00\",\"Operation\":\"Send\"}\n");
      List<List<Object>> imports =
          List.of(
              List.of("audit", "import", "--source", "old", event),
              List.of("audit", "ship", "m365", "--import", record));
      for (List<Object> words : imports) {
        CommandRun slip = bring(folder, "acmee", words);
        assertThat(slip.exitCode()).as("%s", words).isEqualTo(ExitCode.ENVIRONMENT);
        assertThat(slip.err()).contains("domain trial has no tenant acmee. It has acme");
        CommandRun good = bring(folder, "acme", words);
        assertThat(good.exitCode()).as("the control, %s", words).isEqualTo(ExitCode.OK);
        assertThat(good.out()).contains("1 events recorded");
      }
    }
  }

  private static CommandRun bring(Path folder, String tenant, List<Object> words) {
    List<Object> all = new ArrayList<>(words);
    all.addAll(List.of("--data", folder, "--tenant", tenant));
    return CommandRun.of(all.toArray());
  }
}
