package dev.counterfoil.custodian.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.custodian.held.HeldToken;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.custody.TenantCount;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SharedProof;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.InclusionProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestKeys;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a custodian answers to a tenant: whatever it is, the check ends, says what is wrong, and
 * says "these are all" of nothing but all. An input has an answer on each line; the last one is
 * given again and again. Jazzer searches when {@code JAZZER_FUZZ=1} is set; the default run changes
 * good answers from a seed.
 */
class TenantCheckFuzzTest {
  private static final int CHANGED_INPUTS = 200;
  private static final String LOG = "s1g1";
  private static final String ORIGIN = "login.example/logs/" + LOG;
  private static final World WORLD = world();

  private record Key(KeyPair pair) {
    static Key of(String seed) throws GeneralSecurityException {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
      generator.initialize(NamedParameterSpec.ED25519, new SeededRandom(seed));
      return new Key(generator.generateKeyPair());
    }

    byte[] sign(byte[] message) throws GeneralSecurityException {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(pair.getPrivate());
      signature.update(message);
      return signature.sign();
    }

    NoteSigner log() {
      return new NoteSigner() {
        @Override
        public NoteKey key() {
          return NoteKey.of(ORIGIN, pair.getPublic());
        }

        @Override
        public byte[] sign(byte[] text) throws GeneralSecurityException {
          return Key.this.sign(text);
        }
      };
    }

    CosignatureSigner custodian() {
      return new CosignatureSigner() {
        @Override
        public CosignerKey key() {
          return CosignerKey.of(
              "custodian.example/c1", CosignerKey.Algorithm.ED25519, pair.getPublic());
        }

        @Override
        public byte[] sign(byte[] message) throws GeneralSecurityException {
          return Key.this.sign(message);
        }
      };
    }
  }

  /** A log of six tokens, of which acme has four, one of them shredded; and the answers. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record World(
      NoteKey log,
      CosignerKey custodian,
      Checkpoint head,
      byte[] answers,
      byte[] counts,
      byte[] earlier) {}

  private static World world() {
    try {
      return made();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static World made() throws Exception {
    NoteSigner log = Key.of("log").log();
    CosignatureSigner custodian = Key.of("custodian").custodian();
    RecordedIssuer issuer =
        new RecordedIssuer(
            "enterprise",
            "https://login.example",
            new SettableClock(Instant.parse("2026-11-01T10:00:00Z")));
    TestKeys.Es256 key = new TestKeys.Es256(new SeededRandom("token key"));
    List<byte[]> records = new ArrayList<>();
    MerkleFrontier tree = new MerkleFrontier();
    Map<String, Hash> hashes = new HashMap<>();
    for (int i = 0; i < 6; i++) {
      String tenant = i % 3 == 1 ? "globex" : "acme";
      byte[] record =
          RecordedIssuer.recordOf(
              i, issuer.draft(key, LOG, i).claim("tenant", tenant).signingInput(), LOG + i);
      records.add(record);
      tree.append(
          new Leaf(HeldToken.parse(record, LOG).digest()).hash(new TreeHasher()),
          (level, index, hash) -> hashes.put(level + "/" + index, hash));
    }
    HashSource source = (level, index) -> Objects.requireNonNull(hashes.get(level + "/" + index));
    Checkpoint head = new Checkpoint(ORIGIN, 6, tree.root());
    List<TenantCount> counts =
        CustodyStatement.fill(
            List.of(
                new TenantCount("acme", 4, Hash.sha256(new byte[1])),
                new TenantCount("globex", 2, Hash.sha256(new byte[2]))),
            i -> Hash.sha256(new byte[] {3, (byte) i}));
    String stated = CustodyStatement.of(head, counts).text();
    SignedNote statement =
        new SignedNote(stated, List.of(Cosignature.make(stated, 1_795_608_000, custodian).line()));
    JsonObject tenant = tenant(counts, statement, head.sign(log));
    List<Hash> goesOn = SharedProof.goingOn(source, 6, 6);
    StringBuilder answers = new StringBuilder();
    answers.append(tenant).append('\n');
    answers.append(page(List.of(0, 2), 3L, records, source)).append('\n');
    answers.append(page(List.of(3, 5), null, records, source));
    return new World(
        log.key(),
        custodian.key(),
        head,
        utf8(answers.toString()),
        utf8(all(counts, statement, head.sign(log)).toString()),
        utf8(earlier(tenant, goesOn).toString()));
  }

  /** What an export from position 6 on says of those before: none of the six came after it. */
  private static JsonObject earlier(JsonObject tenant, List<Hash> goesOn) throws FormatException {
    return JsonObject.builder()
        .put(
            "since",
            JsonObject.builder()
                .put("statement", tenant.string("statement"))
                .put("count", tenant.number("count"))
                .put("salt", tenant.string("salt"))
                .put("index", tenant.number("index"))
                .put("path", tenant.strings("path"))
                .put("log", goesOn.stream().map(Hash::base64).toList())
                .build())
        .build();
  }

