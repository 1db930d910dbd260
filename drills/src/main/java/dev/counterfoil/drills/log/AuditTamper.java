package dev.counterfoil.drills.log;

import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.drills.log.AuditStage.Found;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillRun;
import java.util.List;
import java.util.Map;

/**
 * An administrator with every file and every interface of the audit log tries to make one event
 * disappear, or say something else: each way is found, and the event is named.
 */
public final class AuditTamper extends Drill {
  private static final int EVENTS = 300;

  /** The event that he minds, by its number at the source. */
  private static final int MINDED = 117;

  public AuditTamper() {
    super("audit-tamper");
  }

  @Override
  protected void play(DrillRun run) throws Exception {
    AuditStage stage = run.open(new AuditStage(run.folder(), run.clock(), run.random()));
    run.act(1, "as always");
    stage.record(EVENTS, MINDED);
    String bundle = stage.export();
    String whole = stage.verdict(bundle);
    Found nothing = stage.check();
    run.observe(
        "audit-tamper.honest-before",
        whole.startsWith("complete") && nothing.count() == 0,
        whole + "; " + nothing);
    run.says("event " + stage.position(MINDED) + " is the one that the administrator targets");

    run.act(2, "the administrator asks the interfaces");
    List<String> let = interfaces(stage);
    run.observe(
        "audit-tamper.interfaces",
        let.isEmpty(),
        let.isEmpty() ? "each attempt is refused, and nothing changed" : "went through: " + let);

    run.act(3, "the administrator changes the files that are searched");
    parquet(run, stage);

    run.act(4, "the administrator changes the log");
    Found journal = stage.withJournalByteChanged(MINDED, stage::check);
    run.observe("audit-tamper.journal", journal.names(stage.position(MINDED)), journal.toString());
    Found tree = stage.withLeafChanged(MINDED, stage::check);
    run.observe("audit-tamper.tree", tree.names(stage.position(MINDED)), tree.toString());

    run.act(5, "the administrator edits what the tenant gets");
    List<String> believed = stage.believedWithout(bundle, MINDED);
    run.observe(
        "audit-tamper.bundle",
        believed.isEmpty(),
        believed.isEmpty()
            ? "each is refused, and the missing part is named"
            : "believed: " + believed);

    run.act(6, "the administrator rewrites the log");
    String rewritten = stage.rewriteWithout(MINDED, bundle);
    run.observe("audit-tamper.rewritten", rewritten.startsWith("convicted"), rewritten);

    run.act(7, "and everybody else");
    Found after = stage.check();
    String again = stage.verdict(stage.export());
    run.observe(
        "audit-tamper.honest-after",
        again.startsWith("complete") && after.count() == 0,
        again + "; " + after);
  }

  private static List<String> interfaces(AuditStage stage) throws Exception {
    Map<String, IntakeAnswer> tries = stage.tries(MINDED);
    return tries.entrySet().stream()
        .filter(one -> one.getValue() instanceof IntakeAnswer.Taken taken && taken.recorded() > 0)
        .map(Map.Entry::getKey)
        .toList();
  }

  private static void parquet(DrillRun run, AuditStage stage) throws Exception {
    long position = stage.position(MINDED);
    String client =
        "SELECT * REPLACE (CASE WHEN position = %d THEN 'somebody' ELSE client END AS client) FROM %s";
    String without = "SELECT * FROM %2$s WHERE position <> %1$d";
    String given =
        "SELECT * REPLACE (CASE WHEN position = %d THEN 'globex' ELSE tenant END AS tenant) FROM %s";
    int exports = 0;
    for (Map.Entry<String, String> one :
        List.of(
            Map.entry("audit-tamper.parquet-changed", client),
            Map.entry("audit-tamper.parquet-removed", without),
            Map.entry("audit-tamper.parquet-given-away", given))) {
      Found found =
          stage.withFileRewritten(
              one.getValue(),
              position,
              () -> {
                Found checked = stage.check();
                return stage.exports() ? checked.andAnExport() : checked;
              });
      run.observe(one.getKey(), found.names(position), found.toString());
      // A changed column alone leaves the event, and its export, as they were.
      exports += found.exported() && !one.getKey().endsWith("changed") ? 1 : 0;
    }
    run.observe(
        "audit-tamper.parquet-no-export",
        exports == 0,
        "%d of these 2 files gave a whole export".formatted(exports));
  }
}
