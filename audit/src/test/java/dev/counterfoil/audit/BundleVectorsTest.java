package dev.counterfoil.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.VectorFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The bundles in {@code vectors/audit-bundle} get their verdicts; what is wrong is named where the
 * file says it. {@code integrations/node} judges the same ones without a line of ours.
 */
class BundleVectorsTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));
  private static final Path FOLDER = ROOT.resolve("vectors/audit-bundle");
  private static final JsonObject WHOLE = JsonObject.builder().build();

  // ---- reading ----

  @TestFactory
  Stream<DynamicTest> eachBundleGetsItsVerdict() throws IOException {
    return VectorFiles.each(FOLDER, 16, BundleVectorsTest::check);
  }

  private static String between(String text, String from, String to) {
    int at = text.indexOf(from) + from.length();
    return to.isEmpty() ? text.substring(at) : text.substring(at, text.indexOf(to, at));
  }

  private static void check(String vector) throws Exception {
    String expect = between(vector, "expect: ", "\n");
    NoteKey key = NoteKey.parse(between(vector, "--- key\n", "\n"));
    byte[] bundle = between(vector, "--- bundle\n", "").getBytes(StandardCharsets.UTF_8);
    judged(vector, expect, () -> AuditBundle.check(new ByteArrayInputStream(bundle), key));
    judged(
        vector, expect, () -> AuditBundle.check(new ByteArrayInputStream(bundle), key, one -> {}));
  }

  private static void judged(String vector, String expect, Callable<AuditBundle.Proved> check)
      throws Exception {
    String verdict;
    String why = "";
    try {
      verdict = check.call().complete() ? "complete" : "proved";
    } catch (FormatException e) {
      verdict = "refused";
      why = String.valueOf(e.getMessage());
    }
    assertThat(verdict).as(why).isEqualTo(expect);
    if (vector.contains("\nnamed: ")) {
      assertThat(why).contains(between(vector, "\nnamed: ", "\n"));
    }
  }

  @Test
  void theExampleOnThePageIsAVector() throws IOException {
    String page = Files.readString(ROOT.resolve("spec/audit-bundle.md"));
    String bundle = between(Files.readString(FOLDER.resolve("whole.txt")), "--- bundle\n", "");
    for (String part :
        List.of(
            between(bundle, "\"n\":0,\"salt\":\"", "\""),
            between(bundle, "\"index\":", "\",\""),
            between(bundle, "{\"proof\":[", "]").substring(0, 90),
            between(bundle, "\"counts\":{\"statement\":\"", "\""),
            between(bundle, "\"checkpoint\":\"", "\""))) {
      assertThat(page).contains(part);
    }
  }

  // ---- writing ----

  private final TestBundle log = new TestBundle();

  private static JsonObject read(String tenant, long sequence) {
    return SampleEvents.read(tenant, sequence, "alice@" + tenant + ".example", "s1g1.17.x");
  }

  private void fill() throws Exception {
    for (int i = 0; i < 11; i++) {
      boolean other = i % 3 == 1;
      log.add(other ? "files" : "mail", read(other ? "globex" : "acme", i));
    }
    log.add(
        Source.AUDITOR,
        OwnEvents.deleted("acme", new OwnEvents.Deletion(0, 3, 3), "audit-keep", SampleEvents.TIME)
            .numbered(0));
  }

  private void write(String name, String comment, String expect, String named, String bundle)
      throws IOException {
    VectorFiles.write(
        FOLDER,
        name,
        "comment: %s\nexpect: %s\n%s--- key\n%s\n--- bundle\n%s"
            .formatted(
                comment,
                expect,
                named.isEmpty() ? "" : "named: " + named + "\n",
                log.signer.key(),
                bundle));
  }

  private JsonObject header() throws Exception {
    return log.header("acme", WHOLE, log.counts("acme", log.size(), 0));
  }

  private String whole(Set<Integer> without, Set<Integer> gone) throws Exception {
    return TestBundle.text(header(), log.lines("acme", 0, without, gone));
  }

  private void refused(String name, String comment, String named, String bundle)
      throws IOException {
    write(name, comment, "refused", named, bundle);
  }

  @Test
  @EnabledIfSystemProperty(named = "counterfoil.vectors.write", matches = "true")
  void writes() throws Exception {
    Files.createDirectories(FOLDER);
    fill();
    String good = whole(Set.of(), Set.of());
    write("whole", "all events of a tenant", "complete", "", good);
    writeDeleted();
    writeProofs();
    writeSince();
    writeSelections();
    writeLeftOut(good);
    writeCounts(good);
    refused(
        "event-changed",
        "a byte of an event is another one",
        "of the events at positions 0 to 11 one is not what the log holds there",
        good.replace("number 2\"", "number 3\""));
    refused(
        "salt-changed",
        "a salt is another one",
        "of the events at positions 0 to 11 one is not what the log holds there",
        good.replaceFirst("\"salt\":\"[0-9a-f]{32}\"", "\"salt\":\"" + "0".repeat(32) + "\""));
    refused(
        "other-tenant",
        "the header names another tenant than the events",
        "",
        good.replaceFirst("\"tenant\":\"acme\"", "\"tenant\":\"globex\""));
    refused(
        "other-domain",
        "the header names another domain than the events' sources have",
        "",
        good.replaceFirst("\"domain\":\"trial\"", "\"domain\":\"trail\""));
    refused(
        "checkpoint-unsigned",
        "the checkpoint's size is another than the one signed",
        "not signed by the key",
        good.replaceFirst(
            "\"checkpoint\":\"counterfoil-monitor/audit\\\\n12",
            "\"checkpoint\":\"counterfoil-monitor/audit\\\\n13"));
    refused(
        "ends-otherwise",
        "the end says that there are more",
        "another number of events",
        good.replace("\"events\":8", "\"events\":9"));
  }

  private void writeDeleted() throws Exception {
    write(
        "deleted",
        "of three events the leaf alone is left, and an event says that they were deleted",
        "complete",
        "",
        whole(Set.of(), Set.of(0, 2, 3)));
    refused(
        "gone-unsaid",
        "an event is gone that nobody says was deleted",
        "event 6 is gone",
        whole(Set.of(), Set.of(0, 2, 3, 6)));
    TestBundle other = new TestBundle();
    for (int i = 0; i < 3; i++) {
      other.add("mail", read("acme", i));
    }
    other.add(
        "other/" + Source.AUDITOR,
        OwnEvents.deleted("acme", new OwnEvents.Deletion(1, 1, 1), "audit-keep", SampleEvents.TIME)
            .numbered(0));
    refused(
        "gone-said-by-another",
        "an event is gone, and a client whose name ends as the auditor's does says that it was deleted",
        "event 1 is gone",
        TestBundle.text(
            other.header("acme", WHOLE, other.counts("acme", other.size(), 0)),
            other.lines("acme", 0, Set.of(), Set.of(1))));
    refused(
        "gone-changed",
        "the digest of a deleted event is another one",
        "of the events at positions 0 to 11 one is not what the log holds there",
        TestBundle.text(
            header(),
            log.lines("acme", 0, Set.of(), Set.of(0, 2, 3)).stream()
                .map(
                    line ->
                        Long.valueOf(3).equals(line.get("position"))
                            ? line.with("digest", "A".repeat(43) + "=")
                            : line)
                .toList()));
  }

  private void writeProofs() throws Exception {
    List<JsonObject> lines = log.lines("acme", 0, Set.of(), Set.of());
    List<JsonObject> first = lines.subList(0, 3);
    List<JsonObject> second = lines.subList(3, lines.size() - 2);
    JsonObject end = lines.getLast();
    write(
        "two-proofs",
        "all events of a tenant, the first three with one proof and the others with another",
        "complete",
        "",
        TestBundle.text(header(), join(first, log.proof(first), second, log.proof(second), end)));
    JsonObject proof = lines.get(lines.size() - 2);
    List<String> hashes = proof.strings("proof");
    List<String> others = new ArrayList<>(hashes);
    others.set(0, hashes.get(1));
    refused(
        "proof-changed",
        "a hash of the proof is another one",
        "one is not what the log holds there",
        TestBundle.text(
            header(), join(lines.subList(0, 8), proof.with("proof", List.copyOf(others)), end)));
    refused(
        "proof-too-short",
        "the proof's last hash is missing",
        "one is not what the log holds there",
        TestBundle.text(
            header(),
            join(
                lines.subList(0, 8),
                proof.with("proof", hashes.subList(0, hashes.size() - 1)),
                end)));
    others = new ArrayList<>(hashes);
    others.add(hashes.getFirst());
    refused(
        "proof-too-long",
        "the proof has one hash more",
        "one is not what the log holds there",
        TestBundle.text(
            header(), join(lines.subList(0, 8), proof.with("proof", List.copyOf(others)), end)));
    refused(
        "no-proof",
        "nothing proves the last five events",
        "the last events have no proof",
        TestBundle.text(header(), join(first, log.proof(first), second, end)));
    refused(
        "moved",
        "an event says that it stands at the position before its own",
        "one is not what the log holds there",
        TestBundle.text(
            header(),
            lines.stream()
                .map(
                    line ->
                        Long.valueOf(5).equals(line.get("position"))
                            ? line.with("position", 4L)
                            : line)
                .toList()));
    refused(
        "event-not-last",
        "a salt stands behind its event, where not all readers look for it",
        "line 2",
        TestBundle.text(header(), lines)
            .replaceFirst(
                "\"salt\":\"([0-9a-f]{32})\",(\"event\":.*)\\}\n", "$2,\"salt\":\"$1\"}\n"));
  }

  private static List<JsonObject> join(Object... parts) {
    List<JsonObject> lines = new ArrayList<>();
    for (Object part : parts) {
      if (part instanceof JsonObject line) {
        lines.add(line);
      } else {
        ((List<?>) part).forEach(line -> lines.add((JsonObject) line));
      }
    }
    return lines;
  }

  private void writeSince() throws Exception {
    JsonObject since = header().with("since", log.since("acme", 5));
    write(
        "since",
        "all events of a tenant after an earlier checkpoint",
        "complete",
        "",
        TestBundle.text(since, log.lines("acme", 5, Set.of(), Set.of())));
    refused(
        "since-first-left-out",
        "the first event after the earlier checkpoint is missing, and the others are numbered on",
        "",
        TestBundle.text(since, log.lines("acme", 5, Set.of(5), Set.of())));
    JsonObject other = since.object("since").with("log", log.since("acme", 6).strings("log"));
    refused(
        "since-another-log",
        "the checkpoint does not go on from the earlier one",
        "does not go on",
        TestBundle.text(header().with("since", other), log.lines("acme", 5, Set.of(), Set.of())));
  }

  private void writeSelections() throws Exception {
    JsonObject query = JsonObject.builder().put("token", "s1g1.17.x").build();
    JsonObject header = log.header("acme", query, log.counts("acme", log.size(), 0));
    List<JsonObject> two = new ArrayList<>();
    two.add(log.event(2, Optional.empty()));
    two.add(log.event(6, Optional.empty()));
    two.add(log.proof(two));
    two.add(JsonObject.builder().put("end", true).put("events", 2).build());
    write(
        "selection",
        "some of a tenant's events: proved, and nobody says that they are all of the query's",
        "proved",
        "",
        TestBundle.text(header, two));
    refused(
        "selection-as-whole",
        "the same, saying that nothing was selected",
        "",
        TestBundle.text(header(), two));
  }

  private void writeLeftOut(String good) throws Exception {
    List<JsonObject> lines = new ArrayList<>(log.lines("acme", 0, Set.of(), Set.of()));
    lines.remove(3);
    lines.set(lines.size() - 1, JsonObject.builder().put("end", true).put("events", 7).build());
    refused(
        "one-left-out",
        "an event in the middle is missing",
        "event number 3 of the tenant is missing: its position is between 3 and 6",
        TestBundle.text(header(), lines));
    for (int position : List.of(0, 6, 11)) {
      refused(
          "left-out-" + position,
          "event " + position + " is missing, and the others are numbered as if it had never been",
          "event number 7 of the tenant is missing",
          whole(Set.of(position), Set.of()));
    }
    refused(
        "ends-early",
        "the last event is missing",
        "those here end at position 9",
        whole(Set.of(11), Set.of()));
    refused(
        "breaks-off", "there is no end", "breaks off", good.substring(0, good.indexOf("{\"end")));
  }

  private void writeCounts(String good) throws Exception {
    refused(
        "count-changed",
        "an event is missing, and the count is one less than the one stated",
        "not the one that the log's key states",
        TestBundle.text(
            header().with("counts", header().object("counts").with("count", 7L)),
            log.lines("acme", 0, Set.of(11), Set.of())));
    refused(
        "counts-of-another-state",
        "the counts are those of the log one event earlier",
        "another state of the log",
        good.replace(
            header().object("counts").toString(),
            log.counts("acme", log.size() - 1, 0).toString()));
    refused(
        "counts-of-another-tenant",
        "the count is the one of another tenant",
        "not the one that the log's key states",
        good.replace(
            header().object("counts").toString(), log.counts("globex", log.size(), 0).toString()));
    refused(
        "fewer-stated",
        "the log's key states one event fewer than there are",
        "more events than the 7",
        TestBundle.text(
            log.header("acme", WHOLE, log.counts("acme", log.size(), 1)),
            log.lines("acme", 0, Set.of(), Set.of())));
    JsonObject header = header();
    refused(
        "no-counts",
        "nothing is stated",
        "counts",
        good.replace(",\"counts\":" + header.object("counts"), ""));
  }
}