  private static JsonObject all(List<TenantCount> counts, SignedNote statement, SignedNote head) {
    return JsonObject.builder()
        .put(
            "counts",
            counts.stream()
                .map(
                    count ->
                        JsonObject.builder()
                            .put("tenant", count.tenant())
                            .put("count", count.count())
                            .put("salt", count.salt().base64())
                            .build())
                .toList())
        .put("statement", text(statement))
        .put("head", text(head))
        .build();
  }

  private static JsonObject tenant(List<TenantCount> counts, SignedNote statement, SignedNote head)
      throws Exception {
    int index = 0;
    while (!counts.get(index).tenant().equals("acme")) {
      index++;
    }
    MerkleFrontier tree = new MerkleFrontier();
    Map<String, Hash> hashes = new HashMap<>();
    counts.forEach(
        count ->
            tree.append(count.leaf(), (level, at, hash) -> hashes.put(level + "/" + at, hash)));
    List<Hash> path =
        InclusionProof.make(
                (level, at) -> Objects.requireNonNull(hashes.get(level + "/" + at)),
                index,
                counts.size())
            .path();
    return JsonObject.builder()
        .put("tenant", "acme")
        .put("count", 4)
        .put("salt", counts.get(index).salt().base64())
        .put("index", index)
        .put("path", path.stream().map(Hash::base64).toList())
        .put("statement", text(statement))
        .put("head", text(head))
        .build();
  }

  private static JsonObject page(
      List<Integer> positions, @Nullable Long next, List<byte[]> records, HashSource source)
      throws Exception {
    List<JsonObject> page = new ArrayList<>();
    for (int position : positions) {
      JsonObject.Builder one =
          JsonObject.builder()
              .put("position", position)
              .put(
                  "path",
                  InclusionProof.make(source, position, 6).path().stream()
                      .map(Hash::base64)
                      .toList());
      page.add(
          position == 2
              ? one.put("shredded", true)
                  .put("digest", HeldToken.parse(records.get(2), LOG).digest().base64())
                  .build()
              : one.put("record", Base64Url.encode(records.get(position))).build());
    }
    JsonObject.Builder json = JsonObject.builder().put("kept_from", 0);
    if (next != null) {
      json.put("next", next);
    }
    return json.put("counterfoils", page).build();
  }

