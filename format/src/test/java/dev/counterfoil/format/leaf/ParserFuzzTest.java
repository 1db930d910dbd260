package dev.counterfoil.format.leaf;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.NoteTest;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.TestCosigner;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Parsers of what strangers send: whatever comes in, they refuse it with a {@link FormatException}
 * or write the same bytes back. Jazzer searches when {@code JAZZER_FUZZ=1} is set, one method at a
 * time; the default run changes good inputs from a seed.
 */
class ParserFuzzTest {
  private static final int CHANGED_INPUTS = 30_000;

  private static void note(byte[] bytes) {
    try {
      assertThat(SignedNote.parse(bytes).bytes()).isEqualTo(bytes);
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
  }

  private static void checkpoint(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    try {
      // Extension lines are read over, so the text begins with what is written back.
      assertThat(text).startsWith(Checkpoint.parse(text).text());
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
  }

  private static void proof(byte[] bytes) {
    try {
      TlogProof proof = TlogProof.parse(bytes);
      if (new String(bytes, StandardCharsets.UTF_8).contains("\nextra ")) {
        assertThat(TlogProof.parse(proof.bytes())).isEqualTo(proof);
      } else {
        assertThat(proof.bytes()).isEqualTo(bytes);
      }
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
  }

  private static void tile(byte[] bytes) {
    String path = new String(bytes, StandardCharsets.UTF_8);
    Tile.parse(path).ifPresent(tile -> assertThat(tile.path()).isEqualTo(path));
  }

  private static void key(byte[] bytes) {
    String vkey = new String(bytes, StandardCharsets.UTF_8);
    try {
      assertThat(NoteKey.parse(vkey).toString()).isEqualTo(vkey);
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
  }

  private static void cosignerKey(byte[] bytes) {
    String vkey = new String(bytes, StandardCharsets.UTF_8);
    try {
      assertThat(CosignerKey.parse(vkey).toString()).isEqualTo(vkey);
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
  }

  private static void addCheckpoint(byte[] bytes) {
    try {
      assertThat(AddCheckpoint.parse(bytes).bytes()).isEqualTo(bytes);
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
  }

  private static void logPolicy(byte[] bytes) {
    try {
      LogPolicy policy = LogPolicy.parse(bytes);
      assertThat(LogPolicy.parse(policy.bytes())).isEqualTo(policy);
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
  }

  private static final NoteSigner LEAVES = NoteTest.signer("log.example/leaves");

  private static void leafBatch(byte[] bytes) {
    try {
      LeafBatch batch = LeafBatch.parse(bytes, LEAVES.key());
      byte[] leaves = new byte[batch.count() * Hash.BYTES];
      for (int i = 0; i < batch.count(); i++) {
        batch.leaf(batch.first() + i).write(leaves, i * Hash.BYTES);
      }
      assertThat(batch.count() == 0 || batch.end() <= batch.checkpoint().size()).isTrue();
      assertThat(LeafBatch.write(batch.first(), batch.note(), leaves)).isEqualTo(bytes);
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
  }

  private static void leafPart(byte[] bytes) {
    try {
      LeafPart part = LeafPart.parse(bytes, LEAVES.key());
      assertThat(part.bytes()).isEqualTo(bytes);
      assertThat(part.end() == part.first() || part.end() <= part.checkpoint().size()).isTrue();
      if (part.first() == 0) {
        LeafFold fold =
            new LeafFold(new MerkleFrontier(), new PartLeaves(0, new SeededRandom("part")));
        fold.fold(part);
        assertThat(fold.size()).isEqualTo(part.end());
      }
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
  }

  @FuzzTest(maxDuration = "30s")
  void leafParts(byte[] bytes) {
    leafPart(bytes);
  }

  @FuzzTest(maxDuration = "30s")
  void leafBatches(byte[] bytes) {
    leafBatch(bytes);
  }

  @FuzzTest(maxDuration = "30s")
  void cosignerKeys(byte[] bytes) {
    cosignerKey(bytes);
  }

  @FuzzTest(maxDuration = "30s")
  void addCheckpoints(byte[] bytes) {
    addCheckpoint(bytes);
  }

  @FuzzTest(maxDuration = "30s")
  void logPolicies(byte[] bytes) {
    logPolicy(bytes);
  }

  @FuzzTest(maxDuration = "30s")
  void notes(byte[] bytes) {
    note(bytes);
  }

  @FuzzTest(maxDuration = "30s")
  void checkpoints(byte[] bytes) {
    checkpoint(bytes);
  }

  @FuzzTest(maxDuration = "30s")
  void proofs(byte[] bytes) {
    proof(bytes);
  }

  @FuzzTest(maxDuration = "30s")
  void tiles(byte[] bytes) {
    tile(bytes);
  }

  @FuzzTest(maxDuration = "30s")
  void keys(byte[] bytes) {
    key(bytes);
  }

  @Test
  void changedInputsAreRefusedOrWrittenBack() throws GeneralSecurityException {
    NoteSigner signer = NoteTest.signer("log.example/a");
    Checkpoint checkpoint = new Checkpoint("log.example/a", 12_345, Hash.sha256());
    SignedNote note = checkpoint.sign(signer);
    CosignerKey cosigner =
        new TestCosigner("witness.example/w1", CosignerKey.Algorithm.ED25519, 1).key();
    AddCheckpoint request =
        new AddCheckpoint(3, List.of(Hash.sha256(), checkpoint.root()), note, checkpoint);
    LogPolicy policy =
        new LogPolicy(
            List.of(new LogPolicy.PinnedLog(signer.key())),
            List.of(new LogPolicy.Witness("w1", cosigner, Optional.of("https://w1.example"))),
            List.of(new LogPolicy.Group("g", 1, List.of("w1"))),
            "g");
    byte[] batch =
        LeafBatch.write(
            12_343,
            new Checkpoint("log.example/leaves", 12_345, Hash.sha256()).sign(LEAVES).bytes(),
            new byte[2 * Hash.BYTES]);
    byte[] part =
        LeafPart.write(
            0,
            new Checkpoint("log.example/leaves", 12_345, Hash.sha256()).sign(LEAVES).bytes(),
            new byte[13 * Hash.BYTES],
            position -> position % 5 == 4);
    TlogProof proof = new TlogProof(7, List.of(Hash.sha256(), checkpoint.root()), note);
    Random random = new Random(1);
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      note(changed(note.bytes(), random));
      checkpoint(changed(bytes(checkpoint.text()), random));
      proof(changed(proof.bytes(), random));
      tile(changed(bytes("tile/0/x001/x234/067.p/8"), random));
      key(changed(bytes(signer.key().toString()), random));
      cosignerKey(changed(bytes(cosigner.toString()), random));
      addCheckpoint(changed(request.bytes(), random));
      logPolicy(changed(policy.bytes(), random));
      leafBatch(changed(batch, random));
      leafPart(changed(part, random));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Changes, doubles, drops or moves a few bytes. */
  private static byte[] changed(byte[] good, Random random) {
    byte[] bytes = good.clone();
    for (int changes = random.nextInt(3); changes >= 0; changes--) {
      if (bytes.length < 2) {
        return bytes;
      }
      int at = random.nextInt(bytes.length);
      int to = at + random.nextInt(Math.min(12, bytes.length - at));
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes = joined(Arrays.copyOf(bytes, to), bytes, at);
        case 3 -> bytes = joined(Arrays.copyOf(bytes, at), bytes, to);
        default -> bytes[at] = "\n +=/.0x".getBytes(StandardCharsets.US_ASCII)[random.nextInt(8)];
      }
    }
    return bytes;
  }

  private static byte[] joined(byte[] head, byte[] source, int tailFrom) {
    byte[] joined = Arrays.copyOf(head, head.length + source.length - tailFrom);
    System.arraycopy(source, tailFrom, joined, head.length, source.length - tailFrom);
    return joined;
  }
}
