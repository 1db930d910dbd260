package dev.counterfoil.format.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.NoteTest;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.SignedNote.NoteSignature;
import dev.counterfoil.format.note.TestCosigner;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Policies of c2sp.org/tlog-policy: their text, their rules, and what they say of a checkpoint. */
class LogPolicyTest {
  private static final long TIME = 1_795_608_000;
  private static final NoteSigner LOG = NoteTest.signer("log.example/a");
  private static final Checkpoint CHECKPOINT = new Checkpoint("log.example/a", 5, Hash.sha256());

  /** X1, X2, X3, Y1, Y2, Y3; the last two sign with ML-DSA-44. */
  private static final List<TestCosigner> COSIGNERS =
      IntStream.range(0, 6)
          .mapToObj(
              i ->
                  new TestCosigner(
                      "witness.example/" + i, i < 4 ? Algorithm.ED25519 : Algorithm.ML_DSA_44, i))
          .toList();

  private static final List<String> NAMES = List.of("X1", "X2", "X3", "Y1", "Y2", "Y3");

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The example of the specification, with keys. */
  private static String example() {
    return """
        # Two organisations.
        log LOG https://log.example/a

        witness X1 KEY0
        witness X2 KEY1 https://x.example/2
          witness\tX3 \t KEY2\t
        group X-witnesses 2 X1 X2 X3

        witness Y1 KEY3
        witness Y2 KEY4
        witness Y3 KEY5
        group Y-witnesses any Y1 Y2 Y3

        group X-and-Y all X-witnesses Y-witnesses
        quorum X-and-Y
        """
        .replace("LOG", LOG.key().toString())
        .replace("KEY0", COSIGNERS.get(0).key().toString())
        .replace("KEY1", COSIGNERS.get(1).key().toString())
        .replace("KEY2", COSIGNERS.get(2).key().toString())
        .replace("KEY3", COSIGNERS.get(3).key().toString())
        .replace("KEY4", COSIGNERS.get(4).key().toString())
        .replace("KEY5", COSIGNERS.get(5).key().toString());
  }

  private static NoteSignature line(int cosigner, long time) throws Exception {
    return Cosignature.make(CHECKPOINT.text(), time, COSIGNERS.get(cosigner)).line();
  }

  @Test
  void theSpecificationsExampleIsReadAndWrittenBack() throws Exception {
    LogPolicy policy = LogPolicy.parse(utf8(example()));
    assertThat(policy.logs()).extracting(log -> log.key().name()).containsExactly("log.example/a");
    assertThat(policy.witnesses())
        .extracting(LogPolicy.Witness::name)
        .containsExactlyElementsOf(NAMES);
    assertThat(policy.witnesses().get(1).url()).contains("https://x.example/2");
    assertThat(policy.groups()).extracting(LogPolicy.Group::threshold).containsExactly(2, 1, 2);
    assertThat(policy.quorum()).isEqualTo("X-and-Y");
    assertThat(LogPolicy.parse(policy.bytes())).isEqualTo(policy);
  }

  @Test
  void theQuorumIsWhatTheGroupsSayForEverySetOfWitnesses() throws Exception {
    LogPolicy policy = LogPolicy.parse(utf8(example()));
    for (int set = 0; set < 1 << 6; set++) {
      Set<String> names = new HashSet<>();
      for (int i = 0; i < 6; i++) {
        if (((set >> i) & 1) == 1) {
          names.add(NAMES.get(i));
        }
      }
      boolean expected = Integer.bitCount(set & 7) >= 2 && (set >> 3) > 0;
      assertThat(policy.isQuorum(names::contains)).as("%s", names).isEqualTo(expected);
    }
  }

  @Test
  void cosignaturesUnderANoteAreCounted() throws Exception {
    LogPolicy policy = LogPolicy.parse(utf8(example()));
    SignedNote note = CHECKPOINT.sign(LOG);
    assertThat(policy.cosigned(note))
        .isEqualTo(new CosignedBy(List.of(), false, OptionalLong.empty()));
    note = note.with(List.of(line(0, TIME), line(5, TIME + 1)));
    assertThat(policy.isQuorum(note)).isFalse();
    note = note.with(List.of(line(1, TIME - 50), line(2, TIME + 9)));
    CosignedBy cosigned = policy.cosigned(note);
    assertThat(cosigned.quorum()).isTrue();
    assertThat(cosigned.names()).containsExactlyInAnyOrder("X1", "X2", "X3", "Y3");
    // X1 and X3 with Y3 are a quorum; what X2 said long ago makes it no older.
    assertThat(cosigned.quorumTimestamp()).hasValue(TIME);
    assertThat(policy.verify(note.bytes())).isEqualTo(CHECKPOINT);
  }

