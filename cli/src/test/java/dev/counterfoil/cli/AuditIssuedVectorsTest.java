package dev.counterfoil.cli;

import static dev.counterfoil.cli.AuditedIssuer.FIRST;
import static dev.counterfoil.format.VectorFiles.between;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.VectorFiles;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.StatedCounts;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SharedProof;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.TestCosigner;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The exports in {@code vectors/audit-issued}, whose issued tokens get their verdicts. {@code
 * integrations/node} judges the same ones. Composed by hand, as spec/audit-bundle.md says, and not
 * by what exports.
 */
final class AuditIssuedVectorsTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("counterfoil.root")).resolve("vectors/audit-issued");
  private static final String LOG = "s1g1";
  private static final long AT = 1_795_608_000;

  /** Behind version, position, time, salt and its own length. */
  private static final int INPUT_AT = 37;

  /** Longer before the key log's head than clocks may be apart. */
  private static final long BEFORE = AuditedIssuer.HEAD_AT.getEpochSecond() - 61;

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  // ---- reading ----

  @TestFactory
  Stream<DynamicTest> eachExportGetsItsVerdict() throws IOException {
    return VectorFiles.each(FOLDER, 16, this::check);
  }

  private void check(String vector) throws Exception {
    CommandRun run =
        CommandRun.of(
            "audit",
            "verify",
            Files.writeString(folder.resolve("bundle"), between(vector, "--- bundle\n", "")),
            "--data",
            folder.resolve("none"),
            "--policy",
            Files.writeString(
                folder.resolve("policy"), between(vector, "--- policy\n", "--- custodian\n")),
            "--custodian-key",
            between(vector, "--- custodian\n", "\n"),
            "--json");
    String expect = between(vector, "expect: ", "\n");
    assertThat(run.exitCode()).as(run.out()).isEqualTo(expect.equals("refused") ? 1 : 0);
    if (expect.equals("refused")) {
      assertThat(run.out()).contains(between(vector, "\nnamed: ", "\n"));
      if (run.json().truth("proved")) {
        // The events are, and what is wrong with the tokens is said beside that.
        assertThat(run.json().strings("against")).isNotEmpty();
      }
    } else {
      JsonObject issued = run.json().object("issued");
      assertThat(issued.truth("proved")).isTrue();
      assertThat(verdict(issued)).isEqualTo(expect);
      assertThat(run.json().strings("against")).isEmpty();
    }
  }

  /** As the vectors have it. */
  private static String verdict(JsonObject issued) throws FormatException {
    if (!issued.truth("complete")) {
      return "proved";
    }
    List<String> from = new ArrayList<>();
    for (JsonObject log : issued.objects("logs")) {
      if (log.number("from") > 0) {
        String name = log.string("log");
        from.add(name.substring(name.lastIndexOf('/') + 1) + "." + log.number("from"));
      }
    }
    return from.isEmpty() ? "complete" : "complete from " + String.join(",", from) + " on";
  }

  // ---- writing ----

  private final CosignatureSigner custodian =
      new TestCosigner("counterfoil-monitor", CosignerKey.Algorithm.ED25519, 1);
  private final CosignatureSigner stranger =
      new TestCosigner("counterfoil-monitor", CosignerKey.Algorithm.ED25519, 2);
  private final NoteSigner auditKey = AuditedIssuer.key(FIRST, "ours");
  private final AuditedIssuer audited = new AuditedIssuer();
  private final TestKeys.Es256 key = new TestKeys.Es256(new SeededRandom("a token's key"));
  private final List<byte[]> records = new ArrayList<>();
  private final List<String> tenants = new ArrayList<>();

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(SignedNote note) {
    return new String(note.bytes(), StandardCharsets.UTF_8);
  }

  /** Issues a token, and keeps its counterfoil (spec/journal.md). */
  private void issue(String tenant) {
    int position = records.size();
    byte[] salt = Arrays.copyOf(Hash.sha256(utf8("salt " + position)).bytes(), TokenId.SALT_BYTES);
    byte[] context = utf8("{\"client\":\"mail-client\",\"number\":" + position + "}");
    String id = LOG + "." + position + "." + TokenId.commitment(salt, context).base64Url();
    TokenDraft draft = audited.issuer.draft(key).claim("tenant", tenant).claim("jti", id);
    audited.issuer.issue(draft, key);
    records.add(record(position, salt, utf8(draft.signingInput()), context));
    tenants.add(tenant);
  }

  private static byte[] record(long position, byte[] salt, byte[] input, byte[] context) {
    return ByteBuffer.allocate(INPUT_AT + input.length + context.length)
        .put((byte) 1)
        .putLong(position)
        .putLong(AT * 1000)
        .put(salt)
        .putInt(input.length)
        .put(input)
        .put(context)
        .array();
  }

  /** The same record of a token that says something else. */
  private byte[] saying(int position, String what, String instead) throws Exception {
    byte[] record = records.get(position);
    String input = new String(inputOf(position), StandardCharsets.US_ASCII);
    int dot = input.indexOf('.');
    String claims = new String(Base64Url.decode(input.substring(dot + 1)), StandardCharsets.UTF_8);
    assertThat(claims).contains(what);
    return record(
        position,
        Arrays.copyOfRange(record, 17, 33),
        utf8(input.substring(0, dot + 1) + Base64Url.encode(utf8(claims.replace(what, instead)))),
        Arrays.copyOfRange(record, INPUT_AT + inputOf(position).length, record.length));
  }

  private byte[] served(String path) throws IOException {
    return audited.issuer.get(
        URI.create(AuditedIssuer.ISSUER + "/logs/" + LOG + "/" + path), 1 << 20);
  }

  private static SignedNote cosigned(String text, CosignatureSigner by) throws Exception {
    return cosigned(text, by, AT);
  }

  private static SignedNote cosigned(String text, CosignatureSigner by, long at) throws Exception {
    return new SignedNote(text, List.of(Cosignature.make(text, at, by).line()));
  }

  private NoteKey logKey() {
    return audited.issuer.log(LOG).vkey();
  }

  /** The line of the log: what a custodian answers, and whose keys these are. */
  private JsonObject log(CosignatureSigner by, long from) throws Exception {
    return log(by, "acme", from);
  }

  private JsonObject log(CosignatureSigner by, String tenant, long from) throws Exception {
    SignedNote head = SignedNote.parse(served("checkpoint"));
    return counted(Checkpoint.parse(head.text()), tenant, by)
        .with("head", text(head))
        .with("tenant", tenant)
        .with("log", logKey().toString())
        .with("custodian", custodian.key().toString())
        .with("from", from)
        .with("kept_from", 0L);
  }

  /** How many tokens of a tenant he states below a state of the log, of none too. */
  private JsonObject counted(Checkpoint state, String tenant, CosignatureSigner by)
      throws Exception {
    Map<String, Long> counts = new TreeMap<>(Map.of(tenant, 0L));
    tenants.subList(0, (int) state.size()).forEach(one -> counts.merge(one, 1L, Long::sum));
    StatedCounts stated = StatedCounts.of(state, counts, Hash.sha256(utf8("counts")).bytes());
    int index = stated.indexOf(tenant);
    return JsonObject.builder()
        .put("statement", text(cosigned(stated.statement().text(), by)))
        .put("count", stated.counts().get(index).count())
        .put("salt", stated.counts().get(index).salt().base64())
        .put("index", index)
        .put("path", stated.path(index).stream().map(Hash::base64).toList())
        .build();
  }

  private Hash hash(int level, long index) {
    return level == 0
        ? Leaf.of(inputOf((int) index)).hash(new TreeHasher())
        : new TreeHasher().node(hash(level - 1, 2 * index), hash(level - 1, 2 * index + 1));
  }

  /** What he states below a position, and that the log goes on from there. */
  private JsonObject before(int position) throws Exception {
    List<Hash> goesOn = SharedProof.goingOn(this::hash, position, records.size());
    return counted(Checkpoint.of(logKey().name(), position, this::hash), "acme", custodian)
        .with("log", goesOn.stream().map(Hash::base64).toList());
  }

  private JsonObject token(int position) throws Exception {
    return JsonObject.builder()
        .put("position", position)
        .put(
            "path",
            TlogProof.parse(served("proof/" + position)).path().stream().map(Hash::base64).toList())
        .put("record", Base64Url.encode(records.get(position)))
        .build();
  }

  private static JsonObject end(int logs, int tokens) {
    return JsonObject.builder().put("end", true).put("logs", logs).put("tokens", tokens).build();
  }

  private void write(String name, String comment, String expect, String named, JsonObject... lines)
      throws Exception {
    String events = AuditedIssuer.events(auditKey, auditKey.key(), 12);
    write(name, comment, expect, named, events + part(lines));
  }

  /** The second part of an export: the key log, and lines. */
  private String part(JsonObject... lines) throws Exception {
    StringBuilder part = new StringBuilder(audited.keyLogPart());
    for (JsonObject line : lines) {
      part.append(line).append('\n');
    }
    return part.toString();
  }

  private void write(String name, String comment, String expect, String named, String bundle)
      throws Exception {
    VectorFiles.write(
        FOLDER,
        name,
        "comment: %s\nexpect: %s\n%s--- policy\n%s--- custodian\n%s\n--- bundle\n%s"
            .formatted(
                comment,
                expect,
                named.isEmpty() ? "" : "named: " + named + "\n",
                audited.policy(),
                custodian.key(),
                bundle));
  }

  private void refused(String name, String comment, String named, JsonObject... lines)
      throws Exception {
    write(name, comment, "refused", named, lines);
  }

  @Test
  @EnabledIfSystemProperty(named = "counterfoil.vectors.write", matches = "true")
  void writes() throws Exception {
    audited.state(auditKey, "");
    for (int i = 0; i < 7; i++) {
      issue(i % 3 == 1 ? "globex" : "acme");
    }
    JsonObject log = log(custodian, 0);
    JsonObject[] all = {log, token(0), token(2), token(3), token(5), token(6), end(1, 5)};
    write("whole", "all tokens of a tenant", "complete", "", all);
    writeFrom();
    writeNone(log);
    write(
        "shredded",
        "of one the leaf alone is left",
        "complete",
        "",
        log,
        token(0),
        JsonObject.builder()
            .put("position", 2)
            .put("path", token(2).strings("path"))
            .put("shredded", true)
            .put("digest", Hash.sha256(inputOf(2)).base64())
            .build(),
        token(3),
        token(5),
        token(6),
        end(1, 5));
    write(
        "log-left-out",
        "nothing is there of a log that the key log states",
        "proved",
        "",
        end(0, 0));
    writeSelection(log);
    writeNothing();
    writeTokensThatAreNone(log);
    writeOtherCounts(log, all);
  }

  private void from(String name, String comment, String named, JsonObject... lines)
      throws Exception {
    String events = AuditedIssuer.events(auditKey, auditKey.key(), "acme", 12, 7);
    String expect = named.isEmpty() ? "complete from " + LOG + ".3 on" : "refused";
    write(name, comment, expect, named, events + part(lines));
  }

  private void writeFrom() throws Exception {
    JsonObject log = log(custodian, 3).with("since", before(3));
    JsonObject[] all = {log, token(3), token(5), token(6), end(1, 3)};
    from(
        "goes-on",
        "those from a position on, as an export has them that goes on from another one",
        "",
        all);
    from(
        "goes-on-one-left-out",
        "the same, and one behind that position is missing",
        "the custodian states 5 counterfoils, 2 of them below position 3, and 2 are proved",
        log,
        token(3),
        token(6),
        end(1, 2));
    from(
        "goes-on-from-later",
        "it says that it goes on from a later position, with the count at the earlier one",
        "does not go on from the state that the custodian counted to",
        log.with("from", 4L),
        token(5),
        token(6),
        end(1, 2));
    from(
        "goes-on-unstated",
        "nothing states how many lie below the position from which it goes on",
        "nothing shows how many tokens lie below position 3",
        log(custodian, 3),
        token(3),
        token(5),
        token(6),
        end(1, 3));
    from(
        "goes-on-from-before",
        "a token lies below the position from which it goes on",
        "lies below position 3",
        log,
        token(2),
        token(3),
        token(5),
        token(6),
        end(1, 4));
    from(
        "goes-on-count-changed",
        "the count below the position is one more than he states",
        "the count 3 below position 3 is not the one that the custodian stated",
        log.with("since", before(3).with("count", 3L)),
        token(5),
        token(6),
        end(1, 2));
    from(
        "goes-on-otherwise",
        "the log does not go on from the state that he counted to",
        "does not go on from the state that the custodian counted to",
        log.with("since", before(3).with("log", before(4).strings("log"))),
        token(3),
        token(5),
        token(6),
        end(1, 3));
    refused(
        "goes-on-behind-all-events",
        "all events are there, and the tokens from a position on alone",
        "from no earlier state",
        all);
  }

  private void writeNone(JsonObject log) throws Exception {
    refused(
        "emptied",
        "all tokens are taken out, and the line says that there are none",
        "nothing shows that the custodian states a count of 0",
        log.with("count", 0L).without("salt", "index", "path"),
        end(1, 0));
    refused(
        "emptied-with-a-proof",
        "the same with the proof of how many there were",
        "the count 0 is not the one that the custodian stated",
        log.with("count", 0L),
        end(1, 0));
    JsonObject line = log(custodian, "initech", 0);
    write(
        "none",
        "the custodian states that the tenant has none",
        "complete",
        "",
        AuditedIssuer.events(auditKey, auditKey.key(), "initech", 12, 0)
            + part(line, end(1, 0)).replace("\"acme\"", "\"initech\""));
  }

  private byte[] inputOf(int position) {
    byte[] record = records.get(position);
    return Arrays.copyOfRange(
        record, INPUT_AT, INPUT_AT + ByteBuffer.wrap(record).getInt(INPUT_AT - Integer.BYTES));
  }

  private void writeSelection(JsonObject log) throws Exception {
    String part = part(log, token(2), end(1, 1));
    String asked = "\"query\":{\"client\":\"mail-client\"}";
    write(
        "selection",
        "one token that was selected",
        "proved",
        "",
        (AuditedIssuer.events(auditKey, auditKey.key(), 12) + part).replace("\"query\":{}", asked));
    write(
        "selection-of-other-events",
        "the same behind events of which nothing was selected",
        "refused",
        "of another export than the events",
        AuditedIssuer.events(auditKey, auditKey.key(), 12) + part.replace("\"query\":{}", asked));
  }

  private void writeNothing() throws Exception {
    String none = new Checkpoint(logKey().name(), 0, TreeHasher.EMPTY_ROOT).text();
    JsonObject line =
        JsonObject.builder()
            .put("nothing", text(cosigned(none, custodian)))
            .put("log", logKey().toString())
            .put("custodian", custodian.key().toString())
            .build();
    write(
        "nothing",
        "the custodian says that he holds nothing of the log",
        "complete",
        "",
        line,
        end(1, 0));
    refused(
        "nothing-of-what-was-published",
        "he says so, and the log had published seven entries, as its checkpoint beside it shows",
        "INCOMPLETE",
        line.with("published", new String(served("checkpoint"), StandardCharsets.UTF_8)),
        end(1, 0));
    // As everybody is told it before the log's first token.
    refused(
        "nothing-of-before",
        "he said so a while before the key log that is beside it",
        "was issued between is not in it",
        line.with("nothing", text(cosigned(none, custodian, BEFORE))),
        end(1, 0));
    refused(
        "nothing-said-by-another",
        "somebody else says so",
        "does not say that it holds nothing",
        line.with("nothing", text(cosigned(none, stranger))),
        end(1, 0));
  }

  private void writeTokensThatAreNone(JsonObject log) throws Exception {
    refused(
        "one-left-out",
        "a token is missing, and the end says so many",
        "the custodian states 5 counterfoils, and 4 are proved",
        log,
        token(0),
        token(3),
        token(5),
        token(6),
        end(1, 4));
    refused(
        "of-another-tenant",
        "a token is another tenant's",
        "of another position or tenant",
        log,
        token(0),
        token(1),
        token(3),
        token(5),
        token(6),
        end(1, 5));
    refused(
        "twice",
        "a token stands twice",
        "stands twice",
        log,
        token(0),
        token(2),
        token(2),
        token(3),
        token(5),
        end(1, 5));
    refused(
        "token-changed",
        "a token says another subject",
        "is not the one in the log",
        log,
        token(0),
        token(2).with("record", Base64Url.encode(saying(2, "alice", "mallory"))),
        token(3),
        token(5),
        token(6),
        end(1, 5));
    byte[] other = records.get(2).clone();
    other[other.length - 2] ^= 1;
    refused(
        "context-changed",
        "a byte of what it was issued on is another one",
        "context is not the one",
        log,
        token(0),
        token(2).with("record", Base64Url.encode(other)),
        token(3),
        token(5),
        token(6),
        end(1, 5));
    refused(
        "path-of-another",
        "a token has the path of another one",
        "is not the one in the log",
        log,
        token(0),
        token(2).with("path", token(3).strings("path")),
        token(3),
        token(5),
        token(6),
        end(1, 5));
  }

  private void writeOtherCounts(JsonObject log, JsonObject... all) throws Exception {
    JsonObject[] lines = all.clone();
    lines[0] = log.with("count", 6L);
    refused(
        "count-changed",
        "the count is one more than he states",
        "not the one that the custodian stated",
        lines);
    SignedNote statement = SignedNote.parse(utf8(log.string("statement")));
    lines[0] = log.with("statement", text(cosigned(statement.text(), custodian, BEFORE)));
    refused(
        "stated-before",
        "he stated the count a while before the key log that is beside it",
        "was issued between is not in it",
        lines);
    lines[0] = log(stranger, 0);
    refused(
        "stated-by-another",
        "another than the one whose key is known states the count",
        "not signed by the custodian",
        lines);
    lines[0] = log.with("log", AuditedIssuer.key(logKey().name(), "a thief's").key().toString());
    refused(
        "log-of-another-key",
        "the log has another key than the key log states",
        "is none whose key is known",
        lines);
    lines[0] = log.with("tenant", "globex");
    refused(
        "count-of-another-tenant",
        "the count is another tenant's",
        "of another tenant than acme",
        lines);
    refused(
        "log-twice",
        "the same log stands twice",
        "stands twice",
        Stream.of(List.of(all).subList(0, 6), List.of(all).subList(0, 6), List.of(end(2, 10)))
            .flatMap(List::stream)
            .toArray(JsonObject[]::new));
    lines[0] = log;
    lines[lines.length - 1] = end(1, 4);
    refused(
        "ends-otherwise",
        "the end says another number of tokens",
        "another number of tokens",
        lines);
    refused(
        "breaks-off",
        "there is no end",
        "break off",
        List.of(all).subList(0, 6).toArray(JsonObject[]::new));
    audited.issuer.fill(LOG, 1);
    SignedNote later = SignedNote.parse(served("checkpoint"));
    lines = all.clone();
    lines[0] = log.with("head", text(later));
    refused(
        "head-of-another-state",
        "the log's checkpoint is of a later state than the count",
        "is not over the state that the log signed",
        lines);
  }
}