  private static String text(SignedNote note) {
    return new String(note.bytes(), StandardCharsets.UTF_8);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Whether it says that these are all. */
  private static boolean isAll(byte[] input) {
    String[] lines = new String(input, StandardCharsets.UTF_8).split("\n", -1);
    int[] asked = {0};
    List<Long> proved = new ArrayList<>();
    try {
      TenantCheck.Verdict verdict =
          new TenantCheck(
                  WORLD.custodian, path -> utf8(lines[Math.min(asked[0]++, lines.length - 1)]))
              .check(WORLD.log, "acme", held -> proved.add(held.position()));
      assertThat(verdict.proved()).isEqualTo(proved.size());
      assertThat(verdict.faults()).hasSizeLessThanOrEqualTo(100);
      // The positions that are acme's, and no other, whatever the custodian says.
      assertThat(proved).isSubsetOf(0L, 3L, 5L).doesNotHaveDuplicates();
      if (verdict.isAll()) {
        assertThat(proved).containsExactly(0L, 3L, 5L);
        assertThat(verdict.shredded()).isEqualTo(1);
      } else {
        assertThat(verdict.faults()).isNotEmpty();
      }
      return verdict.isAll();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError("memory does not fail", e);
    }
  }

  /** Whether it says that these counts are all. */
  private static boolean areAll(byte[] input) {
    try {
      CountsCheck.Verdict verdict =
          new CountsCheck(WORLD.custodian, path -> input).check(WORLD.log);
      assertThat(verdict.isAll() || verdict.fault().isPresent()).isTrue();
      if (verdict.isAll()) {
        assertThat(verdict.counts())
            .extracting(count -> count.tenant() + " " + count.count())
            .containsExactly("acme 4", "globex 2");
      }
      return verdict.isAll();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError("memory does not fail", e);
    }
  }

  static Stream<byte[]> goodCounts() {
    return Stream.of(WORLD.counts);
  }

  @MethodSource("goodCounts")
  @FuzzTest(maxDuration = "60s")
  void counts(byte[] bytes) {
    areAll(bytes);
  }

  @Test
  void changedCountsAreNoticedOrOfNoConsequence() {
    assertThat(areAll(WORLD.counts)).isTrue();
    ChangedInputs changed = new ChangedInputs(3);
    int all = 0;
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      all += areAll(changed.of(WORLD.counts)) ? 1 : 0;
    }
    assertThat(all).isLessThan(CHANGED_INPUTS);
    String good = new String(WORLD.counts, StandardCharsets.UTF_8);
    assertThat(areAll(utf8(good.replace("\"count\":4", "\"count\":3")))).isFalse();
    assertThat(areAll(utf8(good.replace("\"count\":4", "\"count\":-4")))).isFalse();
    assertThat(areAll(utf8(good.replace("globex", "initech")))).isFalse();
  }

  static Stream<byte[]> goodAnswers() {
    return Stream.of(WORLD.answers);
  }

  @MethodSource("goodAnswers")
  @FuzzTest(maxDuration = "60s")
  void answers(byte[] bytes) {
    isAll(bytes);
  }

