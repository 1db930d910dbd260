package dev.counterfoil.witness;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.ConsistencyProof;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.TreeHasher;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.ArrayList;
import java.util.List;

/** A log in memory whose history may be forked. */
final class TestLog implements NoteSigner {
  private final KeyPair pair;
  private final NoteKey key;
  private final List<Hash> leaves = new ArrayList<>();
  private final TreeHasher hasher = new TreeHasher();

  private TestLog(KeyPair pair, String origin) {
    this.pair = pair;
    this.key = NoteKey.of(origin, pair.getPublic());
  }

  /** A log with so many leaves. */
  static TestLog of(String origin, int size) throws GeneralSecurityException {
    TestLog log = new TestLog(KeyPairGenerator.getInstance("Ed25519").generateKeyPair(), origin);
    log.grow(size, "honest");
    return log;
  }

  /** The same log with another history from a position on. */
  TestLog forkedAt(int position) {
    TestLog fork = new TestLog(pair, key.name());
    fork.leaves.addAll(leaves.subList(0, position));
    fork.grow(leaves.size(), "forged");
    return fork;
  }

  private void grow(int size, String history) {
    for (int i = leaves.size(); i < size; i++) {
      leaves.add(hasher.leaf((history + i).getBytes(StandardCharsets.UTF_8)));
    }
  }

  @Override
  public NoteKey key() {
    return key;
  }

  @Override
  public byte[] sign(byte[] text) throws GeneralSecurityException {
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(pair.getPrivate());
    signature.update(text);
    return signature.sign();
  }

  Checkpoint checkpoint(int size) {
    return new Checkpoint(key.name(), size, root(leaves.subList(0, size)));
  }

  SignedNote signed(int size) throws GeneralSecurityException {
    return checkpoint(size).sign(this);
  }

  List<Hash> proof(int oldSize, int newSize) {
    try {
      return ConsistencyProof.make(source(), oldSize, newSize).path();
    } catch (HashSource.UnavailableException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A good request. */
  AddCheckpoint request(int oldSize, int newSize) throws GeneralSecurityException, FormatException {
    return AddCheckpoint.of(oldSize, proof(oldSize, newSize), signed(newSize));
  }

  private HashSource source() {
    return (level, index) ->
        root(leaves.subList((int) (index << level), (int) ((index + 1) << level)));
  }

  private static Hash root(List<Hash> hashes) {
    TreeHasher hasher = new TreeHasher();
    if (hashes.isEmpty()) {
      return TreeHasher.EMPTY_ROOT;
    }
    if (hashes.size() == 1) {
      return hashes.get(0);
    }
    int split = Integer.highestOneBit(hashes.size() - 1);
    return hasher.node(root(hashes.subList(0, split)), root(hashes.subList(split, hashes.size())));
  }
}
