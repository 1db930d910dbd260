package dev.counterfoil.log.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.TestSubmission;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.record.Counterfoil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The golden files in {@code vectors/cosigning}: what a log makes of a note. {@code
 * -Dcounterfoil.vectors.write=true} writes them anew, with the same keys.
 */
class CosigningVectorsTest {
  private static final Path VECTORS =
      Path.of(System.getProperty("counterfoil.root", ".."), "vectors/cosigning");
  private static final Instant NOW = Instant.ofEpochSecond(1_764_028_800);
  private static final int LEAVES = 5;

  // ---- Reading

  /** Of the log's key only the public half is known: nothing is published, so nothing is signed. */
  private record PublicHalf(NoteKey key) implements NoteSigner {
    @Override
    public byte[] sign(byte[] text) {
      return new byte[64];
    }
  }

  private static final class Recorded extends TestSubmission {
    Recorded(String name) {
      super(name);
    }

    @Override
    public Optional<Counterfoil> compose(long position, long timeMillis) {
      return Optional.of(
          new Counterfoil(position, timeMillis, input(position), new byte[16], new byte[0]));
    }
  }

  private static byte[] input(long position) {
    return (position + "." + position).getBytes(StandardCharsets.US_ASCII);
  }

  private static List<String> fields(String head, String name) {
    return head.lines()
        .filter(line -> line.startsWith(name + ": "))
        .map(line -> line.substring(name.length() + 2))
        .toList();
  }

  private static String verdict(String text) throws Exception {
    int blank = text.indexOf("\n\n");
    String head = text.substring(0, blank + 1);
    NoteKey key = NoteKey.parse(fields(head, "log").getFirst());
    List<Cosigner> cosigners = new ArrayList<>();
    for (Cosigner.Kind kind : Cosigner.Kind.values()) {
      String name = kind.name().toLowerCase(java.util.Locale.ROOT);
      for (String field : List.of(name, name + "-holder")) {
        for (String vkey : fields(head, field)) {
          CosignerKey parsed = CosignerKey.parse(vkey);
          cosigners.add(new Cosigner(parsed.name(), parsed, kind, !field.equals(name)));
        }
      }
    }
    Machine machine = new Machine(new Random(1));
    FaultyDisk publicDisk = machine.disk("public");
    try (Log log =
        Log.open(
            machine.disk("journal"),
            publicDisk,
            new JournalOptions(64 << 10, 0),
            new PublicHalf(key),
            () -> NOW,
            new Random(1))) {
      List<Recorded> entries = new ArrayList<>();
      for (int i = 0; i < Integer.parseInt(fields(head, "leaves").getFirst()); i++) {
        entries.add(new Recorded("e"));
      }
      log.sequence(entries);
      Cosigning cosigning =
          new Cosigning(
              new PublicHalf(key),
              log::tree,
              publicDisk,
              log.journal(),
              cosigners,
              0,
              (level, size) -> {});
      SignedNote note =
          SignedNote.parse(text.substring(blank + 2).getBytes(StandardCharsets.UTF_8));
      Instant now = Instant.ofEpochSecond(Long.parseLong(fields(head, "now").getFirst()));
      return switch (cosigning.take(note, now)) {
        case Cosigning.Verdict.Counted counted ->
            "counted " + String.join(" ", new TreeSet<>(counted.counted().keySet()));
        case Cosigning.Verdict.Refused refused -> "refused";
        case Cosigning.Verdict.Rewound rewound -> "rewound";
        case Cosigning.Verdict.Contradicted contradicted ->
            contradicted.proven() ? "contradicted, proven" : "contradicted";
      };
    }
  }

