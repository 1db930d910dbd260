package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.tree.TreeHasher;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A sound log of somebody else's (c2sp.org/tlog-tiles) is not called one that was tampered with.
 */
class ForeignLogTest {
  private static final int SIZE = 7;

  @TempDir Path folder;
  private Path log;
  private Signer signer;

  private record Signer(KeyPair pair, NoteKey key) implements NoteSigner {
    @Override
    public byte[] sign(byte[] text) throws GeneralSecurityException {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(pair.getPrivate());
      signature.update(text);
      return signature.sign();
    }
  }

  @BeforeEach
  void write() throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    signer = new Signer(pair, NoteKey.of("log.example/foreign", pair.getPublic()));
    log = folder.resolve("log");
    TreeHasher hasher = new TreeHasher();
    ByteArrayOutputStream entries = new ByteArrayOutputStream();
    ByteArrayOutputStream hashes = new ByteArrayOutputStream();
    List<Hash> leaves = new ArrayList<>();
    for (int i = 0; i < SIZE; i++) {
      byte[] entry = ("one " + i).getBytes(StandardCharsets.US_ASCII);
      entries.writeBytes(new byte[] {0, (byte) entry.length});
      entries.writeBytes(entry);
      leaves.add(hasher.leaf(entry));
      hashes.writeBytes(leaves.getLast().bytes());
    }
    Files.createDirectories(log.resolve("tile/0/000.p"));
    Files.createDirectories(log.resolve("tile/entries/000.p"));
    Files.write(log.resolve("tile/0/000.p/" + SIZE), hashes.toByteArray());
    Files.write(log.resolve("tile/entries/000.p/" + SIZE), entries.toByteArray());
    Files.write(
        log.resolve("checkpoint"),
        new Checkpoint(signer.key.name(), SIZE, root(leaves)).sign(signer).bytes());
  }

  private static Hash root(List<Hash> hashes) {
    if (hashes.size() == 1) {
      return hashes.get(0);
    }
    int split = Integer.highestOneBit(hashes.size() - 1);
    return new TreeHasher()
        .node(root(hashes.subList(0, split)), root(hashes.subList(split, hashes.size())));
  }

  private CommandRun check(Object... more) {
    List<Object> words = new ArrayList<>(List.of("log", "check", log));
    words.addAll(List.of(more));
    return CommandRun.of(words.toArray());
  }

  @Test
  void aSoundOneIsNoneOfOurs() throws Exception {
    CommandRun said = check("--key", signer.key);
    assertThat(said.exitCode()).as(said.out() + said.err()).isEqualTo(5);
    assertThat(said.out())
        .contains("NOT A LOG OF COUNTERFOIL'S  log.example/foreign", "7 entries")
        .doesNotContain("DIFFERENT");
    CommandRun json = check("--key", signer.key, "--json");
    assertThat(json.exitCode()).isEqualTo(5);
    assertThat(json.json().truth("sound")).isTrue();
    assertThat(json.json().truth("counterfoil")).isFalse();
    // A plain policy says whose key it is, and nothing of what the entries are.
    Path policy =
        Files.writeString(folder.resolve("policy"), "log " + signer.key + "\nquorum none\n");
    assertThat(check("--policy", policy).exitCode()).isEqualTo(5);
  }

  @Test
  void oneThatWasTamperedWithIsDifferent() throws Exception {
    Path entries = log.resolve("tile/entries/000.p/" + SIZE);
    byte[] bytes = Files.readAllBytes(entries);
    bytes[bytes.length - 1] ^= 1;
    Files.write(entries, bytes);
    CommandRun said = check("--key", signer.key);
    assertThat(said.exitCode()).isEqualTo(1);
    assertThat(said.out()).contains("DIFFERENT", "hash-differs at position 6");
  }

  @Test
  void oneOfOursIsSaidToBeSound() throws Exception {
    try (SampleLog ours = new SampleLog(folder, "log.example/logs/s1g1")) {
      ours.issue(3);
      CommandRun sound =
          CommandRun.of("log", "check", ours.published(), "--key", ours.key(), "--json");
      assertThat(sound.exitCode()).as(sound.out() + sound.err()).isZero();
      assertThat(sound.json().has("counterfoil")).isFalse();
    }
  }
}
