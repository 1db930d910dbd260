package dev.counterfoil.log.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The worked example of spec/cosigning.md. */
class CosigningSpecTest {
  @Test
  void theExampleIsCosignedByTheKeysBesideIt() throws Exception {
    String page =
        Files.readString(Path.of(System.getProperty("counterfoil.root"), "spec/cosigning.md"));
    String[] blocks = page.split("```\n", -1);
    SignedNote note = SignedNote.parse(blocks[1].getBytes(StandardCharsets.UTF_8));
    String[] keys = blocks[3].split("\n", -1);
    Checkpoint checkpoint = Checkpoint.verify(note.bytes(), NoteKey.parse(keys[0]));
    MerkleFrontier frontier = new MerkleFrontier();
    for (String input : List.of("a.a", "b.b", "c.c")) {
      frontier.append(Leaf.of(input.getBytes(StandardCharsets.US_ASCII)).hash(new TreeHasher()));
    }
    assertThat(checkpoint.size()).isEqualTo(3);
    assertThat(checkpoint.root()).isEqualTo(frontier.root());
    assertThat(Cosignature.find(note, CosignerKey.parse(keys[1]))).isPresent();
    assertThat(Cosignature.find(note, CosignerKey.parse(keys[2]))).isPresent();
  }
}
