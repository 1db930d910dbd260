package dev.counterfoil.testing.monitoring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Rules for Prometheus, tests of each, a dashboard for Grafana and a table of the manual say the
 * same: all are made of {@link Watched#ALL}, again with {@code -Dregenerate=true}.
 */
class MonitoringFilesTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));
  private static final Path RULES = Path.of("deploy/prometheus/counterfoil.rules.yml");
  private static final Path TESTS = Path.of("deploy/prometheus/counterfoil.rules.test.yml");
  private static final Path DASHBOARD = Path.of("deploy/grafana/counterfoil.json");
  private static final Path PAGE = Path.of("docs/reference/metrics.md");
  private static final Path PROMTOOL = Path.of("/usr/bin/promtool");
  private static final String MADE = "# Made by MonitoringFilesTest. Do not edit.\n";
  private static final String TABLE = "| metric | when | what to do |\n|---|---|---|\n";
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  @Test
  void theFilesAreThoseOfTheList() throws Exception {
    Map<Path, String> files =
        Map.of(RULES, rules(), TESTS, tests(), DASHBOARD, dashboard(), PAGE, page());
    if (Boolean.getBoolean("regenerate")) {
      for (Map.Entry<Path, String> file : files.entrySet()) {
        Files.createDirectories(ROOT.resolve(file.getKey()).getParent());
        Files.writeString(ROOT.resolve(file.getKey()), file.getValue());
      }
    }
    for (Map.Entry<Path, String> file : files.entrySet()) {
      assertThat(Files.readString(ROOT.resolve(file.getKey())))
          .as("write it with -Dregenerate=true: " + file.getKey())
          .isEqualTo(file.getValue());
    }
  }

  @Test
  void eachHasAMetricThatThereIsAndARunbookThatThereIs() throws Exception {
    String page = Files.readString(ROOT.resolve(PAGE));
    for (Watched one : Watched.ALL) {
      assertThat(page).as(one.alert()).contains("\n| `" + one.metric() + "` | ");
      String[] runbook = one.runbook().split("#", -1);
      String text = Files.readString(ROOT.resolve(runbook[0]));
      if (runbook.length > 1) {
        assertThat(
                text.lines()
                    .filter(line -> line.startsWith("#"))
                    .map(
                        line ->
                            line.replaceFirst("^#+ ", "")
                                .toLowerCase(Locale.ROOT)
                                .replace(' ', '-')))
            .as(one.runbook())
            .contains(runbook[1]);
      }
    }
    assertThat(Watched.ALL).extracting(Watched::alert).doesNotHaveDuplicates();
  }

  /** Each alert fires when its series is sick, and is silent when it is healthy. */
  @Test
  void theRulesPassTheirTests() throws Exception {
    assumeTrue(Files.isExecutable(PROMTOOL), "promtool is in Debian's package prometheus");
    assertThat(promtool("check", "rules", RULES.toString()))
        .contains("SUCCESS: " + Watched.ALL.size() + " rules found");
    assertThat(promtool("test", "rules", TESTS.toString())).contains("SUCCESS");
  }

  private static String promtool(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(PROMTOOL.toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(ROOT.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private static String rules() {
    StringBuilder yaml =
        new StringBuilder(MADE).append("groups:\n  - name: counterfoil\n    rules:\n");
    for (Watched one : Watched.ALL) {
      yaml.append("      - alert: ").append(one.alert()).append('\n');
      yaml.append("        expr: ").append(quoted(one.expression())).append('\n');
      yaml.append("        for: ").append(one.lasting()).append('\n');
      yaml.append("        labels:\n          severity: ").append(one.severity()).append('\n');
      yaml.append("        annotations:\n          summary: ")
          .append(quoted(one.summary()))
          .append("\n          runbook: ")
          .append(one.runbook())
          .append('\n');
    }
    return yaml.toString();
  }

  private static String tests() {
    StringBuilder yaml =
        new StringBuilder(MADE)
            .append("rule_files: [counterfoil.rules.yml]\nevaluation_interval: 30s\ntests:\n");
    for (Watched one : Watched.ALL) {
      for (boolean isSick : List.of(false, true)) {
        yaml.append("  - name: ").append(one.alert()).append(isSick ? " fires" : " is silent");
        yaml.append("\n    interval: 30s\n    input_series:\n      - series: ")
            .append(quoted(one.series()))
            .append("\n        values: ")
            .append(quoted(isSick ? one.sick() : one.healthy()))
            .append('\n');
        if (one.series().contains("le=")) {
          // Every request is beyond the bucket, or within one that is small enough.
          yaml.append("      - series: ")
              .append(quoted(one.series().replace("le=\"1.0\"", "le=\"+Inf\"")))
              .append("\n        values: '0+9x60'\n      - series: ")
              .append(quoted(one.series().replace("le=\"1.0\"", "le=\"0.1\"")))
              .append("\n        values: ")
              .append(quoted(isSick ? "0+0x60" : "0+9x60"))
              .append('\n');
        }
        yaml.append("    promql_expr_test:\n      - expr: ")
            .append(
                quoted("count(ALERTS{alertname=\"" + one.alert() + "\", alertstate=\"firing\"})"))
            .append("\n        eval_time: 29m\n        exp_samples:")
            .append(isSick ? "\n          - labels: '{}'\n            value: 1\n" : " []\n");
      }
    }
    return yaml.toString();
  }

  private static String dashboard() {
    List<Map<String, Object>> panels = new ArrayList<>();
    for (Watched one : Watched.ALL) {
      int place = panels.size();
      Map<String, Object> panel = new LinkedHashMap<>();
      panel.put("id", place + 1);
      panel.put("type", "timeseries");
      panel.put("title", one.alert().replaceFirst("^Counterfoil", ""));
      panel.put("description", "Look when " + one.when() + ". " + one.runbook());
      panel.put("datasource", new TreeMap<>(Map.of("type", "prometheus", "uid", "${datasource}")));
      panel.put(
          "gridPos", new TreeMap<>(Map.of("h", 7, "w", 8, "x", place % 3 * 8, "y", place / 3 * 7)));
      panel.put("fieldConfig", Map.of("defaults", Map.of("unit", one.unit())));
      panel.put("targets", List.of(new TreeMap<>(Map.of("refId", "A", "expr", one.panel()))));
      panels.add(panel);
    }
    Map<String, Object> dashboard = new LinkedHashMap<>();
    dashboard.put("title", "Counterfoil");
    dashboard.put("uid", "counterfoil");
    dashboard.put("tags", List.of("counterfoil"));
    dashboard.put("schemaVersion", 39);
    dashboard.put("refresh", "30s");
    dashboard.put("time", new TreeMap<>(Map.of("from", "now-6h", "to", "now")));
    dashboard.put(
        "templating",
        Map.of(
            "list",
            List.of(
                new TreeMap<>(
                    Map.of("name", "datasource", "type", "datasource", "query", "prometheus")))));
    dashboard.put("panels", panels);
    return JSON.writeValueAsString(dashboard) + "\n";
  }

  /** The page with today's table. */
  private static String page() throws IOException {
    String text = Files.readString(ROOT.resolve(PAGE));
    int start = text.indexOf("| metric | when |");
    int end = text.indexOf("\n\n", start);
    String rows =
        Watched.ALL.stream()
            .map(
                one ->
                    "| `"
                        + one.metric()
                        + "` | "
                        + one.when()
                        + " | ["
                        + one.alert()
                        + "]("
                        + Path.of("docs/reference").relativize(Path.of(one.runbook()))
                        + ") |")
            .collect(Collectors.joining("\n"));
    return text.substring(0, start) + TABLE + rows + text.substring(end);
  }
}
