package dev.counterfoil.audit.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.event.TestBundle;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.format.VectorFiles;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.TestCosigner;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
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
  private static final CosignatureSigner CUSTODIAN =
      new TestCosigner("custodian.example/c1", CosignerKey.Algorithm.ED25519, 1);
  private static final CosignatureSigner STRANGER =
      new TestCosigner("custodian.example/c1", CosignerKey.Algorithm.ED25519, 2);
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
    if (vector.contains("\n--- custodian\n")) {
      CosignerKey custodian = CosignerKey.parse(between(vector, "--- custodian\n", "\n"));
      judged(
          vector,
          expect,
          () -> AuditBundle.check(new ByteArrayInputStream(bundle), key, List.of(custodian)));
      if (vector.contains("\nnamed: stands twice\n")) {
        // A fault of form, whoever is believed.
        judged(vector, expect, () -> AuditBundle.check(new ByteArrayInputStream(bundle), key));
        return;
      }
      // Of one whom nobody believes nothing is checked.
      AuditBundle.Proved unasked = AuditBundle.check(new ByteArrayInputStream(bundle), key);
      assertThat(unasked.held())
          .allSatisfy(
              word -> {
                assertThat(word.believed()).isFalse();
                assertThat(word.size() + word.covers()).isZero();
              });
      return;
    }
    judged(vector, expect, () -> AuditBundle.check(new ByteArrayInputStream(bundle), key));
    judged(
        vector, expect, () -> AuditBundle.check(new ByteArrayInputStream(bundle), key, one -> {}));
  }

  /** As the vectors have it. */
  private static String verdict(AuditBundle.Proved proved) {
    StringBuilder verdict = new StringBuilder(proved.complete() ? "complete" : "proved");
    if (proved.complete() && proved.since() > 0) {
      verdict.append(" from %d on".formatted(proved.since()));
    }
    for (AuditBundle.Held word : proved.held()) {
      if (word.believed()) {
        verdict
            .append(
                ", held by %s below %d (%d)"
                    .formatted(word.custodian().name(), word.size(), word.covers()))
            .append(
                word.countedSize() < 0
                    ? ""
                    : ", counted %d below %d".formatted(word.counted(), word.countedSize()));
      }
    }
    return verdict.toString();
  }

  private static void judged(String vector, String expect, Callable<AuditBundle.Proved> check)
      throws Exception {
    String verdict;
    String why = "";
    try {
      verdict = verdict(check.call());
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
    writeHeld();
    writeSignatures();
    writePlaces();
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

  private void held(String name, String comment, String expect, String named, JsonObject... words)
      throws Exception {
    String whole = whole(Set.of(), Set.of());
    String header = header().toString();
    VectorFiles.write(
        FOLDER,
        name,
        "comment: %s\nexpect: %s\n%s--- key\n%s\n--- custodian\n%s\n--- bundle\n%s"
            .formatted(
                comment,
                expect,
                named.isEmpty() ? "" : "named: " + named + "\n",
                log.signer.key(),
                CUSTODIAN.key(),
                whole.replace(header, header().with("held", List.of(words)).toString())));
  }

  /** The log has twelve events by now; those that a custodian holds more came later. */
  private void writeHeld() throws Exception {
    String name = CUSTODIAN.key().name();
    int all = log.size();
    held(
        "held",
        "a custodian holds all of it, and counts as many of the tenant's among the first ten",
        "complete, held by " + name + " below 12 (8), counted 7 below 10",
        "",
        log.word(CUSTODIAN, all, 12, "acme", 10, 0));
    held(
        "held-in-part",
        "a custodian holds the first seven",
        "complete, held by " + name + " below 7 (5)",
        "",
        log.word(CUSTODIAN, all, 7, "acme", 0, 0));
    held(
        "held-count-of-none",
        "a custodian counts none of the tenant's in the first leaf, where there is one",
        "refused",
        "counts 0 events of the tenant below 1",
        log.word(CUSTODIAN, all, 12, "acme", 1, 1));
    JsonObject none = log.word(CUSTODIAN, all, 12, "acme", 1, 1);
    held(
        "held-none-unproved",
        "the word has a count of 0 without a proof, and he may have stated another one",
        "refused",
        "nothing shows that custodian " + name + " counts none",
        none.with("counts", none.object("counts").without("salt", "index", "proof")));
    held(
        "held-counted-otherwise",
        "a custodian counts one fewer than the bundle has: what it has more is filed under another tenant with him",
        "refused",
        "counts 6 events of the tenant below 10",
        log.word(CUSTODIAN, all, 12, "acme", 10, 1));
    JsonObject good = log.word(CUSTODIAN, all, 12, "acme", 10, 0);
    JsonObject part = log.word(CUSTODIAN, all, 7, "acme", 0, 0);
    held(
        "held-by-another",
        "the word is another's than the one whose key it names",
        "refused",
        "did not cosign",
        good.with("note", log.word(STRANGER, all, 12, "acme", 0, 0).string("note")));
    held(
        "held-statement-as-word",
        "the custodian's statement of counts stands where his word should",
        "refused",
        "did not cosign",
        good.with("note", good.object("counts").string("statement"))
            .with("log", good.object("counts").strings("log")));
    held(
        "held-nothing",
        "the custodian says that he holds nothing, which goes on to every log",
        "refused",
        "at least 1",
        log.word(CUSTODIAN, all, 0, "acme", 0, 0));
    held("held-twice", "a custodian's word stands twice", "refused", "stands twice", good, part);
    List<String> others = new ArrayList<>(part.strings("log"));
    others.set(0, others.get(1));
    held(
        "held-of-another-tree",
        "the hashes do not show that the log goes on from what he holds",
        "refused",
        "does not go on",
        part.with("log", List.copyOf(others)));
    held(
        "held-count-changed",
        "the count is another one than he states",
        "refused",
        "not the one that custodian " + name + " states",
        good.with("counts", good.object("counts").with("count", 8L)));
    held(
        "held-of-another-log",
        "the custodian's word is of a log of another name",
        "refused",
        "speaks of another log",
        good.with(
            "note",
            new String(
                TestBundle.cosigned("other/" + log.checkpoint(12).text(), CUSTODIAN).bytes(),
                StandardCharsets.UTF_8)));
    JsonObject query = JsonObject.builder().put("token", "s1g1.17.x").build();
    List<JsonObject> two = new ArrayList<>();
    two.add(log.event(2, Optional.empty()));
    two.add(log.event(6, Optional.empty()));
    two.add(log.proof(two));
    two.add(JsonObject.builder().put("end", true).put("events", 2).build());
    String header =
        log.header("acme", query, log.counts("acme", all, 0))
            .with("held", List.of(part))
            .toString();
    VectorFiles.write(
        FOLDER,
        "held-selection",
        "comment: a custodian holds the two events that were selected\nexpect: %s\n--- key\n%s\n--- custodian\n%s\n--- bundle\n%s"
            .formatted(
                "proved, held by " + name + " below 7 (2)",
                log.signer.key(),
                CUSTODIAN.key(),
                TestBundle.text(log.header("acme", query, log.counts("acme", all, 0)), two)
                    .replace(
                        log.header("acme", query, log.counts("acme", all, 0)).toString(), header)));
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
        "complete from 5 on",
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
    writeCountsThatAreNone();
  }

  /** Each is the leaf that was stated, to whoever hashes what it is given. */
  private void writeCountsThatAreNone() throws Exception {
    List<JsonObject> none = List.of(JsonObject.builder().put("end", true).put("events", 0).build());
    JsonObject since = log.since("acme", 5);
    refused(
        "count-negative",
        "every event is taken out, the counts are negative, and the salts have what was hashed behind them",
        "",
        TestBundle.text(
            header()
                .with("counts", swallowing(header().object("counts"), "trial/acme"))
                .with("since", swallowing(since, "trial/acme")),
            none));
    // 0x04 before "trial/globex" is 0x0474 before "rial/globex".
    JsonObject counts = log.counts("globex", log.size(), 0);
    refused(
        "count-salt-long",
        "the salt has a byte of the count, the count a letter of the domain, and so another domain's tenant has them",
        "",
        TestBundle.text(
            log.header("globex", JsonObject.builder().put("token", "x").build(), moved(counts))
                .with("domain", "rial"),
            none));
  }

  private static JsonObject swallowing(JsonObject counts, String name) throws Exception {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    byte[] salt = Base64.getDecoder().decode(counts.string("salt"));
    byte[] all =
        ByteBuffer.allocate(salt.length + Long.BYTES + text.length)
            .put(salt)
            .putLong(counts.number("count"))
            .put(text)
            .array();
    // In hexadecimal -20000000000000: a decoder that stops there leaves out the name, too.
    return counts.with("salt", Base64.getEncoder().encodeToString(all)).with("count", -(1L << 53));
  }

  private static JsonObject moved(JsonObject counts) throws Exception {
    byte[] salt = Base64.getDecoder().decode(counts.string("salt"));
    return counts
        .with("salt", Base64.getEncoder().encodeToString(Arrays.copyOf(salt, salt.length + 1)))
        .with("count", (counts.number("count") << Byte.SIZE) + 't');
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

  /** Each of these passes whoever leaves out one comparison, as nothing else is wrong. */
  private void writeSignatures() throws Exception {
    String checkpoint = header().string("checkpoint");
    String statement = header().object("counts").string("statement");
    String signed = checkpoint.substring(checkpoint.indexOf("\n\n"));
    String stated = statement.substring(statement.indexOf("\n\n"));
    List<JsonObject> lines = log.lines("acme", 0, Set.of(), Set.of());
    refused(
        "checkpoint-signed-otherwise",
        "the signature of the checkpoint is that of the counts",
        "not signed by the key",
        TestBundle.text(header().with("checkpoint", checkpoint.replace(signed, stated)), lines));
    refused(
        "counts-signed-otherwise",
        "the signature of the counts is that of the checkpoint",
        "not signed by the key",
        TestBundle.text(
            header()
                .with(
                    "counts",
                    header().object("counts").with("statement", statement.replace(stated, signed))),
            lines));
    TestBundle other = new TestBundle();
    for (int i = 0; i < log.size(); i++) {
      other.add("mail", read(log.at(i).event().tenant(), 100 + i));
    }
    refused(
        "counts-of-another-tree",
        "the counts are of another log of the same size",
        "another state",
        TestBundle.text(header().with("counts", other.counts("acme", log.size(), 0)), lines));
    JsonObject since = log.since("acme", 5);
    refused(
        "since-another-tree",
        "the earlier state is one of another log of the same size",
        "does not go on",
        TestBundle.text(
            header().with("since", other.since("acme", 5).with("log", since.strings("log"))),
            log.lines("acme", 5, Set.of(), Set.of())));
    List<String> hashes = new ArrayList<>(since.strings("log"));
    hashes.set(hashes.size() - 1, hashes.getFirst());
    refused(
        "since-log-changed",
        "the last hash of the proof that the log goes on is another one",
        "does not go on",
        TestBundle.text(
            header().with("since", since.with("log", List.copyOf(hashes))),
            log.lines("acme", 5, Set.of(), Set.of())));
    JsonObject counts = header().object("counts");
    CustodyStatement said =
        CustodyStatement.verify(statement.getBytes(StandardCharsets.UTF_8), log.signer.key());
    refused(
        "count-behind",
        "the count stands behind the last one stated, so that the stated root alone is its proof",
        "not the one that the log's key states",
        TestBundle.text(
            header()
                .with(
                    "counts",
                    counts
                        .with("count", 7L)
                        .with("index", said.leaves())
                        .with("proof", List.of(said.counts().base64()))),
            log.lines("acme", 0, Set.of(11), Set.of())));
  }

  /** Selections, of which no count says how many there are. */
  private void writePlaces() throws Exception {
    JsonObject query = JsonObject.builder().put("token", "s1g1.17.x").build();
    JsonObject header = log.header("acme", query, log.counts("acme", log.size(), 0));
    JsonObject one = log.event(2, Optional.empty());
    JsonObject second = log.event(6, Optional.empty());
    JsonObject foreign = log.event(1, Optional.empty());
    JsonObject proof = log.proof(List.of(one));
    JsonObject end = JsonObject.builder().put("end", true).put("events", 2).build();
    refused(
        "of-another",
        "the event is another tenant's",
        "of another tenant",
        TestBundle.text(
            header, List.of(foreign, log.proof(List.of(foreign)), end.with("events", 1L))));
    refused(
        "place-twice",
        "another event says that it stands at the place of the one that is proved",
        "line 3",
        TestBundle.text(header, List.of(one, second.with("position", 2L), proof, end)));
    refused(
        "place-behind",
        "another event says that it stands behind the last one of the log",
        "line 3",
        TestBundle.text(header, List.of(one, second.with("position", 12L), proof, end)));
    refused(
        "place-between",
        "another event says that it stands between two places",
        "line 3",
        TestBundle.text(header, List.of(one, second, proof, end))
            .replace("{\"position\":6,", "{\"position\":2.5,"));
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

  private void writeNone() throws Exception {
    JsonObject end = JsonObject.builder().put("end", true).put("events", 0).build();
    JsonObject emptied = header().object("counts").with("count", 0L);
    write(
        "emptied",
        "all events are taken out, and the header says that there are none: nothing shows it",
        "proved",
        "",
        TestBundle.text(
            header().with("counts", emptied.without("salt", "index", "proof")), List.of(end)));
    refused(
        "emptied-with-a-proof",
        "the same with the proof of how many there were",
        "not the one that the log's key states",
        TestBundle.text(header().with("counts", emptied), List.of(end)));
    refused(
        "emptied-of-some",
        "the header says that there are none, and the first event is there",
        "more events than the 0",
        TestBundle.text(
            header().with("counts", emptied.without("salt", "index", "proof")),
            log.lines("acme", 0, Set.of(2, 3, 5, 6, 8, 9, 11), Set.of())));
    write(
        "none",
        "a tenant has no events, as the log's key states",
        "complete",
        "",
        TestBundle.text(
            log.header("initech", WHOLE, log.counts("initech", log.size(), 0)), List.of(end)));
    JsonObject since = log.since("acme", 5);
    refused(
        "since-none",
        "the header says that there were none before the earlier checkpoint, and those from there on are there",
        "event number 5 of the tenant is missing",
        renumbered(since.with("count", 0L).without("salt", "index", "proof")));
  }

  /** All events after an earlier checkpoint, numbered as if there had been none before it. */
  private String renumbered(JsonObject since) throws Exception {
    List<JsonObject> lines = new ArrayList<>();
    long n = 0;
    for (JsonObject line : log.lines("acme", 5, Set.of(), Set.of())) {
      lines.add(
          line.has("position")
              ? log.event(Math.toIntExact(line.number("position")), Optional.of(n++))
              : line);
    }
    return TestBundle.text(header().with("since", since), lines);
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
    writeNone();
    JsonObject header = header();
    refused(
        "no-counts",
        "nothing is stated",
        "counts",
        good.replace(",\"counts\":" + header.object("counts"), ""));
  }
}