  @Test
  void aBadLineTakesAwayOneVoiceOnly() throws Exception {
    LogPolicy policy = LogPolicy.parse(utf8(example()));
    NoteSignature bad = Cosignature.make(CHECKPOINT.text() + "x\n", TIME, COSIGNERS.get(0)).line();
    SignedNote three = CHECKPOINT.sign(LOG).with(List.of(bad, line(1, TIME), line(3, TIME)));
    assertThat(policy.cosigned(three).names()).containsExactlyInAnyOrder("X2", "Y1");
    assertThatThrownBy(() -> policy.verify(three.bytes())).hasMessageContaining("2 of 6");
    assertThat(policy.verify(three.with(List.of(line(2, TIME))).bytes())).isEqualTo(CHECKPOINT);
  }

  @Test
  void theLogMustHaveSigned() throws Exception {
    LogPolicy policy = LogPolicy.parse(utf8(example()));
    List<NoteSignature> quorum = List.of(line(0, TIME), line(1, TIME), line(3, TIME));
    byte[] forged = CHECKPOINT.sign(NoteTest.signer("log.example/a")).with(quorum).bytes();
    assertThatThrownBy(() -> policy.verify(forged)).hasMessageContaining("not signed by");
    Checkpoint other = new Checkpoint("log.example/b", 5, Hash.sha256());
    assertThatThrownBy(() -> policy.verify(other.sign(LOG).bytes()))
        .hasMessageContaining("does not list");
    assertThat(policy.verify(CHECKPOINT.sign(LOG).with(quorum).bytes())).isEqualTo(CHECKPOINT);
  }

  @Test
  void rulesAreKeptAndErrorsNameTheLine() throws Exception {
    String good = example();
    String x1 = COSIGNERS.get(0).key().toString();
    String other = new TestCosigner("o", Algorithm.ED25519, 99).key().toString();
    for (String bad :
        List.of(
            good.replace("quorum X-and-Y\n", ""),
            good + "quorum none\n",
            good.replace("quorum X-and-Y", "quorum nobody"),
            "quorum X-and-Y\n" + good.replace("quorum X-and-Y\n", ""),
            good + "witness X1 " + other + "\n",
            good + "witness none " + other + "\n",
            good + "witness Z " + x1 + "\n",
            good
                + "witness Z "
                + new CosignerKey("renamed", Algorithm.ED25519, COSIGNERS.get(0).key().publicKey())
                + "\n",
            good + "witness Z " + other + " a b\n",
            good + "witness Z " + LOG.key() + "\n",
            good + "log " + LOG.key() + "\n",
            good + "log " + new NoteKey("renamed", LOG.key().publicKey()) + "\n",
            good + "log " + other + "\n",
            good + "group Z all\n",
            good + "group Z all X1\n",
            good.replace("group X-witnesses 2", "group X-witnesses 0"),
            good.replace("group X-witnesses 2", "group X-witnesses 4"),
            good.replace("group X-witnesses 2", "group X-witnesses 02"),
            good.replace("group X-witnesses 2", "group X-witnesses most"),
            good.replace("2 X1 X2 X3", "2 X1 X2 none"),
            good.replace("2 X1 X2 X3", "2 X1 X2 X-and-Y"),
            good.replace("2 X1 X2 X3", "2 X1 X2 X2"),
            good.replace("group X-and-Y", "group X1"),
            good + "colour red\n",
            good + "domain enterprise\n",
            good.replace("\n", "\r\n"),
            good + "# a\u0000comment\n")) {
      assertThatThrownBy(() -> LogPolicy.parse(utf8(bad)))
          .as(bad)
          .isInstanceOf(FormatException.class);
    }
    assertThatThrownBy(() -> LogPolicy.parse(utf8("quorum none\n\ncolour red\n")))
        .hasMessageContaining("line 3");
    assertThatThrownBy(() -> LogPolicy.parse(new byte[] {'q', ' ', (byte) 0xff}))
        .hasMessageContaining("UTF-8");
    assertThat(LogPolicy.parse(utf8(good)).witnesses()).hasSize(6);
    assertThat(LogPolicy.parse("# caf\u00e9\nquorum none".getBytes(StandardCharsets.ISO_8859_1)))
        .isEqualTo(LogPolicy.EMPTY);
  }

