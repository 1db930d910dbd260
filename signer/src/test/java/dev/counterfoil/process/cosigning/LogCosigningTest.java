package dev.counterfoil.process.cosigning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.TestMaking;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.log.checkpoint.Cosigning;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.tiles.TreeState;
import dev.counterfoil.registrar.keys.KeyLogKey;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.TestCosigner;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.rotation.TestKeys;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On which thread a note is taken, with a thread of its own that is held back. */
class LogCosigningTest {
  private static final Instant NOW = TestKeys.T0;
  private static final String LOG = "s1g1";

  @TempDir Path folder;
  private final TreeState tree = new TreeState(7, root("seven"));
  private final TreeState recent = new TreeState(5, root("five"));
  private final List<Long> held = new ArrayList<>();
  private final List<Answer> answers = new ArrayList<>();
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private TestCosigner custodian;
  private TestCosigner witness;
  private Log log;
  private Ed25519Key key;
  private LogCosigning cosigning;

  @BeforeEach
  void open() throws Exception {
    custodian = new TestCosigner("custodian.example/c1");
    witness = new TestCosigner("witness.example/w1");
    key =
        KeyLogKey.open(
            TestMaking.sealed(TrialRoot.openOrMakePassphrase(folder.resolve("r/passphrase"))),
            folder.resolve("r"),
            URI.create(TestDomain.ISSUER));
    FileDisk published = FileDisk.publicFolder(folder.resolve("log"));
    log =
        Log.open(
            FileDisk.privateFolder(folder.resolve("journal")),
            published,
            JournalOptions.STATEMENTS,
            key.notes(),
            () -> NOW,
            new SplittableRandom(1));
    List<Cosigner> cosigners =
        List.of(
            new Cosigner("c1", custodian.key(), Cosigner.Kind.CUSTODIAN, false),
            new Cosigner("w1", witness.key(), Cosigner.Kind.WITNESS, false));
    cosigning =
        new LogCosigning(
            LOG,
            new Cosigning(
                    key.notes(),
                    () -> tree,
                    published,
                    log.journal(),
                    cosigners,
                    1,
                    (level, size) -> {
                      if (level == Level.HELD) {
                        held.add(size);
                      }
                    })
                .remembering(
                    size -> size == recent.size() ? Optional.of(recent.root()) : Optional.empty()),
            new StartConfirmation(List.of(), () -> NOW, () -> 0),
            cosigners,
            true,
            tree::size,
            () -> NOW,
            () -> 0,
            waiting::add,
            waiting::add,
            new LogCosigning.Alarm() {
              @Override
              public void rewound(Cosigning.Verdict.Rewound by) {
                throw new AssertionError("rewound");
              }

              @Override
              public void contradicted(Cosigning.Verdict.Contradicted by, SignedNote note) {
                throw new AssertionError("contradicted");
              }

              @Override
              public void failed(Throwable cause) {
                throw new AssertionError(cause);
              }
            });
  }

  @AfterEach
  void close() throws Exception {
    log.close();
  }

  private static Hash root(String of) {
    return Hash.sha256(of.getBytes(StandardCharsets.UTF_8));
  }

  private void take(TreeState of, TestCosigner by) throws Exception {
    Checkpoint checkpoint = new Checkpoint(key.notes().key().name(), of.size(), of.root());
    cosigning.addCosignatures(
        Commands.addCosignatures(LOG, by.note(checkpoint, NOW)), answers::add);
  }

  @Test
  void aCustodiansUsualWordCountsAndIsAnsweredOnTheThreadThatBringsIt() throws Exception {
    take(recent, custodian);
    assertThat(held).containsExactly(5L);
    assertThat(answers).hasOnlyElementsOfType(Answer.Done.class).hasSize(1);
    assertThat(waiting).isEmpty();
  }

  /** Whoever brings a note with much to read, or to write, holds up nobody's token with it. */
  @Test
  void allElseIsTakenOnAThreadOfItsOwn() throws Exception {
    take(tree, custodian);
    assertThat(held).as("of a tree that is not remembered").isEmpty();
    assertThat(waiting).hasSize(1);
    take(recent, custodian);
    assertThat(held).as("behind another").isEmpty();
    assertThat(waiting).hasSize(2);
    waiting.remove().run();
    waiting.remove().run();
    assertThat(held).contains(7L);
    assertThat(answers).hasOnlyElementsOfType(Answer.Done.class).hasSize(2);
    // What witnesses completed is judged here, and written there.
    take(recent, witness);
    assertThat(answers).hasSize(2);
    assertThat(waiting).hasSize(1);
    take(recent, custodian);
    assertThat(answers).as("a word does not wait for it").hasSize(3);
    waiting.remove().run();
    assertThat(answers).hasOnlyElementsOfType(Answer.Done.class).hasSize(4);
  }
}
