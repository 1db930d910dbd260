package dev.counterfoil.benchmarks.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class RunReportTest {
  private static Wrk.Figures figures(long requests, long refused, long timeouts) {
    return new Wrk.Figures(requests, 2_000_000, refused, 0, 0, 0, timeouts, 6000, 9000, 9500, 7);
  }

  @Test
  void everyAnswerThatIsNoTokenIsAnError() {
    assertThat(figures(20_000, 0, 0).rate()).isEqualTo(10_000);
    assertThat(figures(20_000, 0, 0).errors()).isZero();
    assertThat(figures(20_000, 1, 0).errors()).isEqualTo(1);
    assertThat(figures(20_000, 0, 2).errors()).isEqualTo(2);
  }

  @Test
  void anotherHostIsNotLoaded() {
    Http.requireLoopback(URI.create("http://127.0.0.1:8480/token"));
    assertThatThrownBy(() -> Http.requireLoopback(URI.create("http://192.0.2.1/token")))
        .hasMessageContaining("this machine only");
  }

  @Test
  void oneRecordIsATableAndJson(@TempDir Path folder) throws Exception {
    List<String> kept = new ArrayList<>();
    RunReport report =
        new RunReport(
            "./dev bench x",
            Machine.read(folder, InstantSource.system()),
            (unfinished, row) -> kept.addAll(List.of(row, unfinished.unfinishedJson())));
    RunReport.Table table = report.table("who", "how many", "ratio");
    table.row("we", 27_088L, 0.951);
    table.row("they", "none", 19.34);
    assertThat(kept.getFirst()).isEqualTo("who: we, how many: 27,088, ratio: 0.95");
    assertThat(kept.get(1)).contains("\"we\", 27088, 0.951", "UNFINISHED").doesNotContain("they");
    report.note("a note of %,d", 1000);

    assertThat(report.text())
        .startsWith(
            """
            | who | how many | ratio |
            | --- | --: | --: |
            | we | 27,088 | 0.95 |
            | they | none | 19.3 |

            - a note of 1,000.
            """)
        .endsWith("- Again: `./dev bench x`\n");
    assertThat(report.json())
        .contains("\"we\", 27088, 0.951")
        .doesNotContain("UNFINISHED", "measured");
    assertThat(report.isVoid()).isFalse();
    report.isVoid("an answer was none");
    assertThat(report.isVoid()).isTrue();
    assertThat(report.text()).contains("VOID: an answer was none");
  }

  @Test
  void aPublishedPartReplacesTheLastOneAndNothingElse() {
    String page = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n";
    assertThat(Measurement.filled(page, "x", "new\n"))
        .isEqualTo("a\n<!-- begin x -->\nnew\n<!-- end x -->\nb\n");
    assertThatThrownBy(() -> Measurement.filled(page, "y", "new\n")).hasMessageContaining("marks");
  }

  /** Measures nothing. */
  @Command(name = "nothing")
  private static final class Nothing extends Measurement {
    @Option(names = "--connections", split = ",", defaultValue = "64,256")
    private List<Integer> connections = List.of();

    @Option(names = "--peers")
    private boolean peers;

    @Option(names = "--void")
    private boolean isVoid;

    @Override
    protected void measure(Path folder, RunReport report) {
      require(connections.size() == 2 || peers, "want two");
      if (isVoid) {
        report.isVoid("as asked");
      }
    }
  }

  @Test
  void aRunSaysWhatRunsItAgainAndLeavesNothing(@TempDir Path folder) {
    Path json = folder.resolve("report.json");
    int code =
        new CommandLine(new Nothing())
            .execute("--peers", "--in", folder.toString(), "--json", json.toString());

    assertThat(code).isZero();
    assertThat(folder).isDirectoryContaining(file -> file.equals(json));
    assertThat(folder.toFile().list()).hasSize(1);
    assertThat(json).content().contains("./dev bench nothing --connections 64,256 --peers\"");
  }

  @Test
  void aVoidRunReplacesNoFigures(@TempDir Path folder) throws Exception {
    Path page = folder.resolve("docs/understand/performance.md");
    Path results = folder.resolve("benchmarks/results/nothing.json");
    Files.createDirectories(page.getParent());
    Files.createDirectories(results.getParent());
    String before = "<!-- begin nothing -->\nold\n<!-- end nothing -->\n";
    Files.writeString(page, before);
    String root = System.setProperty("counterfoil.root", folder.toString());
    try {
      assertThat(new CommandLine(new Nothing()).execute("--publish", "--void")).isEqualTo(1);
      assertThat(page).hasContent(before);
      assertThat(results).doesNotExist();
      assertThat(new CommandLine(new Nothing()).execute("--publish")).isZero();
      assertThat(page).content().contains("./dev bench nothing").doesNotContain("old");
      assertThat(results).exists();
    } finally {
      if (root == null) {
        System.clearProperty("counterfoil.root");
      } else {
        System.setProperty("counterfoil.root", root);
      }
    }
  }

  @Test
  void processesAreNamedByTheirPart() {
    String java = "/usr/bin/java\0-Xmx96m\0";
    String config = "\0--config\0/data/domains/bench/";
    assertThat(
            Resident.label(
                java
                    + "dev.counterfoil.registrar.RegistrarMain"
                    + config
                    + "registrar/registrar.yaml"))
        .isEqualTo("registrar");
    assertThat(
            Resident.label(
                java + "dev.counterfoil.signer.SignerMain" + config + "signer/signer.yaml"))
        .isEqualTo("signer");
    assertThat(Resident.label(java + "dev.counterfoil.authority.AuthorityMain"))
        .isEqualTo("authority");
    assertThat(Resident.label("node\0server.mjs")).isEqualTo("node");
  }

  @Test
  void aProcessHasAShareOfItsMemory() throws Exception {
    Resident self = Resident.read(List.of(ProcessHandle.current())).getFirst();
    assertThat(self.proportionalMebibytes()).isPositive();
    assertThat(self.residentMebibytes()).isGreaterThanOrEqualTo(self.proportionalMebibytes());
  }

  @Test
  void costIsOfWhatCameBetweenTwoTicks() {
    assertThat(
            Growth.of(
                List.of(
                    new long[] {1_000, 0, 0},
                    new long[] {3_000, 10_000_000, 4_000_000},
                    new long[] {3_000, 20_000_000, 8_000_000})))
        .containsExactly(new Growth.Cost(3_000, 5, 2));
  }
}
