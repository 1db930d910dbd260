package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.leaf.LeafBatch;
import dev.counterfoil.format.leaf.LeafPart;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.InclusionProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** A log in memory, with the read side that a real one has. */
public final class TestLog {
  private final String name;
  private final String origin;
  private final TestKeys.Ed25519 key;
  private final MerkleFrontier frontier = new MerkleFrontier();
  private final Map<Integer, Map<Long, Hash>> subtrees = new HashMap<>();
  private final Map<String, Long> positions = new HashMap<>();
  private final TreeHasher hasher = new TreeHasher();
  private volatile LongPredicate marks = position -> true;

  TestLog(String name, String origin) {
    this(name, origin, new TestKeys.Ed25519());
  }

  TestLog(String name, String origin, TestKeys.Ed25519 key) {
    this.name = name;
    this.origin = origin;
    this.key = key;
  }

  String name() {
    return name;
  }

  String origin() {
    return origin;
  }

  TestKeys.Ed25519 key() {
    return key;
  }

  /** The log's key. */
  public NoteKey vkey() {
    return key.noteKey(origin);
  }

  public synchronized long size() {
    return frontier.size();
  }

  /** Where a digest stands, in hexadecimal; null when it does not. */
  synchronized @Nullable Long position(String digest) {
    return positions.get(digest);
  }

  synchronized void append(Leaf leaf) {
    positions.putIfAbsent(leaf.digest().hex(), frontier.size());
    frontier.append(
        leaf.hash(hasher),
        (level, index, hash) ->
            subtrees.computeIfAbsent(level, l -> new HashMap<>()).put(index, hash));
  }

  private HashSource source() {
    return (level, index) -> {
      Hash hash = subtrees.getOrDefault(level, Map.of()).get(index);
      if (hash == null) {
        throw new HashSource.UnavailableException("not in the tree");
      }
      return hash;
    };
  }

  synchronized SignedNote checkpoint() {
    try {
      return new Checkpoint(origin, frontier.size(), frontier.root()).sign(key.noteSigner(origin));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  synchronized Optional<byte[]> tile(Tile tile) {
    byte[] bytes = new byte[tile.width() * Hash.BYTES];
    Map<Long, Hash> level = subtrees.getOrDefault(8 * tile.level(), Map.of());
    for (int i = 0; i < tile.width(); i++) {
      Hash hash = level.get(tile.index() * Tile.FULL_WIDTH + i);
      if (hash == null) {
        return Optional.empty();
      }
      hash.write(bytes, i * Hash.BYTES);
    }
    return Optional.of(bytes);
  }

  /** Says which leaves are those of the audience that asks; all of them until it is said. */
  void marks(LongPredicate isIts) {
    marks = isIts;
  }

  /** The same as {@link #leaves}, for one audience. */
  synchronized byte[] part(long from) {
    byte[] bytes = hashes(from);
    return LeafPart.write(from, checkpoint().bytes(), bytes, marks);
  }

  /** All leaves from a position on that fit into one batch, with a checkpoint. */
  synchronized byte[] leaves(long from) {
    return LeafBatch.write(from, checkpoint().bytes(), hashes(from));
  }

  private byte[] hashes(long from) {
    int count = (int) Math.min(LeafBatch.LEAVES_MAX, Math.max(0, frontier.size() - from));
    byte[] bytes = new byte[count * Hash.BYTES];
    Map<Long, Hash> level = subtrees.getOrDefault(0, Map.of());
    for (int i = 0; i < count; i++) {
      Objects.requireNonNull(level.get(from + i)).write(bytes, i * Hash.BYTES);
    }
    return bytes;
  }

  synchronized Optional<byte[]> proof(long position) {
    if (position >= frontier.size()) {
      return Optional.empty();
    }
    try {
      InclusionProof proof = InclusionProof.make(source(), position, frontier.size());
      return Optional.of(new TlogProof(position, proof.path(), checkpoint()).bytes());
    } catch (HashSource.UnavailableException e) {
      throw new IllegalStateException(e);
    }
  }
}