  @Test
  void everyNoteIsTakenAsItsVectorSays() throws Exception {
    List<Path> files;
    try (Stream<Path> all = Files.list(VECTORS)) {
      files = all.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThan(14);
    for (Path file : files) {
      String text = Files.readString(file);
      assertThat(verdict(text)).as(file.toString()).isEqualTo(fields(text, "expect").getFirst());
    }
  }

  // ---- Writing

  private static Checkpoint checkpoint(String origin, long size) {
    MerkleFrontier frontier = new MerkleFrontier();
    for (long i = 0; i < size; i++) {
      frontier.append(Leaf.of(input(i)).hash(new TreeHasher()));
    }
    return new Checkpoint(origin, size, frontier.root());
  }

  private static SignedNote note(String text, long time, TestCosigner... by) throws Exception {
    List<SignedNote.NoteSignature> lines = new ArrayList<>();
    for (TestCosigner cosigner : by) {
      lines.add(Cosignature.make(text, time, cosigner).line());
    }
    return new SignedNote(text, lines);
  }

  private static SignedNote with(SignedNote note, SignedNote.NoteSignature line) {
    List<SignedNote.NoteSignature> lines = new ArrayList<>(note.signatures());
    lines.addFirst(line);
    return new SignedNote(note.text(), lines);
  }

  private static TestCosigner cosigner(String name, CosignerKey.Algorithm algorithm) {
    return new TestCosigner(name, algorithm, new SeededRandom(name));
  }

  @BeforeAll
  static void writeWhenAsked() throws Exception {
    if (!Boolean.getBoolean("counterfoil.vectors.write")) {
      return;
    }
    String origin = "auth.example/logs/s1g1";
    TestKey log = new TestKey(origin, new SeededRandom("log"));
    TestCosigner witness = cosigner("witness.example/w1", CosignerKey.Algorithm.ED25519);
    TestCosigner holder = cosigner("holder.example/w2", CosignerKey.Algorithm.ML_DSA_44);
    TestCosigner custodian = cosigner("custodian.example/c1", CosignerKey.Algorithm.ED25519);
    TestCosigner stranger = cosigner("stranger.example/w3", CosignerKey.Algorithm.ED25519);
    String head =
        "now: %d\nlog: %s\nleaves: %d\nwitness: %s\nwitness-holder: %s\ncustodian: %s\n\n"
            .formatted(
                NOW.getEpochSecond(),
                log.key(),
                LEAVES,
                witness.key(),
                holder.key(),
                custodian.key());
    long time = NOW.getEpochSecond();
    String now = checkpoint(origin, LEAVES).text();
    String old = checkpoint(origin, 3).text();
    String larger = checkpoint(origin, LEAVES + 1).text();
    String other = new Checkpoint(origin, 3, Hash.sha256(new byte[] {1})).text();
    SignedNote.NoteSignature ownLarger =
        checkpoint(origin, LEAVES + 1).sign(log).signatures().getFirst();
    SignedNote.NoteSignature ownOther =
        new Checkpoint(origin, 3, Hash.sha256(new byte[] {1})).sign(log).signatures().getFirst();
    SignedNote.NoteSignature own = checkpoint(origin, LEAVES).sign(log).signatures().getFirst();
    Map<String, List<Object>> cases = new LinkedHashMap<>();
    cases.put(
        "all",
        List.of(
            "three lines over the log as it stands",
            "counted custodian.example/c1 holder.example/w2 witness.example/w1",
            note(now, time, witness, holder, custodian)));
    cases.put(
        "earlier-size",
        List.of("a size that the log had", "counted witness.example/w1", note(old, time, witness)));
    cases.put(
        "clock-30-ahead",
        List.of(
            "a clock that is 30 seconds ahead",
            "counted witness.example/w1",
            note(now, time + 30, witness)));
    cases.put(
        "clock-31-ahead",
        List.of("a clock that is 31 seconds ahead", "refused", note(now, time + 31, witness)));
    cases.put(
        "clock-a-year-behind",
        List.of(
            "only sizes order cosignatures",
            "counted witness.example/w1",
            note(now, time - 31_536_000, witness)));
    cases.put(
        "stranger", List.of("nobody that is configured", "refused", note(now, time, stranger)));
    cases.put(
        "stranger-beside-good",
        List.of(
            "one that is not configured beside one that is",
            "counted witness.example/w1",
            note(now, time, stranger, witness)));
    cases.put(
        "signature-of-another-text",
        List.of(
            "the witness signed another size",
            "refused",
            new SignedNote(now, note(old, time, witness).signatures())));
    cases.put(
        "own-line-alone",
        List.of(
            "the log's own line is good and no other",
            "refused",
            new SignedNote(now, List.of(own))));
    cases.put(
        "other-origin",
        List.of(
            "a checkpoint of another log",
            "refused",
            note(checkpoint("auth.example/logs/s1g2", LEAVES).text(), time, witness)));
    cases.put(
        "extension-line",
        List.of("a line after the root", "refused", note(now + "more\n", time, witness)));
    cases.put(
        "larger-by-witness",
        List.of("a witness that is no holder saw more", "refused", note(larger, time, witness)));
    cases.put(
        "larger-by-holder", List.of("a holder saw more", "rewound", note(larger, time, holder)));
    cases.put(
        "larger-by-custodian",
        List.of("a custodian holds more", "rewound", note(larger, time, custodian)));
    cases.put(
        "larger-by-the-log",
        List.of(
            "the log itself signed more, and a witness",
            "rewound",
            with(note(larger, time, witness), ownLarger)));
    cases.put(
        "other-root-by-witness",
        List.of("a witness saw another tree", "contradicted", note(other, time, witness)));
    cases.put(
        "other-root-by-custodian",
        List.of(
            "a custodian holds another tree",
            "contradicted, proven",
            note(other, time, custodian)));
    cases.put(
        "other-root-by-the-log",
        List.of(
            "the log itself signed another tree",
            "contradicted, proven",
            new SignedNote(other, List.of(ownOther))));
    Files.createDirectories(VECTORS);
    for (Map.Entry<String, List<Object>> one : cases.entrySet()) {
      SignedNote note = (SignedNote) one.getValue().get(2);
      String text =
          "comment: %s\nexpect: %s\n%s"
              .formatted(one.getValue().get(0), one.getValue().get(1), head);
      write(VECTORS.resolve(one.getKey() + ".txt"), text, note);
    }
  }

  private static void write(Path file, String head, SignedNote note) throws IOException {
    Files.writeString(file, head + new String(note.bytes(), StandardCharsets.UTF_8));
  }
}
