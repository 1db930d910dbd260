package dev.counterfoil.drills.log;

import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.drills.log.AuditStage.Found;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Expectation;
import dev.counterfoil.drills.run.Expectation.Kind;
import dev.counterfoil.drills.run.Interruption;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/**
 * An administrator with every file and every interface of the audit log tries to make one event
 * disappear, or say something else: each way is found, and the event is named.
 */
public final class AuditTamper implements Drill {
  private static final int EVENTS = 300;

  /** The event that he minds, by its number at the source. */
  private static final int MINDED = 117;

  private static final Expectation HONEST =
      expect(
          "honest-before",
          1,
          Kind.HONEST,
          "a tenant's export proves that it is complete, and a check finds nothing");
  private static final Expectation INTERFACES =
      expect(
          "interfaces",
          2,
          Kind.STOPPED,
          "no interface changes, takes back or replaces an event, or speaks in the"
              + " auditor's name");
  private static final Expectation CHANGED =
      expect(
          "parquet-changed",
          3,
          Kind.DETECTED,
          "another client is written into the event's row with the attacker's own tool");
  private static final Expectation REMOVED =
      expect("parquet-removed", 3, Kind.DETECTED, "the event's row is removed");
  private static final Expectation GIVEN_AWAY =
      expect("parquet-given-away", 3, Kind.DETECTED, "the event's row is put under another tenant");
  private static final Expectation NO_EXPORT =
      expect(
          "parquet-no-export",
          3,
          Kind.STOPPED,
          "without the event's row, or with it under another tenant, no export checks");
  private static final Expectation JOURNAL =
      expect(
          "journal",
          4,
          Kind.DETECTED,
          "a byte of the event, which came alone, is changed in the journal");
  private static final Expectation TREE =
      expect("tree", 4, Kind.DETECTED, "the event's leaf is changed in the tree's files");
  private static final Expectation BUNDLE =
      expect(
          "bundle",
          5,
          Kind.DETECTED,
          "an event is removed from the middle or the end of an export, and the rest renumbered");
  private static final Expectation REWRITTEN =
      expect(
          "rewritten",
          6,
          Kind.DETECTED,
          "the whole log is rewritten without the event and signed with the log's own"
              + " key; a kept checkpoint convicts it");
  private static final Expectation HONEST_AFTER =
      expect(
          "honest-after",
          7,
          Kind.HONEST,
          "with the files put back a check finds nothing, and the tenant's export is complete");

  private final Path parent;
  private final InstantSource clock;
  private final SecureRandom random;

  /**
   * Prepares the drill.
   *
   * @param parent a folder in which a fresh one is made
   */
  public AuditTamper(Path parent, InstantSource clock, SecureRandom random) {
    this.parent = parent;
    this.clock = clock;
    this.random = random;
  }

  private static Expectation expect(String name, int act, Kind kind, String statement) {
    return new Expectation("audit-tamper." + name, act, kind, statement);
  }

  @Override
  public String name() {
    return "audit-tamper";
  }

  @Override
  public String purpose() {
    return "An administrator tries to make an event of the audit log disappear or say"
        + " something else: through its interfaces, in its files, and by rewriting it. Every"
        + " attempt is found, and the event named.";
  }

  @Override
  public List<Expectation> expectations() {
    return List.of(
        HONEST,
        INTERFACES,
        CHANGED,
        REMOVED,
        GIVEN_AWAY,
        NO_EXPORT,
        JOURNAL,
        TREE,
        BUNDLE,
        REWRITTEN,
        HONEST_AFTER);
  }

  @Override
  public void run(DrillRun run) throws Exception {
    try (DrillFolder folder = DrillFolder.make(parent, random);
        AuditStage stage = new AuditStage(folder.path(), clock, random)) {
      Interruption.during(stage::close, folder, () -> play(run, stage));
    }
  }

  private static void play(DrillRun run, AuditStage stage) throws Exception {
    run.act(1, "as always");
    stage.record(EVENTS, MINDED);
    String bundle = stage.export();
    String whole = stage.verdict(bundle);
    Found nothing = stage.check();
    run.observe(
        HONEST.id(), whole.startsWith("complete") && nothing.count() == 0, whole + "; " + nothing);
    run.says("event " + stage.position(MINDED) + " is the one that the administrator targets");

    run.act(2, "the administrator asks the interfaces");
    List<String> let = interfaces(stage);
    run.observe(
        INTERFACES.id(),
        let.isEmpty(),
        let.isEmpty() ? "each attempt is refused, and nothing changed" : "went through: " + let);

    run.act(3, "the administrator changes the files that are searched");
    parquet(run, stage);

    run.act(4, "the administrator changes the log");
    Found journal = stage.withJournalByteChanged(MINDED, stage::check);
    run.observe(JOURNAL.id(), journal.names(stage.position(MINDED)), journal.toString());
    Found tree = stage.withLeafChanged(MINDED, stage::check);
    run.observe(TREE.id(), tree.names(stage.position(MINDED)), tree.toString());

    run.act(5, "the administrator edits what the tenant gets");
    List<String> believed = stage.believedWithout(bundle, MINDED);
    run.observe(
        BUNDLE.id(),
        believed.isEmpty(),
        believed.isEmpty()
            ? "each is refused, and the missing part is named"
            : "believed: " + believed);

    run.act(6, "the administrator rewrites the log");
    String rewritten = stage.rewriteWithout(MINDED, bundle);
    run.observe(REWRITTEN.id(), rewritten.startsWith("convicted"), rewritten);

    run.act(7, "and everybody else");
    Found after = stage.check();
    String again = stage.verdict(stage.export());
    run.observe(
        HONEST_AFTER.id(),
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
    for (Map.Entry<Expectation, String> one :
        List.of(
            Map.entry(CHANGED, client),
            Map.entry(REMOVED, without),
            Map.entry(GIVEN_AWAY, given))) {
      Found found =
          stage.withFileRewritten(
              one.getValue(),
              position,
              () -> {
                Found checked = stage.check();
                return stage.exports() ? checked.andAnExport() : checked;
              });
      run.observe(one.getKey().id(), found.names(position), found.toString());
      // A changed column alone leaves the event, and its export, as they were.
      exports += found.exported() && !one.getKey().equals(CHANGED) ? 1 : 0;
    }
    run.observe(
        NO_EXPORT.id(), exports == 0, "%d of these 2 files gave a whole export".formatted(exports));
  }
}