  @Test
  void changedAnswersAreNoticedOrOfNoConsequence() {
    assertThat(isAll(WORLD.answers)).isTrue();
    ChangedInputs changed = new ChangedInputs(2);
    int all = 0;
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      all += isAll(changed.of(WORLD.answers)) ? 1 : 0;
    }
    assertThat(all).isBetween(1, CHANGED_INPUTS - 1);
  }

  /**
   * Whether it holds that acme had four tokens below position 6, and the log goes on from there.
   */
  private static boolean isStatedBefore(byte[] input) {
    try {
      EarlierCount earlier =
          EarlierCount.read(StrictJson.object(input, 1 << 20), "acme", WORLD.head.size());
      Optional<String> fault =
          earlier.fault(
              WORLD.log,
              WORLD.custodian,
              new TenantCheck.Verdict(Optional.of(WORLD.head), 4, 0, 0, false, List.of()));
      if (fault.isEmpty()) {
        assertThat(earlier.count()).isEqualTo(4);
      }
      return fault.isEmpty();
    } catch (FormatException e) {
      return false;
    }
  }

  static Stream<byte[]> goodEarlier() {
    return Stream.of(WORLD.earlier);
  }

  @MethodSource("goodEarlier")
  @FuzzTest(maxDuration = "60s")
  void earlierCounts(byte[] bytes) {
    isStatedBefore(bytes);
  }

  @Test
  void aChangedEarlierCountIsNoticedOrOfNoConsequence() {
    assertThat(isStatedBefore(WORLD.earlier)).isTrue();
    ChangedInputs changed = new ChangedInputs(5);
    int good = 0;
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      good += isStatedBefore(changed.of(WORLD.earlier)) ? 1 : 0;
    }
    assertThat(good).isLessThan(CHANGED_INPUTS);
    String text = new String(WORLD.earlier, StandardCharsets.UTF_8);
    assertThat(isStatedBefore(utf8(text.replace("\"count\":4", "\"count\":3")))).isFalse();
    assertThat(isStatedBefore(utf8(text.replace("\"since\"", "\"sinc\"")))).isFalse();
  }

  /** The same in an export, without the key log: the log's key is known. */
  static Stream<byte[]> goodExport() throws Exception {
    String[] answers = new String(WORLD.answers, StandardCharsets.UTF_8).split("\n", -1);
    StringBuilder export = new StringBuilder();
    export.append(
        "{\"issued\":\"counterfoil-issued/1\",\"domain\":\"d\",\"tenant\":\"acme\",\"query\":{}}\n");
    export
        .append(
            StrictJson.object(utf8(answers[0]), 1 << 20)
                .with("log", WORLD.log.toString())
                .with("custodian", WORLD.custodian.toString())
                .with("from", 0L)
                .with("kept_from", 0L))
        .append('\n');
    for (int page = 1; page < answers.length; page++) {
      for (JsonObject one :
          StrictJson.object(utf8(answers[page]), 1 << 20).objects("counterfoils")) {
        export.append(one).append('\n');
      }
    }
    return Stream.of(utf8(export + "{\"end\":true,\"logs\":1,\"tokens\":4}\n"));
  }

  /** Whether an export says that these are all. */
  private static boolean isAllOfExport(byte[] input) {
    List<Long> proved = new ArrayList<>();
    try {
      IssuedBundle.Checked checked =
          IssuedBundle.check(
              new ByteArrayInputStream(input),
              0,
              new IssuedBundle.Trust(
                  Optional.empty(), List.of(WORLD.log), Optional.of(WORLD.custodian)),
              Instant.parse("2026-11-01T10:00:00Z"),
              held -> proved.add(held.position()));
      assertThat(checked.proved()).isEqualTo(proved.size());
      boolean all =
          checked.tenant().equals("acme")
              && checked.query().names().isEmpty()
              && checked.logs().stream().anyMatch(one -> one.verdict().isAll() && one.from() == 0);
      if (all) {
        assertThat(proved).containsExactly(0L, 3L, 5L);
      }
      return all;
    } catch (FormatException e) {
      return false;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError("memory does not fail", e);
    }
  }

  @MethodSource("goodExport")
  @FuzzTest(maxDuration = "60s")
  void export(byte[] bytes) {
    isAllOfExport(bytes);
  }

  @Test
  void aChangedExportIsNoticedOrOfNoConsequence() throws Exception {
    byte[] good = goodExport().findFirst().orElseThrow();
    assertThat(isAllOfExport(good)).isTrue();
    ChangedInputs changed = new ChangedInputs(4);
    int all = 0;
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      all += isAllOfExport(changed.of(good)) ? 1 : 0;
    }
    assertThat(all).isLessThan(CHANGED_INPUTS);
    String text = new String(good, StandardCharsets.UTF_8);
    assertThat(isAllOfExport(utf8(text.replace("\"from\":0", "\"from\":1")))).isFalse();
    assertThat(isAllOfExport(utf8(text + "{}\n"))).isFalse();
  }

  /** Counts that cannot be, and pages that never end. */
  @Test
  void whatAMaliciousCustodianWouldTry() throws Exception {
    String good = new String(WORLD.answers, StandardCharsets.UTF_8);
    assertThat(isAll(utf8(good.replace("\"count\":4", "\"count\":9223372036854775807")))).isFalse();
    assertThat(isAll(utf8(good.replace("\"count\":4", "\"count\":-1")))).isFalse();
    String none = good.lines().findFirst().orElseThrow();
    assertThat(none).contains("\"count\":4");
    none = none.replace("\"count\":4", "\"count\":0");
    String nothing = "\n{\"kept_from\":0,\"counterfoils\":[]}";
    assertThat(isAll(utf8(none + nothing))).as("with the proof of another count").isFalse();
    JsonObject unproved = StrictJson.object(utf8(none), 1 << 20).without("salt", "index", "path");
    assertThat(isAll(utf8(unproved + nothing))).as("without a proof").isFalse();
    assertThat(isAll(utf8(good.replace("\"next\":3", "\"next\":4611686018427387904")))).isFalse();
    assertThat(isAll(utf8(good.replace("\"next\":3", "\"next\":2")))).isFalse();
  }
}