  @Test
  void thirtyTwoOfEachLineAndNamesOfAnyLetters() throws Exception {
    StringBuilder text = new StringBuilder();
    List<TestCosigner> cosigners = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      TestCosigner cosigner = new TestCosigner("w" + i, Algorithm.ML_DSA_44, 100 + i);
      cosigners.add(cosigner);
      text.append("log ").append(NoteTest.signer("log" + i).key()).append('\n');
      text.append("witness \u30c4" + i + " ").append(cosigner.key()).append('\n');
      text.append("group g" + i + " all \u30c4" + i + (i > 0 ? " g" + (i - 1) : "") + "\n");
    }
    LogPolicy policy = LogPolicy.parse(utf8(text + "quorum g31\n"));
    assertThat(LogPolicy.parse(policy.bytes())).isEqualTo(policy);
    SignedNote note = CHECKPOINT.sign(LOG);
    for (TestCosigner cosigner : cosigners) {
      assertThat(policy.isQuorum(note)).isFalse();
      note = note.with(List.of(Cosignature.make(note.text(), TIME, cosigner).line()));
    }
    assertThat(policy.isQuorum(SignedNote.parse(note.bytes()))).isTrue();
  }

  @Test
  void aTrustPolicyHoldsOne() throws Exception {
    String ours =
        "domain enterprise\nissuer https://login.example\nroot 1 " + Hash.sha256().hex() + "\n";
    TrustPolicy policy = TrustPolicy.parse(utf8(ours + example()));
    assertThat(policy.logPolicy()).isEqualTo(LogPolicy.parse(utf8(example())));
    assertThat(TrustPolicy.parse(utf8(policy.text()))).isEqualTo(policy);
    assertThat(policy.logs()).containsExactly(LOG.key());
    assertThat(policy.contradicts(LOG.key())).isFalse();
    assertThat(policy.contradicts(NoteTest.signer("log.example/a").key())).isTrue();
    assertThat(policy.contradicts(NoteTest.signer("log.example/b").key())).isFalse();
    assertThat(TrustPolicy.parse(utf8(ours)).logPolicy()).isEqualTo(LogPolicy.EMPTY);
    assertThatThrownBy(
            () -> TrustPolicy.parse(utf8(ours + example().replace("quorum X-and-Y\n", ""))))
        .hasMessageContaining("no quorum");
  }

  @Test
  void aListOfLogsNeedsNoQuorum() throws Exception {
    byte[] list = utf8("# ours\nlog " + LOG.key() + "\n");
    assertThat(ListedLog.parse(list)).containsExactly(new ListedLog(LOG.key()));
    assertThatThrownBy(() -> LogPolicy.parse(list)).hasMessageContaining("no quorum");
    assertThat(ListedLog.parse(utf8(example()))).isNotEmpty();
    assertThatThrownBy(() -> ListedLog.parse(utf8(example().replace("quorum X-and-Y\n", ""))))
        .hasMessageContaining("no quorum");
  }

  @Test
  void aListOfLogsTakesKeysOfEveryTypeAndOriginsThatAreNoNames() throws Exception {
    CosignerKey ed25519 = new TestCosigner("log.example/b", Algorithm.ED25519, 1).key();
    CosignerKey lattice = new TestCosigner("log.example/c", Algorithm.ML_DSA_44, 2).key();
    String sumdb = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
    String list =
        "log %s\norigin go.sum database tree\nlog %s https://log.example/b\nlog %s\n"
            .formatted(sumdb, ed25519, lattice);
    assertThat(ListedLog.parse(utf8(list)))
        .containsExactly(
            new ListedLog("go.sum database tree", NoteKey.parse(sumdb)),
            new ListedLog("log.example/b", ed25519),
            new ListedLog("log.example/c", lattice));
    for (String wrong :
        List.of(
            "origin go.sum database tree\n" + list,
            list.replace("tree\n", "tree\norigin again\n"),
            list + list,
            list.replace("+033de0ae+", "+033de0af+"),
            list.replace(" database tree", "").replace("origin go.sum", "origin"),
            "log witness.example/w1+aabbccdd+BQ" + "A".repeat(42) + "\n",
            "log vkey\n")) {
      assertThatThrownBy(() -> ListedLog.parse(utf8(wrong))).isInstanceOf(FormatException.class);
    }
  }

  @Test
  void aPolicyMadeInCodeKeepsTheRules() {
    CosignerKey key = COSIGNERS.get(0).key();
    LogPolicy.Witness witness = new LogPolicy.Witness("w", key, Optional.empty());
    assertThat(new LogPolicy(List.of(), List.of(witness), List.of(), "w").quorum()).isEqualTo("w");
    assertThatThrownBy(() -> new LogPolicy(List.of(), List.of(witness), List.of(), "v"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LogPolicy(List.of(), List.of(witness, witness), List.of(), "w"))
        .isInstanceOf(IllegalArgumentException.class);
    LogPolicy.Witness broken = new LogPolicy.Witness("w\nx", key, Optional.empty());
    assertThatThrownBy(() -> new LogPolicy(List.of(), List.of(broken), List.of(), "none"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
